"""Builds store, sender, templates and fetcher once from the settings: the only wiring."""

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter import __version__
from newsletter.actions import deliver, messages
from newsletter.actions.gate import Gate
from newsletter.actions.scribe import Scribe
from newsletter.actions.turns import Turns
from newsletter.catalogue import read_topics
from newsletter.domain.bounce import BouncePolicy
from newsletter.domain.message import Site
from newsletter.domain.profile import Topic
from newsletter.errors import ModelError, SettingsError
from newsletter.keyring import mailbox as mailbox
from newsletter.keyring import signer
from newsletter.keys import secret_keys
from newsletter.lock import check_presence
from newsletter.rendering.language import Language, language
from newsletter.rendering.templates import Templates
from newsletter.settings import FILE, Settings, defaults, read_settings
from newsletter.store import deliveries, topics
from newsletter.store.database import Store, sqlite_url
from newsletter.ways import domain_limits, outlets

if TYPE_CHECKING:  # delivering does without the web, ranking and reading: 65 MB
    from newsletter.actions import ingest
    from newsletter.actions.compose import Order
    from newsletter.actions.write import Author
    from newsletter.feeds.fetch import Fetched, Validators
    from newsletter.ranking.embedding import Embedder
    from newsletter.scheduler import Clock, Work
    from newsletter.web.site import Pages

log = logging.getLogger(__name__)

SPARE = timedelta(seconds=10)  # that a turn is kept longer than a fetch may take


@dataclass(frozen=True, slots=True, eq=False)
class App:
    """One newsletter, open."""

    folder: Path
    settings: Settings
    store: Store
    keys: tuple[bytes, ...]
    catalogue: tuple[Topic, ...]
    templates: Templates

    def close(self) -> None:
        """Close the database."""
        self.store.close()


def open_app(folder: Path, now: datetime) -> App:
    """Open the newsletter of a folder; its database is made if there is none.

    Raises SettingsError or StoreError.
    """
    settings = read_settings(folder)
    store = store_of(folder, settings)
    check_presence(folder, store.file)
    store.make_ready()
    app = App(
        folder=folder,
        settings=settings,
        store=store,
        keys=secret_keys(folder, is_new=not has_sent(store)),
        catalogue=read_topics(folder),
        templates=Templates([folder / "templates", defaults() / "templates"], spoken(settings)),
    )
    with app.store.write() as tx:
        topics.keep(tx, app.catalogue, now)
    return app


def store_of(folder: Path, settings: Settings) -> Store:
    """Return the folder's database, connected to when it is asked; raises SettingsError."""
    return Store(settings.database.url or sqlite_url(folder / "newsletter.db"))


def spoken(settings: Settings) -> Language:
    """Return the site's language; raises SettingsError if there is no such catalogue."""
    try:
        return language(settings.site.language)
    except ValueError as error:
        raise SettingsError(f"{FILE}: site.language = {error}") from error


def has_sent(store: Store) -> bool:
    """Return whether a run of the sender ever began: then there are links signed by a key."""
    with store.read() as tx:
        return deliveries.run(tx)[1] > 0


def site(settings: Settings) -> Site:
    """Return who writes."""
    return Site(
        name=settings.site.name,
        url=settings.site.url,
        postal_address=settings.site.postal_address,
        from_address=settings.sender.from_address,
        from_name=settings.sender.from_name,
        reply_to=settings.sender.reply_to,
    )


def press(app: App) -> messages.Press:
    """Return what messages are made with."""
    sender = app.settings.sender
    with app.store.read() as tx:
        instance, _ = deliveries.run(tx)
    return messages.Press(
        templates=app.templates,
        site=site(app.settings),
        keys=app.keys,
        envelope_sender=sender.envelope_sender or sender.from_address,
        pages=bool(app.settings.site.url),
        instance=instance,
        envelope=sender.envelope,
        sign=signer(app.folder, app.settings),
        signs=[f"{one.selector}._domainkey.{one.domain}" for one in app.settings.dkim],
        gate=Gate(frozenset(app.settings.lint.allow)),
    )


def bounce_policy(settings: Settings) -> BouncePolicy:
    """Return when soft bounces are enough."""
    chosen = settings.bounces
    return BouncePolicy(chosen.threshold_days, timedelta(days=chosen.forget_after_days))


