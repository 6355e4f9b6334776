"""The catalogue of topics, kept as last read from config/ so that all machines rank by the same."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

import sqlalchemy as sa

from newsletter.domain.profile import Topic, to_topic
from newsletter.store.database import put
from newsletter.store.schema import topics


def keep(tx: sa.Connection, catalogue: Sequence[Topic], now: datetime) -> None:
    """Write the topics that are new or changed; dropped ones stay for profiles that name them."""
    known = {row.name: row.body for row in tx.execute(sa.select(topics))}
    for topic in catalogue:
        body = json.dumps(asdict(topic), ensure_ascii=False, sort_keys=True)
        if known.get(topic.name) != body:
            put(tx, topics, {"name": topic.name, "body": body, "changed_at": now}, ["name"])


def by_name(tx: sa.Connection) -> dict[str, Topic]:
    """Return the catalogue by name."""
    rows = tx.execute(sa.select(topics).order_by(topics.c.id))
    return {row.name: to_topic(json.loads(row.body)) for row in rows}
