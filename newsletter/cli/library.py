"""`newsletter profile library`: papers that are a reader's own, or liked before any issue."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from newsletter.cli.common import (
    FAILED,
    PARTLY,
    Json,
    counted,
    emit,
    note,
    opened,
    progress,
    say,
    table,
)

if TYPE_CHECKING:
    from newsletter.actions.library import Report
    from newsletter.actions.lookup import Arxiv
    from newsletter.app import App

MOST_TOLD = 20  # notes; --json has all

commands = typer.Typer(help="Papers a reader wrote or likes.", no_args_is_help=True)

Subscriber = Annotated[str, typer.Argument(help="ada@example.org")]


@commands.command()
def add(
    subscriber: Subscriber,
    sources: Annotated[
        list[str],
        typer.Argument(
            help="Files (BibTeX, RIS, Zotero CSV or JSON, CSL JSON, an ORCID works list, lines of "
            "ids or titles), arXiv ids, or an author: an arXiv author id, or author:NAME."
        ),
    ],
    resolve: Annotated[
        bool, typer.Option("--resolve", help="Ask arXiv for titles that are not known here.")
    ] = False,
    own: Annotated[
        bool, typer.Option("--own", help="The reader wrote them; otherwise the source decides.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Add papers to a reader's library: those that are like them rank higher.

    Examples: `newsletter profile library add ada@example.org zotero.csv 2603.01234`,
    `... add ada@example.org okafor_a_1`, `... add ada@example.org titles.txt --resolve`
    """
    from newsletter import app as wiring
    from newsletter.actions import library as action
    from newsletter.domain.library import Verdict

    with opened() as app, progress("asking arXiv") as move:
        means = action.Means(
            arxiv=arxiv(app),
            limits=wiring.limits(app.settings),
            now=wiring.now_utc(),
            ask_titles=resolve,
            verdict=Verdict.OWN if own else None,
            progress=move,
        )
        address, key = find(app, subscriber)
        report = action.add(app.store, key, sources, means)
    if as_json:
        emit(
            {
                "subscriber": address,
                "added": report.added,
                "known": report.known,
                "sources": [asdict(one) for one in report.sources],
                "not_found": [asdict(one) for one in report.not_found],
                "skipped": [asdict(one) for one in report.skipped],
            }
        )
    else:
        tell(report)
    end(report)


def tell(report: "Report") -> None:
    """Write what each source gave, and beside it what was not found."""
    for one in report.sources:
        if one.error is not None:
            note(f"error: {one.source}: {one.error}")
        else:
            say(f"{one.source} ({one.reader}): {one.added} added, {one.known} known already")
    for title, found in (("not found", report.not_found), ("skipped", report.skipped)):
        for lost in found[:MOST_TOLD]:
            note(f"  {title}: {lost.entry}: {lost.why}")
        if len(found) > MOST_TOLD:
            note(f"  and {len(found) - MOST_TOLD} more {title}; --json names all")


def end(report: "Report") -> None:
    """End with what the exit code says: nothing found, only a part, or all."""
    if not report.added + report.known:
        note("error: none of these papers was found; nothing was added")
        raise typer.Exit(FAILED)
    if report.not_found or report.skipped or any(one.error for one in report.sources):
        raise typer.Exit(PARTLY)


@commands.command("list")
def show(subscriber: Subscriber, as_json: Json = False) -> None:
    """List a reader's library, the newest entry first.

    Example: `newsletter profile library list ada@example.org`
    """
    from newsletter.domain.library import SHELVED
    from newsletter.store import works

    with opened() as app:
        address, key = find(app, subscriber)
        with app.store.read() as tx:
            found = [one for one in works.of(tx, key, SHELVED) if not one.topic]
    if as_json:
        papers = [
            {"paper": one.key, "title": one.title, "verdict": one.verdict.value, "at": one.at}
            for one in found
        ]
        emit({"subscriber": address, "papers": papers})
        return
    rows = [(one.key, one.title, one.verdict, one.at) for one in found]
    table(("paper", "title", "", "since"), rows, "the library is empty")


@commands.command()
def remove(
    subscriber: Subscriber,
    papers: Annotated[list[str], typer.Argument(help="As `profile library list` shows them.")],
    as_json: Json = False,
) -> None:
    """Take papers out of a reader's library.

    Example: `newsletter profile library remove ada@example.org arxiv:2603.01234`
    """
    from newsletter.actions import library as action

    with opened() as app:
        _, key = find(app, subscriber)
        gone = action.remove(app.store, key, papers)
    absent = [one for one in dict.fromkeys(papers) if one not in gone]
    if as_json:
        emit({"removed": len(gone), "not_found": absent})
    else:
        say(f"{counted(len(gone), 'paper')} removed")
    for one in absent:
        note(f"  not in the library: {one}")
    if absent:
        raise typer.Exit(PARTLY if gone else FAILED)


@commands.command()
def clear(
    subscriber: Subscriber,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Json = False,
) -> None:
    """Empty a reader's library; topics and feedback stay.

    Example: `newsletter profile library clear ada@example.org --yes`
    """
    from newsletter.actions import library as action

    with opened() as app:
        address, key = find(app, subscriber)
        if not yes:
            typer.confirm(f"Empty the library of {address}?", abort=True, err=True)
        gone = action.clear(app.store, key)
    if as_json:
        emit({"subscriber": address, "removed": gone})
    else:
        say(f"{counted(gone, 'paper')} removed")


def arxiv(app: "App") -> "Arxiv":
    """Return how arXiv is asked: politely, in turn with all that use this database."""
    from newsletter import app as wiring
    from newsletter.actions.lookup import Arxiv

    return Arxiv(wiring.fetcher(app.settings, app.store))


def find(app: "App", address: str) -> tuple[str, int]:
    """Return the subscriber's address and key; raises NotFoundError."""
    from newsletter.domain.subscriber import normal_address
    from newsletter.store import subscribers

    with app.store.read() as tx:
        known = subscribers.find(tx, normal_address(address))
    return known.address, known.id
