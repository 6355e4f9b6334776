"""`newsletter db`: the database's schema, copies and health."""

from pathlib import Path
from typing import Annotated

import typer

from newsletter.cli.common import FAILED, Json, chosen, emit, note, opened, say

commands = typer.Typer(help="The database: upgrade, backup, check.", no_args_is_help=True)


@commands.command()
def upgrade(as_json: Json = False) -> None:
    """Bring the database to this program's newest schema."""
    from newsletter.settings import read_settings
    from newsletter.store.database import HEAD, Store

    settings = read_settings(chosen["folder"])
    store = Store(settings.database.url or f"sqlite:///{chosen['folder'] / 'newsletter.db'}")
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
    """Write a consistent copy, while the newsletter goes on."""
    from newsletter.app import now_utc

    with opened() as app:
        path = target or app.folder / f"newsletter-{now_utc():%Y%m%d-%H%M%S}.db"
        app.store.backup(path)
    if as_json:
        emit({"file": str(path)})
        return
    say(f"{path}: written")


@commands.command()
def resume(
    cancel: Annotated[
        bool,
        typer.Option(
            "--cancel/--send",
            help="Cancel the digests that are pending in the copy, or send them.",
        ),
    ] = True,
) -> None:
    """Let a restored copy of the database send again; until then it is paused.

    By default its pending digests are cancelled, for some of them went out after the copy was
    made; their papers compete again. `--send` sends them.
    """
    from newsletter import app as wiring
    from newsletter import lock as locking
    from newsletter.store import deliveries

    with opened() as app, locking.holding(app.folder) as lock:
        cancelled = 0
        with app.store.write() as tx:
            if cancel:
                why = "restored from a backup: it may have gone out"
                cancelled = deliveries.cancel_pending(tx, why, wiring.now_utc())
            instance, epoch = deliveries.run(tx)
        locking.note_run(lock, instance, epoch)
    say(f"this database may send again; {cancelled} pending digests were cancelled")


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
