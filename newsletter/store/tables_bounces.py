"""The tables of mail that came back."""

import sqlalchemy as sa
from sqlalchemy import Column, Table, Text

from newsletter.store.schema import Moment, deliveries, key, metadata, to

bounces = Table(
    "bounces",
    metadata,
    key(),
    Column("digest", Text, nullable=False, unique=True),  # of the mail: the same twice counts once
    to("deliveries", nullable=False, index=True),
    to("subscribers", nullable=False, index=True),
    Column("verdict", Text, nullable=False),  # suppress, count or complain
    Column("status", Text, nullable=False, default=""),  # RFC 3463
    Column("reason", Text, nullable=False, default=""),
    Column("diagnostic", Text, nullable=False, default=""),
    Column("at", Moment, nullable=False),
)

# A bounce is often known only by the Message-ID of the mail that it returns.
sa.Index("ix_deliveries_message_id", deliveries.c.message_id)
