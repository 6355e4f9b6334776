"""`newsletter db`: the database's schema, copies and health."""

from pathlib import Path
from typing import Annotated

import typer

from newsletter.cli.common import FAILED, Json, chosen, counted, emit, note, opened, say
from newsletter.errors import NewsletterError

commands = typer.Typer(help="The database: upgrade, backup, restore, check.", no_args_is_help=True)


@commands.command()
def upgrade(as_json: Json = False) -> None:
    """Bring the database to this program's newest schema."""
    from newsletter.app import store_of
    from newsletter.lock import check_presence
    from newsletter.settings import read_settings
    from newsletter.store.database import HEAD

    store = store_of(chosen["folder"], read_settings(chosen["folder"]))
    check_presence(chosen["folder"], store.file)
    before = store.revision()
    store.upgrade()
    store.close()
    if as_json:
        emit({"before": before, "after": HEAD})
    else:
        say(f"the database stands at revision {HEAD}" + (" as before" if before == HEAD else ""))


@commands.command()
def backup(
    target: Annotated[Path | None, typer.Argument(help="By default newsletter-DATE.db.")] = None,
    as_json: Json = False,
) -> None:
    """Write a consistent copy, while the newsletter goes on.

    Keep config/secret.key with it: the copy does not hold it, and the links in all mails need it.
    """
    from newsletter.app import now_utc

    with opened() as app:
        path = target or app.folder / f"newsletter-{now_utc():%Y%m%d-%H%M%S}.db"
        app.store.backup(path)
    if as_json:
        emit({"file": str(path)})
        return
    say(f"{path}: written")
    note("keep config/secret.key with it: it is not in the copy, and old links need it")


@commands.command()
def restore(
    source: Annotated[Path, typer.Argument(metavar="FILE", help="Such as `db backup` makes.")],
    as_json: Json = False,
) -> None:
    """Put a copy in the place of the database, which is kept beside it. It is paused then.

    End all other commands before. Nothing is changed if the file is damaged or no database of ours.
    """
    from newsletter import lock as locking
    from newsletter.app import now_utc, store_of
    from newsletter.settings import read_settings
    from newsletter.store.database import HEAD

    folder = chosen["folder"]
    store = store_of(folder, read_settings(folder))
    with locking.holding(folder):
        kept = store.restore(source, now_utc())
        revision = store.revision()
    store.close()
    if as_json:
        before = str(kept) if kept else ""
        emit({"file": str(store.file), "before": before, "revision": revision, "paused": True})
        return
    say(f"{store.file}: restored from {source}" + (f"; before it was {kept}" if kept else ""))
    say("It is paused, for what went out since is not in it. Next:")
    if revision != HEAD:
        say("  newsletter db upgrade     it is of an older version")
    say("  newsletter compose        makes the issues of the days since")
    say("  newsletter deliveries list --state pending")
    say("  newsletter db resume      cancels the pending digests; with --send sends them")


@commands.command()
def resume(
    cancel: Annotated[
        bool,
        typer.Option(
            "--cancel/--send",
            help="Cancel the digests that are pending in the copy, or send them.",
        ),
    ] = True,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done, and change nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Let a restored copy of the database send again; until then it is paused.

    By default its pending digests are cancelled, for some of them went out after the copy was
    made; their papers compete again. `--send` sends them.
    """
    from newsletter import app as wiring
    from newsletter import lock as locking
    from newsletter.store import copies, deliveries

    with opened() as app, locking.holding(app.folder) as lock:
        if not locking.pause(app.store, app.folder):
            raise NewsletterError("this database is not paused; nothing was changed")
        with app.store.read() as tx:
            waiting = deliveries.count_pending(tx)
        if not dry_run:
            with app.store.write() as tx:
                if cancel:
                    why = "restored from a backup: it may have gone out"
                    waiting = deliveries.cancel_pending(tx, why, wiring.now_utc())
                copies.unmark(tx)
                instance, epoch = deliveries.run(tx)
            locking.note_run(lock, instance, epoch)
    cancelled, kept = (waiting, 0) if cancel else (0, waiting)
    if as_json:
        emit({"cancelled": cancelled, "to_send": kept, "dry_run": dry_run})
        return
    done = "would be" if dry_run else "were"
    fate = f"{done} cancelled" if cancel else "go out with the next run"
    ready = "nothing was changed" if dry_run else "this database may send again"
    say(f"{ready}; {counted(waiting, 'pending digest')} {fate}")


@commands.command()
def check(as_json: Json = False) -> None:
    """Check the database's own integrity and the ledger's promises."""
    from newsletter.store import promises

    with opened() as app:
        found = app.store.check()
        with app.store.read() as tx:
            found += promises.broken_promises(tx)
    if as_json:
        emit({"findings": found})
    elif not found:
        say("the database is sound")
    for one in found:
        note(f"error: {one}")
    if found:
        raise typer.Exit(FAILED)
