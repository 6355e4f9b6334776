"""`newsletter suppressions`: addresses that nothing is sent to any more."""

import codecs
import csv
import sys
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from newsletter.cli.common import FAILED, PARTLY, Json, emit, note, opened, say, table
from newsletter.errors import NewsletterError, NotFoundError, one_line

if TYPE_CHECKING:
    from newsletter.store.suppressions import Suppression

commands = typer.Typer(help="Addresses that nothing is sent to.", no_args_is_help=True)
Address = Annotated[str, typer.Argument(help="The address.")]
FORMULA = tuple("=+-@\t\r")
COLUMNS = ("address", "reason", "since")
MOST_REASON = 300  # characters
AHEAD = timedelta(hours=14)  # of UTC, in the zones where a day begins first
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
    rows = [(one.address, one_line(one.reason, MOST_REASON), one.since) for one in found]
    table(COLUMNS, rows, "none is suppressed")


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

    new = Suppression(normal_address(address), one_line(reason, MOST_REASON), now_utc())
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
        for number, line in enumerate(lines_of(file), start=1):
            new = to_suppression(line, now)
            if new is None:
                continue
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
    """Return the file's lines; what is not UTF-8 costs only itself. Raises NewsletterError."""
    try:
        octets = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise NewsletterError(f"{file}: cannot be read: {error.strerror}") from error
    lines = octets.removeprefix(codecs.BOM_UTF8).splitlines()
    return [line.decode("utf-8", "replace") for line in lines]


def to_suppression(line: str, now: datetime) -> "Suppression | str | None":
    """Return the suppression of a line, what is wrong with it, or None if it asks for none.

    A field ends on its line: one that goes on would take the addresses below for its words.
    """
    from newsletter.domain.subscriber import normal_address
    from newsletter.errors import AddressError
    from newsletter.store.suppressions import Suppression

    try:
        row, *closed = csv.reader([line, ""])  # an open quote takes the second line, too
    except csv.Error as error:
        return str(error)
    if not closed:
        return f"{one_line(line, 40)}: a quote is open at the end of the line; close it"
    address, reason, since = (*(bare(one.strip()) for one in row[:3]), "", "", "")[:3]
    if not address or address.lower() in HEADINGS:
        return None
    when = moment_of(since, now)
    if isinstance(when, str):
        return when
    try:
        # An address that another program wrote behind an apostrophe has none.
        address = normal_address(address.removeprefix("'"))
    except AddressError as error:
        return str(error)
    return Suppression(address, one_line(reason, MOST_REASON) or "imported", when)


def moment_of(since: str, now: datetime) -> datetime | str:
    """Return the time that a line gives, now if it gives none, or what is wrong with it."""
    if not since:
        return now
    try:
        when = datetime.fromisoformat(since)
        known = when.astimezone(UTC) if when.tzinfo else when.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return f"'{one_line(since, 40)}' is no time; write 2026-03-14 or 2026-03-14T07:00Z"
    if known > now + (timedelta() if when.tzinfo else AHEAD):
        return f"'{one_line(since, 40)}' is in the future; write since when it is suppressed"
    return min(known, now)


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
        reason = one_line(one.reason, MOST_REASON)
        writer.writerow([safe(cell) for cell in (one.address, reason, one.since.isoformat())])
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
