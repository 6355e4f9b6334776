"""Feeds due -> fetched -> read -> new papers stored; every visit is on record."""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import blake2b

from newsletter import __version__
from newsletter.actions import earlier
from newsletter.actions.outcomes import batch_of, judged
from newsletter.actions.quarantine import careful
from newsletter.actions.reading import Fetch as Fetch
from newsletter.actions.reading import Limits as Limits
from newsletter.actions.reading import Origin as Origin
from newsletter.actions.reading import Pages, Progress, load, no_progress, read_pages
from newsletter.domain.paper import Paper, Skipped
from newsletter.domain.visit import Outcome, rest
from newsletter.errors import FeedError, NewsletterError
from newsletter.feeds.fetch import Validators
from newsletter.feeds.readers import guess
from newsletter.store import feeds, keeping, quarantine
from newsletter.store.database import CHUNK, Store, batches

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Report:
    """What one visit brought: read = new + updated + duplicate + len(skipped)."""

    url: str
    reader: str = ""
    outcome: str = "failed"
    read: int = 0
    new: int = 0
    updated: int = 0
    duplicate: int = 0
    skipped: tuple[Skipped, ...] = ()
    error: str | None = None
    note: str = ""  # what should be known of a visit that went well


def due(store: Store, origins: tuple[Origin, ...], now: datetime) -> list[Origin]:
    """Return the feeds whose next visit is due, in the order of the settings."""
    with store.read() as tx:
        known = feeds.by_url(tx)

    def is_due(origin: Origin) -> bool:
        feed = known.get(origin.url)
        return feed is None or feed.due_at is None or feed.due_at <= now

    return [origin for origin in origins if is_due(origin)]


def ingest(store: Store, origin: Origin, fetch: Fetch, limits: Limits, now: datetime) -> Report:
    """Visit one feed and store what is new; a failure is recorded and told in the report."""
    try:
        days = earlier.addresses(store, origin, now)
        report = visit(store, origin, fetch, limits, now)
        return with_earlier_days(store, report, days, fetch, now) if days else report
    except FeedError as error:
        failure = error
    except NewsletterError as error:
        failure = FeedError(origin.url, str(error))
    except Exception as error:  # one feed of several: the next one goes on
        log.exception("feed failed url=%s", origin.url)
        told = f"an error of this program, please report it: {type(error).__name__}: {error}"
        failure = FeedError(origin.url, told)
    record_failure(store, origin, failure, limits, now)
    return Report(origin.url, origin.reader, error=failure.reason)


def visit(store: Store, origin: Origin, fetch: Fetch, limits: Limits, now: datetime) -> Report:
    """Fetch, read and store one feed; raises FeedError or StoreError."""
    with store.write() as tx:
        feed = feeds.find_or_add(tx, origin.url, origin.name)
        last = feeds.last_good_visit(tx, feed.id)
    known = Validators(feed.etag, feed.last_modified) if last else Validators()
    fetched = load(origin, limits) if origin.is_file else fetch(origin.url, known)
    if last and (fetched.body is None or fingerprint(origin, fetched.body) == last.body_hash):
        return unchanged(store, origin, last, now)
    if fetched.body is None:
        raise FeedError(origin.url, "the server says it is unchanged, but it was never read")
    reader = origin.reader or guess(origin.url, fetched.body)
    read_page = careful(store, feed.id, reader, now)
    pages = read_pages(reader, fetched, read_page, fetch, limits)
    body_hash = fingerprint(origin, fetched.body)
    counts = keep(store, feed.id, pages.all.papers, limits.progress, now)
    with store.write() as tx:
        brought = to_visit(pages, counts, feeds.Visit(feed.id, now, "", "", reader, body_hash))
        done = brought if origin.is_file else judged(tx, brought)
        feeds.record(tx, done, now + next_visit(origin, feed, pages.trouble, limits))
        if not pages.trouble:
            quarantine.forget(tx, feed.id, __version__)
            validators = fetched.validators
            feeds.keep_validators(tx, feed.id, validators.etag, validators.last_modified)
    return to_report(origin, done)


