"""The alarm clock: which action runs when. It holds no truth; a missed tick changes nothing."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from newsletter.actions import compose, deliver, embed, ingest, noting
from newsletter.actions.alarms import HOUR, cause_of, ring, ring_for_dead_feeds
from newsletter.actions.prepare import prepare
from newsletter.actions.write import Author, write
from newsletter.errors import NewsletterError, StoppedError
from newsletter.ranking.embedding import Embedder
from newsletter.store.database import Store

log = logging.getLogger(__name__)

TICK_SECONDS = 5
INGEST_SECONDS = 30  # how often each feed is asked whether its next visit is due
EMBED_SECONDS = 20  # how often the clock looks for papers without a vector
REST = timedelta(minutes=1)  # after the way out was closed
HOLD = timedelta(hours=1)  # of digests, after the answers stopped a run


@dataclass(slots=True)
class Clock:
    """The time that all jobs go by; for trials it starts elsewhere and runs on from there."""

    offset: timedelta = timedelta()

    @classmethod
    def starting_at(cls, start: datetime | None) -> "Clock":
        """Return a clock that says `start` now; None: the real one."""
        return cls(start - datetime.now(UTC)) if start else cls()

    def now(self) -> datetime:
        """Return its time in UTC."""
        return datetime.now(UTC) + self.offset


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """What the jobs do their work with."""

    store: Store
    way: deliver.Way
    fetch: ingest.Fetch
    limits: ingest.Limits
    origins: tuple[ingest.Origin, ...]
    first_days: int
    clock: Clock
    embedder: Embedder | None = None  # None: papers get no vectors in the background
    author: Author | None = None  # of the sentences; None: they are extracted
    operator: str = ""  # whom alarms go to; "": nobody


@dataclass(slots=True, eq=False)
class Alarm:
    """The running scheduler; `wake` makes it look at once, `stop` ends it after what is in hand."""

    work: Work
    stopping: threading.Event = field(default_factory=threading.Event)
    rest_until: datetime | None = None
    held_until: datetime | None = None  # only notes go out
    feeds_at: datetime | None = None  # when they are looked at next
    waking: threading.Lock = field(default_factory=threading.Lock)
    preparing: threading.Lock = field(default_factory=threading.Lock)
    # In memory: a persistent job store runs jobs twice, and the truth is in our unique keys.
    jobs: BackgroundScheduler = field(
        default_factory=lambda: BackgroundScheduler(
            timezone=UTC,
            # Dead feeds may hold all of theirs; the readers' clock has a thread of its own. So has
            # composing, which does not wait for a slow relay, and the embedder, which may have a
            # whole archive before it.
            executors={
                "default": ThreadPoolExecutor(4),
                "clock": ThreadPoolExecutor(1),
                "composer": ThreadPoolExecutor(1),
                "embedder": ThreadPoolExecutor(1),
            },
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
    )

    def start(self) -> None:
        """Begin to tick, and visit the feeds that are due."""
        soon = datetime.now(UTC)
        for job, name, executor in (
            (self.compose, "compose", "composer"),
            (self.tick, "tick", "clock"),
        ):
            self.jobs.add_job(
                job,
                "interval",
                seconds=TICK_SECONDS,
                id=name,
                next_run_time=soon,
                executor=executor,
            )
        if self.work.embedder is not None:
            self.jobs.add_job(
                self.embed,
                "interval",
                args=[self.work.embedder],
                seconds=EMBED_SECONDS,
                id="embed",
                next_run_time=soon,
                executor="embedder",
            )
        for origin in self.work.origins:
            self.jobs.add_job(
                self.visit,
                "interval",
                args=[origin],
                seconds=INGEST_SECONDS,
                id=f"ingest {origin.url}",
                next_run_time=soon,
            )
        self.jobs.start()

    def wake(self) -> None:
        """Tick now: somebody waits for a confirmation, or issues are ready."""
        with self.waking:
            if not self.stopping.is_set():
                self.jobs.modify_job("tick", next_run_time=datetime.now(UTC))

    def stop(self) -> None:
        """End after the mail and the feed in hand."""
        # No job may change the jobs while they are shut down, which waits for it.
        with self.waking:
            self.stopping.set()
        self.jobs.shutdown(wait=True)

    def compose(self) -> None:
        """Make the issues that are due by their readers' clocks, and have them delivered."""
        if not self.stopping.is_set():
            guarded("compose", self.compose_due, lambda error: self.ring("compose", error))

    def tick(self) -> None:
        """Deliver what is due."""
        if self.stopping.is_set():
            return
        now = self.work.clock.now()
        if self.rest_until is None or now >= self.rest_until:
            guarded("deliver", self.deliver_due, lambda error: self.ring(cause_of(error), error))
        if self.feeds_at is None or now >= self.feeds_at:
            self.feeds_at = now + HOUR
            guarded("look at the feeds", self.look_at_feeds)

    def ring(self, cause: str, error: Exception) -> None:
        """Have the operator told by mail."""
        ring(self.work.store, self.work.operator, cause, str(error), self.work.clock.now())

    def look_at_feeds(self) -> None:
        """Have the operator told of feeds that are dead."""
        urls = [one.url for one in self.work.origins]
        ring_for_dead_feeds(self.work.store, self.work.operator, urls, self.work.clock.now())

    def compose_due(self) -> None:
        """Make the issues of the readers whose next one is due."""
        now = self.work.clock.now()
        noting.end_pauses(self.work.store, now)
        days, embedder = self.work.first_days, self.work.embedder
        order = compose.Order(now, now, first_days=days, due_only=True, embedder=embedder)
        if not compose.anybody_due(self.work.store, now):
            return
        made = compose.compose(self.work.store, order, stop=self.stopping.is_set)
        if made.issues or made.skipped:
            log.info("composed issues=%d skipped=%s", made.issues, dict(made.skipped))
        if made.issues and self.jobs.running:
            self.wake()

    def deliver_due(self) -> None:
        """Deliver; where the way out is closed, rest a little, and nothing is lost.

        Where the answers stopped a run, digests are held longer: if its first mail is refused the
        next one is stopped, too, and so the cause costs a mail an hour until it is mended.
        """
        try:
            now = self.work.clock.now
            held = self.held_until is not None and now() < self.held_until
            way = replace(self.work.way, now=now, notes_only=held)
            handled = deliver.deliver(self.work.store, way, stop=self.stopping.is_set)
        except NewsletterError as error:
            self.rest_until = self.work.clock.now() + REST
            if isinstance(error, StoppedError):
                self.held_until = self.work.clock.now() + HOLD
            raise
        if handled:
            log.info("delivered %s", dict(handled))

    def embed(self, embedder: Embedder) -> None:
        """Make the vectors that papers lack, until they are done or the program ends."""
        guarded("embed", lambda: self.embed_missing(embedder))

    def embed_missing(self, embedder: Embedder) -> None:
        """Make them, and say how many."""
        stopping = self.stopping.is_set
        made = embed.embed_missing(self.work.store, embedder, stopping=stopping)
        if made.done:
            log.info("embedded papers=%d left=%d by=%s", made.done, made.left, embedder.name)

    def visit(self, origin: ingest.Origin) -> None:
        """Visit one feed if its time has come."""
        if not self.stopping.is_set():
            guarded("ingest", lambda: self.visit_due(origin))

    def visit_due(self, origin: ingest.Origin) -> None:
        """Read the feed, unless the next visit is not due, and make its papers ready for issues."""
        work, now = self.work, self.work.clock.now()
        if not ingest.due(work.store, (origin,), now):
            return
        report = ingest.ingest(work.store, origin, work.fetch, work.limits, now)
        if report.error:
            log.warning("feed failed name=%s why=%s", origin.name, report.error)
        else:
            log.info("feed read name=%s new=%d outcome=%s", origin.name, report.new, report.outcome)
        with self.preparing:  # two at a time would do the same papers
            prepare(work.store)
            if work.author:
                write(work.store, work.author, stop=self.stopping.is_set)


def guarded(
    what: str, job: Callable[[], None], failed: Callable[[Exception], None] = lambda _: None
) -> None:
    """Run a job; whatever goes wrong is logged, `failed` is told, and the clock goes on."""
    try:
        job()
    except NewsletterError as error:
        log.error("%s failed: %s", what, error)
        guarded("alarm", partial(failed, error))
    except Exception as error:
        log.exception("%s failed", what)
        guarded("alarm", partial(failed, error))
