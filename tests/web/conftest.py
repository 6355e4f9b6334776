"""A small newsletter on a real store: three papers, two readers with an issue, one pending."""

import json
import shutil
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from newsletter.actions import compose, ingest, messages, subscribe
from newsletter.actions.subscribe import Wish
from newsletter.domain import token
from newsletter.domain.edition import Schedule
from newsletter.domain.message import Site
from newsletter.domain.profile import Topic, TopicProfile
from newsletter.domain.subscriber import Preferences
from newsletter.rendering.templates import Templates
from newsletter.store import schema, subscribers, topics
from newsletter.store.database import Store
from newsletter.web.site import Pages, reader_site

TEMPLATES = Path(__file__).parents[2] / "templates"
NOW = datetime(2026, 3, 14, 12, tzinfo=UTC)  # a Saturday
KEY = b"k" * 32
SITE = Site(
    name="Morning Papers",
    url="http://testserver",
    postal_address="12 Long Street, Riverton",
    from_address="papers@example.org",
)
CATALOGUE = (
    Topic("Machine learning", keywords=("neural networks",)),
    Topic("Sleep", keywords=("sleep spindles",)),
    Topic("Graph theory", keywords=("graphs",)),
)
PAPERS = (
    {
        "title": "Sleep Spindles Predict Next-Day Learning",
        "abstract": "We followed sleep spindles.",
    },
    {"title": "Neural Networks That Forget <b>Less</b>", "abstract": "Neural networks forget."},
    {"title": "Colouring Sparse Graphs", "abstract": "We colour sparse graphs with few colours."},
)
# The purpose of a path's token, where it is not the path's own name.
OTHER = {"issues": "read", "library": "preferences", "saved": "rate"}
ADA = Preferences(Schedule(hour=7, zone="Europe/Berlin"), length=5)


@dataclass
class World:
    """A site, what stands behind it, and a clock that a test may move."""

    store: Store
    now: datetime = NOW
    woken: int = 0
    site: Site = SITE
    clients: list[TestClient] = field(default_factory=list)

    def wake(self):
        self.woken += 1

    def pages(self):
        press = messages.Press(
            Templates([TEMPLATES]), self.site, [KEY], "papers@example.org", True, "here"
        )
        return Pages(
            store=self.store,
            keys=[KEY],
            site=self.site,
            catalogue=CATALOGUE,
            preferences=Preferences(),
            press=press,
            folders=[TEMPLATES],
            now=lambda: self.now,
            wake=self.wake,
        )

    def client(self, pages=None, **options):
        site = reader_site(pages or self.pages())
        client = TestClient(site, follow_redirects=False, **options)
        self.clients.append(client)
        return client

    def subscriber(self, address):
        with self.store.read() as tx:
            return subscribers.find(tx, address)

    def profile(self, address):
        with self.store.read() as tx:
            return subscribers.profile(tx, subscribers.find(tx, address).id).profile

    def link(self, path, address, issue=0, purpose="", expires=None):
        purpose = token.Purpose(purpose or OTHER.get(path, path))
        return link_of(path, purpose, self.subscriber(address).id, issue, expires)

    def rows(self):
        """Return everything that is stored."""
        with self.store.read() as tx:
            return {
                table.name: [tuple(row) for row in tx.execute(sa.select(table))]
                for table in schema.metadata.sorted_tables
            }

    def issue_of(self, address):
        with self.store.read() as tx:
            mine = schema.issues.c.subscriber_id == self.subscriber(address).id
            return tx.execute(sa.select(schema.issues.c.id).where(mine)).scalar_one()

    def deliveries(self):
        return self.rows()["deliveries"]


def link_of(path, purpose, subscriber_id, issue=0, expires=None):
    return f"/{path}/{token.make(KEY, purpose, subscriber_id, issue, expires)}"


def fill(store, folder):
    """Store the papers, three active readers of whom two have an issue, and a pending one."""
    papers = folder / "papers.jsonl"
    papers.write_text("".join(json.dumps(one) + "\n" for one in PAPERS), "utf-8")
    origin = ingest.Origin(str(papers), "Sample papers", "jsonl")
    before = NOW - timedelta(hours=6)
    with store.write() as tx:
        topics.keep(tx, CATALOGUE, before)
    report = ingest.ingest(store, origin, no_fetch, ingest.Limits(2**20), before)
    assert report.new == len(PAPERS)
    profile = TopicProfile((Topic("Sleep"), Topic("Machine learning")))
    subscribe.add(store, Wish("ada@example.org", ADA, profile), before)
    subscribe.add(store, Wish("bob@example.org", Preferences(), profile), before)
    compose.compose(store, compose.Order(at=NOW, now=NOW))
    subscribe.add(store, Wish("old@example.org", Preferences(), profile), before)
    subscribe.request(store, Wish("new@example.org", ADA, profile), before)


def no_fetch(url, validators):
    raise AssertionError(f"nothing is fetched, not {url}")


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """Return a filled database, which each test gets a copy of."""
    folder = tmp_path_factory.mktemp("made")
    store = Store(f"sqlite:///{folder / 'first.db'}")
    store.make_ready()
    fill(store, folder)
    store.backup(folder / "filled.db")
    store.close()
    return folder / "filled.db"


@pytest.fixture
def store(made, tmp_path):
    shutil.copy(made, tmp_path / "newsletter.db")
    store = Store(f"sqlite:///{tmp_path / 'newsletter.db'}")
    yield store
    store.close()


@pytest.fixture
def world(store):
    world = World(store)
    yield world
    for client in world.clients:
        client.close()


@pytest.fixture
def client(world):
    return world.client()


@pytest.fixture
def secure_world(world):
    return replace(world, site=replace(SITE, url="https://papers.example.org/daily"))
