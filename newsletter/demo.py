"""The demo: a newsletter of its own in outbox/demo/, with a fixed time and key."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from newsletter import app as wiring
from newsletter.actions import compose, deliver, ingest, messages, subscribe
from newsletter.catalogue import read_topics
from newsletter.domain.edition import Cadence, Schedule
from newsletter.domain.message import Message
from newsletter.domain.profile import TopicProfile, to_topic
from newsletter.domain.subscriber import Preferences, normal_address
from newsletter.errors import SettingsError
from newsletter.mail.outbox import Outbox
from newsletter.rendering.templates import Templates
from newsletter.settings import FILE, Settings, defaults, read_toml
from newsletter.store import topics
from newsletter.store.database import Store, sqlite_url
from newsletter.store.deliveries import Delivery

NOW = datetime(2026, 3, 14, 7, 5, tzinfo=UTC)
KEY = bytes(32)  # the demo's links open nothing
MARK = "demo.db"  # a folder that holds anything, but not this, is somebody else's


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail of the demo."""

    name: str
    recipient: str
    subject: str


@dataclass(frozen=True, slots=True)
class Shown:
    """What the demo made."""

    papers: int
    mails: tuple[Mail, ...]


def make(folder: Path) -> Shown:
    """Empty the folder and make the demo in it; raises SettingsError or StoreError."""
    empty(folder)
    with opened(folder) as app:
        papers = fill(app)
        mails: list[Mail] = []
        press = wiring.press(app)

        def prepare(tx: sa.Connection, batch: Sequence[Delivery]) -> deliver.Writer:
            writer = messages.prepare(press, tx, batch)

            def write(delivery: Delivery) -> Message:
                made = writer(delivery)
                mails.append(Mail(f"{made.name}.eml", made.recipient, made.rendered.subject))
                return made

            return write

        outlet = deliver.Outlet(lambda: Outbox(folder), "outbox")
        way = deliver.Way((outlet,), prepare, now=lambda: NOW, epoch=1)
        deliver.begin(app.store, NOW)
        deliver.deliver(app.store, way)
    return Shown(papers, tuple(mails))


@contextmanager
def opened(folder: Path) -> Iterator[wiring.App]:
    """Give the demo's newsletter; its settings are the defaults alone."""
    app = wiring.App(
        folder=folder,
        settings=Settings(**read_toml(defaults() / FILE)),
        store=Store(sqlite_url(folder / MARK)),
        keys=(KEY,),
        catalogue=read_topics(defaults()),
        templates=Templates([defaults() / "templates"]),
    )
    app.store.make_ready()
    with app.store.write() as tx:
        topics.keep(tx, app.catalogue, NOW)
    try:
        yield app
    finally:
        app.close()


def empty(folder: Path) -> None:
    """Remove the mails of the last demo; raises SettingsError if the folder is somebody else's."""
    try:
        if folder.exists():
            found = list(folder.iterdir())
            if found and not (folder / MARK).is_file():
                raise SettingsError(
                    f"{folder}: holds {found[0].name}, and no demo; choose another --out"
                )
            for one in filter(is_ours, found):
                one.unlink()
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"{folder}: cannot be made: {error.strerror}") from error


def is_ours(path: Path) -> bool:
    """Return whether the demo wrote the file."""
    return path.is_file() and (path.name.startswith(MARK) or path.suffix == ".eml")


def fill(app: wiring.App) -> int:
    """Read the sample papers, add the sample readers, make their issues; return how many papers."""
    samples = defaults() / "config/demo"
    origin = ingest.Origin(str(samples / "papers.jsonl"), "Sample papers", "jsonl")
    fetch, limits = wiring.fetcher(app.settings, app.store), wiring.limits(app.settings)
    report = ingest.ingest(app.store, origin, fetch, limits, NOW)
    if report.error:
        raise SettingsError(f"{origin.url}: {report.error}")
    for entry in read_toml(samples / "subscribers.toml")["subscribers"]:
        schedule = Schedule(Cadence(entry["cadence"]), hour=entry["hour"], zone=entry["zone"])
        profile = TopicProfile(tuple(to_topic(one) for one in entry["topics"]))
        address = normal_address(entry["address"])
        subscribe.add(app.store, subscribe.Wish(address, Preferences(schedule), profile), NOW)
    compose.compose(app.store, compose.Order(at=NOW, now=NOW))
    return report.read
