"""A reader's whole profile: out into a file, and in from one, with its library and feedback."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from newsletter.actions.lookup import Arxiv
from newsletter.domain.library import Example, Judged, Verdict
from newsletter.domain.paper import Paper
from newsletter.domain.profile import TopicProfile, merged
from newsletter.domain.profile_file import Filed, written
from newsletter.errors import FeedError
from newsletter.feeds.lines import named
from newsletter.store import subscribers, works
from newsletter.store.database import Store
from newsletter.store.known import known

ARXIV = "arxiv:"


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import has brought."""

    profile: TopicProfile
    library: int
    feedback: int
    unknown: tuple[str, ...]  # examples of topics of which nothing is known here yet
    trouble: str = ""  # why arXiv did not answer


def export(store: Store, subscriber_id: int) -> str:
    """Return the reader's profile as a file; raises NotFoundError."""
    with store.read() as tx:
        profile = subscribers.profile(tx, subscriber_id).profile
        return written(profile, works.of(tx, subscriber_id))


def take(
    store: Store, subscriber_id: int, filed: Filed, now: datetime, *, add: bool, arxiv: Arxiv | None
) -> Imported:
    """Put a file's profile, library and feedback in the place of the old ones.

    With `add` they come on top: a topic replaces one of its name, the last word on a paper counts.
    With `arxiv` it is asked for ids of which nothing is known here.
    """
    entries = (*filed.library, *filed.feedback)
    wanted = {key for topic in filed.profile.topics for key in topic.examples}
    wanted |= {one.key for one in entries}
    with store.read() as tx:
        here = {key for key, _ in known(tx, sorted(wanted))}
    fresh, trouble = ask(sorted(wanted - here), arxiv)
    with store.write() as tx:
        profile = filed.profile
        had = works.held(tx, subscriber_id)
        if add:
            profile = merged(subscribers.profile(tx, subscriber_id).profile, profile)
        else:
            works.forget(tx, subscriber_id, topic="")
        subscribers.save_profile(tx, subscriber_id, profile, now)
        works.add(tx, fresh, now)
        rows = rows_of(tx, wanted, {one.key: one for one in entries}, now)
        judged = [Judged(rows[one.key], one.verdict, one.at) for one in entries]
        works.judge(tx, subscriber_id, last(tx, subscriber_id, judged))
        unknown = tie(tx, subscriber_id, profile, now)
        works.sweep(tx, had)
    return Imported(profile, len(filed.library), len(filed.feedback), unknown, trouble)


def ask(missing: Collection[str], arxiv: Arxiv | None) -> tuple[list[Paper], str]:
    """Return the papers that arXiv knows among these, and why it did not answer, if so."""
    ids = [key.removeprefix(ARXIV) for key in missing if key.startswith(ARXIV)]
    if arxiv is None or not ids:
        return [], ""
    try:
        return list(arxiv.by_ids(ids).values()), ""
    except FeedError as error:
        return [], error.reason


def rows_of(
    tx: sa.Connection, wanted: Collection[str], entries: Mapping[str, Example], now: datetime
) -> dict[str, int]:
    """Return the rows of the works: known, in the archive, or kept by the entry's title alone."""
    rows = works.by_keys(tx, sorted(wanted))
    rest = sorted(wanted - rows.keys())
    papers = dict(known(tx, rest))
    papers |= {key: with_title(entries[key]) for key in rest if key in entries.keys() - papers}
    works.add_named(tx, papers, now)
    return rows | works.by_keys(tx, rest)


def with_title(example: Example) -> Paper:
    """Return what an entry itself says of its paper."""
    bare = named(example.key)
    return Paper(example.title or example.key, arxiv_id=bare.arxiv_id, doi=bare.doi)


def last(tx: sa.Connection, subscriber_id: int, new: Sequence[Judged]) -> list[Judged]:
    """Return of the new words those after which nothing else was said of the same work."""
    said = works.said(tx, subscriber_id)
    latest: dict[int, Judged] = {}
    for one in new:
        if one.at >= latest.get(one.work, one).at:
            latest[one.work] = one
    return [one for row, one in latest.items() if row not in said or one.at >= said[row][1]]


def tie(
    tx: sa.Connection, subscriber_id: int, profile: TopicProfile, now: datetime
) -> tuple[str, ...]:
    """Make the topics' examples those of the profile, and return the unknown ones.

    An example that stays keeps its date.
    """
    had = {(one.topic, one.key): one.at for one in works.of(tx, subscriber_id) if one.topic}
    works.forget(tx, subscriber_id, topics_but=())
    wanted = {key for topic in profile.topics for key in topic.examples}
    rows = rows_of(tx, wanted, {}, now)
    works.judge(
        tx,
        subscriber_id,
        [
            Judged(rows[key], Verdict.LIKED, had.get((topic.name, key), now), topic.name)
            for topic in profile.topics
            for key in topic.examples
            if key in rows
        ],
    )
    return tuple(sorted(wanted - rows.keys()))
