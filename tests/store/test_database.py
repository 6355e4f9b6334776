"""A transaction happens wholly and durably or not at all; trouble is told in one line."""

import os
import sqlite3
import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import newsletter.store.database as database
from newsletter.errors import StoreError
from newsletter.store import papers, schema
from newsletter.store.database import Store, insert_new, put
from tests.store.samples import GATES, NOW, add_papers

MIGRATIONS = Path(database.__file__).parent / "migrations"
ROW = {"name": "daily-2026-03-14"}


def add_edition(store, name="daily-2026-03-14"):
    add_editions(store, name)


def add_editions(store, *names):
    with store.write() as tx:
        for name in names:
            tx.execute(schema.editions.insert().values(name=name))


def editions(store):
    with store.read() as tx:
        return list(tx.execute(sa.select(schema.editions.c.name)).scalars())


def pragma(tx, name):
    return tx.execute(sa.text(f"PRAGMA {name}")).scalar()


def test_every_connection_to_sqlite_is_durable_and_keeps_references_true(sqlite):
    for connect in (sqlite.read, sqlite.write):
        with connect() as tx:
            assert pragma(tx, "journal_mode") == "wal"
            assert pragma(tx, "synchronous") == 2  # FULL
            assert pragma(tx, "foreign_keys") == 1
            assert pragma(tx, "busy_timeout") == 30_000


def test_the_migrations_make_the_tables_of_the_schema(store):
    with store.read() as tx:
        context = MigrationContext.configure(tx, opts={"compare_type": True})
        assert compare_metadata(context, schema.metadata) == []


def test_the_program_wants_the_newest_revision():
    assert ScriptDirectory(str(MIGRATIONS)).get_heads() == [database.HEAD]


def test_a_new_store_stands_at_the_newest_revision_with_one_row_in_its_ledger(store):
    assert store.revision() == database.HEAD
    with store.read() as tx:
        ((key, instance, *rest),) = tx.execute(sa.select(schema.ledger)).all()
    assert (key, len(instance), *rest) == (1, 32, 0, "")


def test_upgrading_twice_is_harmless(store):
    add_edition(store)
    with store.read() as tx:
        before = tx.execute(sa.select(schema.ledger)).all()
    store.upgrade()
    store.make_ready()
    assert editions(store) == ["daily-2026-03-14"]
    with store.read() as tx:
        assert tx.execute(sa.select(schema.ledger)).all() == before


def test_a_newer_database_wants_a_newer_program(store):
    with store.write() as tx:
        tx.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="the database is newer"):
        store.make_ready()
    with pytest.raises(StoreError, match="the database is newer"):
        store.upgrade()


@pytest.mark.parametrize("revision", ["0000"])
def test_another_revision_is_told_with_what_to_do(store, revision):
    with store.write() as tx:
        tx.execute(sa.text("UPDATE alembic_version SET version_num = :one"), {"one": revision})
    wanted = f"stands at revision {revision}, this program wants {database.HEAD}; run `newsletter"
    with pytest.raises(StoreError, match=wanted):
        store.make_ready()


def test_an_empty_database_stands_nowhere(tmp_path):
    store = Store(f"sqlite:///{tmp_path / 'new.db'}")
    assert store.revision() == ""
    store.close()


def test_what_fails_within_a_transaction_never_happened(store):
    add_edition(store, "an older one")
    with pytest.raises(sa.exc.IntegrityError):
        add_editions(store, "a new one", "an older one")
    assert editions(store) == ["an older one"]


def test_a_reader_sees_one_moment_while_others_write(store):
    count = sa.select(sa.func.count()).select_from(schema.editions)
    with store.read() as tx:
        before = tx.execute(count).scalar_one()
        add_edition(store)
        assert tx.execute(count).scalar_one() == before
    assert editions(store) == ["daily-2026-03-14"]


def test_a_second_writer_waits_for_the_first(sqlite):
    started, order = threading.Event(), []

    def second():
        started.set()
        add_edition(sqlite, "second")
        order.append("second")

    thread = threading.Thread(target=second)
    with sqlite.write() as tx:
        thread.start()
        started.wait()
        tx.execute(schema.editions.insert().values(name="first"))
        order.append("first")
    thread.join()
    assert order == ["first", "second"]
    assert editions(sqlite) == ["first", "second"]


def test_a_row_that_points_nowhere_is_refused(store):
    visit = {"feed_id": 77, "visited_at": NOW, "outcome": "fetched"}
    with pytest.raises(sa.exc.IntegrityError), store.write() as tx:
        tx.execute(schema.feed_visits.insert().values(**visit))


def test_a_row_is_inserted_once(store):
    with store.write() as tx:
        first = insert_new(tx, schema.editions, ROW, schema.editions.c.id)
        assert insert_new(tx, schema.editions, ROW, schema.editions.c.id) is None
        assert insert_new(tx, schema.editions, {"name": "x"}, schema.editions.c.id) != first


def test_a_row_is_written_over_the_one_with_its_key_and_keeps_its_number(store):
    row = {"name": "Sleep", "body": "{}", "changed_at": NOW}
    with store.write() as tx:
        put(tx, schema.topics, row, ["name"])
        put(tx, schema.topics, {**row, "body": "[]"}, ["name"])
        found = tx.execute(sa.select(schema.topics.c.id, schema.topics.c.body)).all()
    assert found == [(1, "[]")]


