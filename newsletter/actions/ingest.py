"""Feeds due -> fetched -> read -> new papers stored; every visit is on record."""

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from pathlib import Path

from newsletter import __version__
from newsletter.domain.paper import Paper, Reading, Skipped
from newsletter.errors import FeedError, NewsletterError
from newsletter.feeds.fetch import Fetched, Validators
from newsletter.feeds.readers import READERS, guess
from newsletter.store import feeds, keeping
from newsletter.store.database import Store
from newsletter.summary.tldr import tldr

log = logging.getLogger(__name__)

Fetch = Callable[[str, Validators], Fetched]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where papers come from: a feed of the settings, or a file or address given by hand."""

    url: str  # an http(s) address, or a path
    name: str
    reader: str = ""  # found by looking if empty
    poll_every: timedelta = timedelta(hours=2)

    @property
    def is_file(self) -> bool:
        """Return whether it is a path."""
        return not self.url.lower().startswith(("http://", "https://"))


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


@dataclass(frozen=True, slots=True)
class Limits:
    """The largest file that is read, in octets."""

    max_octets: int


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
        return visit(store, origin, fetch, limits, now)
    except NewsletterError as error:
        reason = error.reason if isinstance(error, FeedError) else str(error)
    except Exception as error:  # one feed of several: the next one goes on
        log.exception("feed failed url=%s", origin.url)
        reason = f"an error of this program, please report it: {type(error).__name__}: {error}"
    record_failure(store, origin, reason, now)
    return Report(origin.url, origin.reader, error=reason)


def visit(store: Store, origin: Origin, fetch: Fetch, limits: Limits, now: datetime) -> Report:
    """Fetch, read and store one feed; raises FeedError or StoreError."""
    with store.write() as tx:
        feed = feeds.find_or_add(tx, origin.url, origin.name)
        last = feeds.last_visits(tx, good=True).get(feed.id)
    known = Validators(feed.etag, feed.last_modified) if last else Validators()
    fetched = load(origin, limits) if origin.is_file else fetch(origin.url, known)
    if last and (fetched.body is None or fingerprint(origin, fetched.body) == last.body_hash):
        return unchanged(store, origin, last, now)
    if fetched.body is None:
        raise FeedError(origin.url, "the server says it is unchanged, but it was never read")
    reader, reading = read(origin, fetched.body)
    body_hash = fingerprint(origin, fetched.body)
    with store.write() as tx:
        counts = keeping.keep(tx, reading.papers, feed.id, now, one_sentence)
        report = to_report(origin, reader, reading, counts)
        feeds.record(tx, to_visit(report, feed.id, body_hash, now), now + origin.poll_every)
        validators = fetched.validators
        feeds.keep_validators(tx, feed.id, validators.etag, validators.last_modified)
    return report


def read(origin: Origin, body: bytes) -> tuple[str, Reading]:
    """Return the reader's name, the given or the guessed one, and what it read."""
    reader = origin.reader or guess(origin.url, body)
    return reader, READERS[reader](origin.url, body)


def rehearse(origin: Origin, fetch: Fetch, limits: Limits) -> tuple[str, Reading]:
    """Fetch and read, and store nothing; raises FeedError."""
    fetched = load(origin, limits) if origin.is_file else fetch(origin.url, Validators())
    return read(origin, fetched.body or b"")


def load(origin: Origin, limits: Limits) -> Fetched:
    """Return a file's bytes; raises FeedError if it cannot be read or is too large."""
    if "://" in origin.url:
        raise FeedError(origin.url, "only http and https addresses and files are read")
    path = Path(origin.url)
    try:
        if path.is_dir():
            raise FeedError(origin.url, "this is a folder, not a file")
        size = path.stat().st_size
        if size > limits.max_octets:
            raise FeedError(
                origin.url,
                f"{size / 2**20:.0f} MB is more than ingest.max_megabytes = "
                f"{limits.max_octets // 2**20}; raise it, or split the file",
            )
        return Fetched(origin.url, path.read_bytes(), Validators())
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise FeedError(origin.url, f"cannot be read: {reason}") from error


def unchanged(store: Store, origin: Origin, last: feeds.Visit, now: datetime) -> Report:
    """Report the counts of the last visit: what it read is all known by now."""
    report = Report(
        url=origin.url,
        reader=last.reader,
        outcome="unchanged",
        read=last.read,
        duplicate=last.read - len(last.skipped),
        skipped=last.skipped,
    )
    with store.write() as tx:
        kept = to_visit(report, last.feed_id, last.body_hash, now)
        feeds.record(tx, kept, now + origin.poll_every)
    return report


def record_failure(store: Store, origin: Origin, reason: str, now: datetime) -> None:
    """Keep why the visit failed; if even that cannot be kept, the report still says it."""
    try:
        with store.write() as tx:
            feed = feeds.find_or_add(tx, origin.url, origin.name)
            failed = feeds.Visit(feed.id, now, "failed", reason, origin.reader)
            feeds.record(tx, failed, now + origin.poll_every)
    except NewsletterError:
        log.warning("visit not recorded url=%s", origin.url)


def fingerprint(origin: Origin, body: bytes) -> str:
    """Return what tells an unchanged body; another reader or program version reads it again."""
    salt = f"{__version__} {origin.reader}".encode()[:64]
    return blake2b(body, key=salt, digest_size=16).hexdigest()


def one_sentence(paper: Paper) -> str:
    """Return the paper's tldr, "" without an abstract."""
    found = tldr(paper.abstract)
    return found.text if found else ""


def to_report(origin: Origin, reader: str, reading: Reading, counts: Counter[str]) -> Report:
    """Return the report of a reading that was stored."""
    return Report(
        url=origin.url,
        reader=reader,
        outcome="fetched" if reading.papers or reading.skipped else "empty",
        read=len(reading.papers) + len(reading.skipped),
        new=counts["new"],
        updated=counts["updated"],
        duplicate=counts["duplicate"],
        skipped=reading.skipped,
    )


def to_visit(report: Report, feed_id: int, body_hash: str, now: datetime) -> feeds.Visit:
    """Return the visit that the report tells of."""
    return feeds.Visit(
        feed_id=feed_id,
        visited_at=now,
        outcome=report.outcome,
        reader=report.reader,
        body_hash=body_hash,
        read=report.read,
        new=report.new,
        updated=report.updated,
        duplicate=report.duplicate,
        skipped=report.skipped,
    )