def way(app: App, epoch: int, now: Callable[[], datetime]) -> deliver.Way:
    """Return the way out."""
    made = press(app)
    return deliver.Way(
        outlets=outlets(app.folder, app.settings.sender),
        domains=domain_limits(app.settings.sender),
        prepare=messages.following(made),
        now=now,
        epoch=epoch,
        scribe=Scribe(made, app.store.address).beside,
    )


def work(app: App, epoch: int, clock: "Clock") -> "Work":
    """Return what the scheduler's jobs do their work with."""
    from newsletter.scheduler import Work

    return Work(
        store=app.store,
        way=way(app, epoch, clock.now),
        fetch=fetcher(app.settings, app.store),
        limits=limits(app.settings),
        origins=origins(app.settings),
        first_days=app.settings.compose.first_days,
        clock=clock,
        embedder=background_embedder(app),
        author=author(app.settings),
        operator=app.settings.site.operator,
    )


def author(settings: Settings) -> "Author | None":
    """Return the language model that writes the sentences, None where there is none."""
    chosen = settings.summary
    if not chosen.endpoint:
        return None
    from newsletter.actions.write import Author
    from newsletter.endpoint.chat import Endpoint
    from newsletter.endpoint.write import Bounds

    endpoint = Endpoint(chosen.endpoint, chosen.model, chosen.key, chosen.timeout_seconds)
    bounds = Bounds(chosen.batch, chosen.concurrency, chosen.papers_per_run, chosen.tokens_per_run)
    return Author(endpoint, bounds)


def background_embedder(app: App) -> "Embedder | None":
    """Return the embedder that the settings choose; None, and a warning, if it cannot be used."""
    from newsletter import embedders

    try:
        return embedders.open_embedder(app.settings.ranking.embedder, app.folder)
    except ModelError as error:
        log.warning("papers get no vectors why=%s", error)
        return None


def pages(app: App, now: Callable[[], datetime], wake: Callable[[], None]) -> "Pages":
    """Return what the readers' pages are made with."""
    from newsletter.web.site import Pages

    return Pages(
        store=app.store,
        keys=app.keys,
        site=site(app.settings),
        catalogue=app.catalogue,
        preferences=app.settings.preferences.preferences(),
        press=press(app),
        folders=app.templates.folders,
        now=now,
        wake=wake,
    )


def origins(settings: Settings) -> "tuple[ingest.Origin, ...]":
    """Return the feeds of the settings."""
    from newsletter.actions import ingest

    return tuple(
        ingest.Origin(feed.url, feed.name, feed.reader, timedelta(minutes=feed.poll_every_minutes))
        for feed in settings.feeds
    )


def limits(settings: Settings) -> "ingest.Limits":
    """Return how large a file may be, and how many pages one visit may take."""
    from newsletter.actions import ingest

    chosen = settings.ingest
    return ingest.Limits(chosen.max_megabytes * 2**20, chosen.max_pages, random.random)


def fetcher(settings: Settings, store: Store) -> "ingest.Fetch":
    """Return the polite GET, with the settings' limits, in turn with all users of the store."""
    from newsletter.feeds.fetch import Limits, fetch

    chosen = settings.ingest
    longest = timedelta(seconds=chosen.timeout_seconds) + SPARE
    turns = Turns(store, now_utc, time.sleep, longest)
    agent = chosen.user_agent or f"newsletter/{__version__}" + (
        f" (+{settings.site.url})" if settings.site.url else ""
    )

    def get(url: str, validators: "Validators") -> "Fetched":
        return fetch(
            url,
            validators,
            limits=Limits(chosen.max_megabytes * 2**20, chosen.timeout_seconds),
            allowed=frozenset(chosen.allowed_hosts),
            user_agent=agent,
            turn=turns.turn,
            now=now_utc(),
        )

    return get


def order(app: App, now: datetime, at: datetime | None = None, address: str = "") -> "Order":
    """Return what to compose: each one's newest slot not after `at`, or now."""
    from newsletter.actions.compose import Order

    return Order(
        at=at or now,
        now=now,
        first_days=app.settings.compose.first_days,
        address=address,
        embedder=background_embedder(app),
    )


def origin_of(text: str, settings: Settings) -> "ingest.Origin":
    """Return the feed that an argument names: one of the settings, or the file or address."""
    from newsletter.actions import ingest

    for known in origins(settings):
        if text in (known.name, known.url):
            return known
    url = text if "://" in text else str(Path(text).resolve())
    return ingest.Origin(url, name=Path(text).name if "://" not in text else text)


def now_utc() -> datetime:
    """Return the time, to the microsecond that the database keeps."""
    return datetime.now(UTC)
