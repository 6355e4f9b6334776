"""`newsletter suppressions`: addresses that nothing is sent to any more."""

import csv
import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from newsletter.cli.common import FAILED, PARTLY, Json, emit, note, opened, say, table
from newsletter.errors import NewsletterError, NotFoundError

if TYPE_CHECKING:
    from newsletter.store.suppressions import Suppression

commands = typer.Typer(help="Addresses that nothing is sent to.", no_args_is_help=True)
Address = Annotated[str, typer.Argument(help="The address.")]
FORMULA = tuple("=+-@\t\r")
COLUMNS = ("address", "reason", "since")
HEADINGS = {"address", "email", "e-mail", "email address", "e-mail address", "mail", "recipient"}


@commands.command("list")
def show_all(as_json: Json = False) -> None:
    """List the suppressed addresses, each with the reason.

    Example: `newsletter suppressions list --json`
    """
    from newsletter.store import suppressions

    with opened() as app, app.store.read() as tx:
        found = suppressions.listed(tx)
    if as_json:
        emit({"suppressions": [asdict(one) for one in found]})
        return
    table(COLUMNS, [(one.address, one.reason, one.since) for one in found], "none is suppressed")


@commands.command()
def add(
    address: Address,
    reason: Annotated[str, typer.Option(help="Why, for those who ask later.")] = "by the operator",
    as_json: Json = False,
) -> None:
    """Never write to an address again, whether it is a subscriber's or not.

    Example: `newsletter suppressions add ada@example.org --reason "asked by phone"`
    """
    from newsletter.app import now_utc
    from newsletter.domain.subscriber import normal_address
    from newsletter.store import suppressions
    from newsletter.store.suppressions import Suppression

    new = Suppression(normal_address(address), reason[:300], now_utc())
    with opened() as app, app.store.write() as tx:
        added = suppressions.add(tx, new)
    if as_json:
        emit({"address": new.address, "added": added})
    else:
        say(f"{new.address} is suppressed" + ("" if added else " already"))


@commands.command()
def remove(address: Address, as_json: Json = False) -> None:
    """Write to an address again, if it subscribes.

    Example: `newsletter suppressions remove ada@example.org`
    """
    from newsletter.domain.subscriber import normal_address
    from newsletter.store import suppressions

    wanted = normal_address(address)
    with opened() as app, app.store.write() as tx:
        removed = suppressions.remove(tx, wanted)
    if not removed:
        text = f"{wanted} is not suppressed; `newsletter suppressions list` shows all"
        raise NotFoundError(text)
    if as_json:
        emit({"address": wanted, "removed": True})
    else:
        say(f"{wanted} is no longer suppressed")


@commands.command("import")
def take_in(
    file: Annotated[Path, typer.Argument(help="CSV, or one address a line; - for stdin.")],
    as_json: Json = False,
) -> None:
    """Suppress the addresses of a file: `address,reason,since`, or addresses alone.

    Example: `newsletter suppressions import old-provider.csv`
    """
    from newsletter.app import now_utc
    from newsletter.store import suppressions

    now = now_utc()
    added = known = 0
    bad: list[str] = []
    with opened() as app, app.store.write() as tx:
        for number, row in enumerate(csv.reader(lines_of(file)), start=1):
            if not row or not row[0].strip() or row[0].strip().lower() in HEADINGS:
                continue
            new = to_suppression(row, now)
            if isinstance(new, str):
                bad.append(f"line {number}: {new}")
            elif suppressions.add(tx, new):
                added += 1
            else:
                known += 1
    for one in bad:
        note(f"error: {file}, {one}")
    if as_json:
        emit({"added": added, "known": known, "skipped": bad})
    else:
        say(f"{added} added, {known} known")
    if bad:
        raise typer.Exit(PARTLY if added or known else FAILED)


def lines_of(file: Path) -> list[str]:
    """Return the file's lines; raises typer.BadParameter."""
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text("utf-8-sig")
    except OSError as error:
        raise typer.BadParameter(f"{file}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise typer.BadParameter(f"{file}: byte {error.start} is not UTF-8") from error
    return text.replace("\0", "").splitlines()


def to_suppression(row: list[str], now: datetime) -> "Suppression | str":
    """Return the suppression of a row, or what is wrong with it."""
    from datetime import UTC

    from newsletter.domain.subscriber import normal_address
    from newsletter.errors import AddressError, one_line
    from newsletter.store.suppressions import Suppression

    address, reason, since = (*(bare(one.strip()) for one in row[:3]), "", "")[:3]
    try:
        when = datetime.fromisoformat(since) if since else now
    except ValueError:
        return f"'{one_line(since, 40)}' is no time; write 2026-03-14 or 2026-03-14T07:00Z"
    known = when if when.tzinfo else when.replace(tzinfo=UTC)
    try:
        # An address that another program wrote behind an apostrophe has none.
        address = normal_address(address.removeprefix("'"))
    except AddressError as error:
        return str(error)
    return Suppression(address, (reason or "imported")[:300], known)


@commands.command("export")
def give_out(
    file: Annotated[Path | None, typer.Argument(help="The CSV file; stdout without.")] = None,
    as_json: Json = False,
) -> None:
    """Write the suppressed addresses as CSV, which `import` takes.

    Example: `newsletter suppressions export suppressed.csv`
    """
    import io

    from newsletter.store import suppressions

    with opened() as app, app.store.read() as tx:
        found = suppressions.listed(tx)
    if as_json and file is None:
        emit({"suppressions": [asdict(one) for one in found], "file": ""})
        return
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for one in found:
        writer.writerow([safe(cell) for cell in (one.address, one.reason, one.since.isoformat())])
    if file is None:
        typer.echo(text.getvalue(), nl=False)
        return
    try:
        file.write_text(text.getvalue(), "utf-8", newline="")
    except OSError as error:
        why = f"{file}: cannot be written: {error.strerror}"
        raise NewsletterError(why) from error
    if as_json:
        emit({"suppressions": [asdict(one) for one in found], "file": str(file)})
    else:
        say(f"{len(found)} written to {file}")


def safe(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def bare(cell: str) -> str:
    """Return the cell that was made safe."""
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(FORMULA) else cell
