"""What the commands share: the folder, one JSON line, tables, progress on stderr."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from newsletter.app import App

FAILED, PARTLY, LATER = 1, 3, 75
SCHEMA_VERSION = 1
LARGEST = 2**63 - 1  # number that a database can hold

Json = Annotated[bool, typer.Option("--json", help="One JSON object on one line instead of text.")]

chosen: dict[str, Path] = {"folder": Path()}  # set once by the command line's entry


@contextmanager
def opened() -> "Iterator[App]":
    """Give the newsletter of the chosen folder."""
    # Imported here, for `--help` must not wait for the database's libraries.
    from newsletter.app import now_utc, open_app

    app = open_app(chosen["folder"], now_utc())
    try:
        yield app
    finally:
        app.close()


def emit(payload: Mapping[str, Any]) -> None:
    """Write the result as one JSON object on one line."""
    whole = {"schema_version": SCHEMA_VERSION, **payload}
    typer.echo(json_text(whole))


def json_text(value: object, indent: int | None = None) -> str:
    """Return a value as JSON, in which what is not printable stands as an escape."""
    text = json.dumps(value, ensure_ascii=False, default=plain, indent=indent)
    return printable(text, lambda sign: json.dumps(sign)[1:-1])


def plain(value: object) -> object:
    """Return a value that JSON has no form for."""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, set | frozenset):
        return sorted(value)
    return str(value)


def say(text: str) -> None:
    """Write a line of the result."""
    typer.echo(printable(text))


def note(text: str) -> None:
    """Write a line beside the result."""
    typer.echo(printable(text), err=True)


def printable(text: str, instead: Callable[[str], str] = lambda _: " ") -> str:
    """Return the text in which only line ends are not printable: others' words may move a cursor.

    Each other sign becomes what `instead` gives for it, a space if nothing is said.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\n" else instead(c) for c in text)


def table(columns: Sequence[str], rows: Sequence[Sequence[object]], empty: str) -> None:
    """Write rows under their columns, or the sentence that says why there are none."""
    if not rows:
        note(empty)
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        shown.add_row(*(Text(short(value)) for value in row))
    # Piped, a row stays one line up to 400 columns.
    console = Console() if sys.stdout.isatty() else Console(width=400)
    console.print(shown)


def short(value: object) -> str:
    """Return a value as a cell."""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}Z"
    return printable(str(value)).replace("\n", " ")


Move = Callable[..., None]  # a bar's: done, and of how many if that is known by now


@contextmanager
def progress(what: str, total: int | None = None) -> Iterator[Move]:
    """Show a bar on stderr where that is a terminal; give what moves it: done, and of how many."""
    with bars() as begin:
        yield begin(what, total)


@contextmanager
def bars() -> "Iterator[Callable[..., Move]]":
    """Show bars on stderr where that is a terminal; give what begins one and gives its `Move`."""
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(
        *columns,
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as bar:

        def begin(what: str, total: int | None = None) -> Move:
            task = bar.add_task(escape(what), total=total)

            def move(done: int, of: int | None = None) -> None:
                bar.update(task, completed=done, total=of if of is not None else total)

            return move

        yield begin


def counted(number: int, noun: str) -> str:
    """Return "1 issue" or "3 issues"."""
    return f"{number} {noun}" + ("" if number == 1 else "s")


def moment(text: str) -> datetime:
    """Return the time that an option gives; raises typer.BadParameter."""
    from datetime import UTC

    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(
            f"{text!r} is no time; write 2026-03-14T07:00Z or 2026-03-14"
        ) from error
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