def keep(
    store: Store, feed_id: int, found: Sequence[Paper], progress: Progress, now: datetime
) -> Counter[str]:
    """Store papers, some in each transaction, and return how many were new, updated, duplicate.

    Readers' clicks wait for the write lock, and a large feed takes seconds. A crash between two
    loses nothing: the visit is not on record, so the next one reads them again.
    """
    counts = Counter[str](new=0, updated=0, duplicate=0)
    for done, chunk in zip(range(0, len(found), CHUNK), batches(found), strict=True):
        with store.write() as tx:
            counts.update(keeping.keep(tx, chunk, feed_id, now))
        progress(done + len(chunk), len(found))
    return counts


def unchanged(store: Store, origin: Origin, last: feeds.Visit, now: datetime) -> Report:
    """Report the counts of the last visit: what it read is all known by now."""
    again = replace(
        last,
        visited_at=now,
        outcome=Outcome.UNCHANGED,
        why="",
        new=0,
        updated=0,
        duplicate=last.read - len(last.skipped),
    )
    with store.write() as tx:
        again = again if origin.is_file else judged(tx, again)
        feeds.record(tx, again, now + origin.poll_every)
    return to_report(origin, again)


def with_earlier_days(
    store: Store, report: Report, days: tuple[str, ...], fetch: Fetch, now: datetime
) -> Report:
    """Store what stands at the earlier days' addresses and return the report with it."""
    if report.error or report.reader != "huggingface-daily":
        return report
    reading, unread = earlier.read_again(days, fetch)
    with store.read() as tx:
        feed = feeds.by_url(tx)[report.url]
    counts = keep(store, feed.id, reading.papers, no_progress, now)
    told = f"{unread} of {len(days)} earlier days could not be read" if unread else ""
    return replace(
        report,
        read=report.read + len(reading.papers) + len(reading.skipped),
        new=report.new + counts["new"],
        updated=report.updated + counts["updated"],
        duplicate=report.duplicate + counts["duplicate"],
        skipped=report.skipped + reading.skipped,
        note="; ".join(one for one in (report.note, told) if one),
    )


def next_visit(
    origin: Origin, feed: feeds.Feed, failure: FeedError | None, limits: Limits
) -> timedelta:
    """Return how long until the next visit; `feed` knows the failures before this one."""
    if failure is None:
        return origin.poll_every
    return rest(origin.poll_every, feed.failures + 1, limits.chance(), failure.retry_after)


def record_failure(
    store: Store, origin: Origin, failure: FeedError, limits: Limits, now: datetime
) -> None:
    """Keep why the visit failed; if even that cannot be kept, the report still says it."""
    try:
        with store.write() as tx:
            feed = feeds.find_or_add(tx, origin.url, origin.name)
            failed = feeds.Visit(feed.id, now, Outcome.FAILED, failure.reason, origin.reader)
            feeds.record(tx, failed, now + next_visit(origin, feed, failure, limits))
    except NewsletterError:
        log.warning("visit not recorded url=%s", origin.url)


def fingerprint(origin: Origin, body: bytes) -> str:
    """Return what tells an unchanged body; another reader or program version reads it again."""
    salt = f"{__version__} {origin.reader}".encode()[:64]
    return blake2b(body, key=salt, digest_size=16).hexdigest()


def to_visit(pages: Pages, counts: Counter[str], visit: feeds.Visit) -> feeds.Visit:
    """Return the visit with what was read and stored; it failed if not all pages came."""
    found = pages.all
    outcome = Outcome.FETCHED if found.papers or found.skipped else Outcome.EMPTY
    return replace(
        visit,
        outcome=Outcome.FAILED if pages.trouble else outcome,
        why=pages.trouble.reason if pages.trouble else pages.note,
        read=len(found.papers) + len(found.skipped),
        new=counts["new"],
        updated=counts["updated"],
        duplicate=counts["duplicate"],
        skipped=found.skipped,
        batch=batch_of(found.papers),
        published=found.batch.published,
        skip_days=found.batch.skip_days,
    )


def to_report(origin: Origin, visit: feeds.Visit) -> Report:
    """Return the report of a visit."""
    failed = visit.outcome == Outcome.FAILED
    return Report(
        url=origin.url,
        reader=visit.reader,
        outcome=visit.outcome,
        read=visit.read,
        new=visit.new,
        updated=visit.updated,
        duplicate=visit.duplicate,
        skipped=visit.skipped,
        error=visit.why if failed else None,
        note="" if failed else visit.why,
    )