def test_a_time_comes_back_in_utc_to_the_microsecond(store):
    moment = datetime(2026, 3, 14, 7, 30, 1, 999_999, timezone(timedelta(hours=5, minutes=45)))
    row = {"name": "Sleep", "body": "{}", "changed_at": moment}
    with store.write() as tx:
        put(tx, schema.topics, row, ["name"])
    with store.read() as tx:
        found = tx.execute(sa.select(schema.topics.c.changed_at)).scalar_one()
        newest = tx.execute(sa.select(sa.func.max(schema.topics.c.changed_at))).scalar_one()
    assert found == newest == moment
    assert found.tzinfo is UTC


def test_a_time_without_zone_is_refused(store):
    row = {"name": "x", "body": "{}", "changed_at": datetime(2026, 3, 14)}  # noqa: DTZ001
    with pytest.raises(sa.exc.StatementError, match="has no time zone"), store.write() as tx:
        put(tx, schema.topics, row, ["name"])


def test_a_sound_database_has_nothing_to_complain_of(store):
    add_papers(store, GATES)
    assert store.check() == []


def test_a_dangling_row_is_found(sqlite):
    with sqlite3.connect(sqlite.url.database) as raw:
        raw.execute("INSERT INTO profiles VALUES (1, 77, 1, '{}', '2026-03-14 06:00:00')")
    raw.close()
    (found,) = sqlite.check()
    assert "dangling row: ('profiles', 1, 'subscribers'" in found


def test_a_backup_made_while_others_write_is_whole(sqlite, tmp_path):
    stop = threading.Event()

    def write():
        number = 0
        while not stop.is_set():
            add_edition(sqlite, f"edition {number}")
            number += 1

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for number in range(5):
            sqlite.backup(tmp_path / f"copy{number}.db")
    finally:
        stop.set()
        thread.join()
    assert sqlite.check() == []
    for number in range(5):
        copy = Store(f"sqlite:///{tmp_path / f'copy{number}.db'}")
        copy.make_ready()
        assert copy.check() == []
        names = editions(copy)
        assert names == [f"edition {place}" for place in range(len(names))]
        copy.close()
    assert not list(tmp_path.glob("*.part"))


def test_a_backup_overwrites_nothing(sqlite, tmp_path):
    (tmp_path / "copy.db").write_text("an older one")
    with pytest.raises(StoreError, match="overwrites nothing"):
        sqlite.backup(tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_text() == "an older one"


def test_a_backup_that_cannot_be_written_says_where_and_leaves_nothing(sqlite, tmp_path):
    with pytest.raises(StoreError, match=r"nowhere/copy\.db: the backup could not be written"):
        sqlite.backup(tmp_path / "nowhere" / "copy.db")
    assert not list(tmp_path.glob("*.part"))


def test_postgresql_is_backed_up_by_its_own_tool(tmp_path):
    with pytest.raises(StoreError, match="back it up with pg_dump"):
        Store("postgresql://nobody@localhost/nothing").backup(tmp_path / "copy.db")


def test_a_full_disk_is_told_and_nothing_half_done_is_kept(sqlite):
    @sa.event.listens_for(sqlite.engine, "begin")
    def narrow(connection):
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 4}")

    many = [
        papers.Paper(title=f"Paper {number}", abstract="x" * 900, arxiv_id=f"2603.{number:05}")
        for number in range(200)
    ]
    told = "newsletter.db: the disk is full; make room and run it again; nothing half-done was kept"
    with pytest.raises(StoreError, match=told) as raised:
        add_papers(sqlite, GATES, *many)
    assert "\n" not in str(raised.value)
    with sqlite.read() as tx:
        assert papers.count(tx) == 0
    assert sqlite.check() == []
    assert add_papers(sqlite, GATES)["new"] == 1


def test_a_file_that_is_no_database_is_told_and_left_alone(tmp_path):
    file = tmp_path / "newsletter.db"
    file.write_text("Dear diary, today I wrote a newsletter. " * 50)
    store = Store(f"sqlite:///{file}")
    with pytest.raises(StoreError, match="this is no database of ours; move it away or restore"):
        store.make_ready()
    assert file.read_text().startswith("Dear diary")


def test_a_folder_that_is_not_there_is_told(tmp_path):
    store = Store(f"sqlite:///{tmp_path / 'nowhere' / 'newsletter.db'}")
    with pytest.raises(StoreError, match="it cannot be opened; check the folder and its mode"):
        store.make_ready()


def test_a_writer_that_blocks_too_long_is_told(sqlite):
    @sa.event.listens_for(sqlite.engine, "connect")
    def hurry(connection, _record):
        connection.execute("PRAGMA busy_timeout = 10")

    sqlite.close()  # and connect anew
    other = Store(str(sqlite.url))
    with other.write(), pytest.raises(StoreError, match="another process has been writing"):
        add_edition(sqlite)
    other.close()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_database_that_may_only_be_read_is_told(sqlite):
    sqlite.close()
    Path(sqlite.url.database).chmod(0o444)
    with pytest.raises(StoreError, match="it may only be read; check the owner and the mode"):
        add_edition(sqlite)


def test_a_server_that_is_not_there_is_told_in_one_line(tmp_path):
    store = Store(f"postgresql://nobody:secret@/nothing?host={tmp_path}")
    with pytest.raises(StoreError) as told:
        store.make_ready()
    assert str(told.value).startswith("nothing: ")
    assert "\n" not in str(told.value)
    assert "secret" not in str(told.value)
