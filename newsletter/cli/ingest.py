"""`newsletter ingest`: read feeds, files and addresses."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from newsletter.cli.common import FAILED, PARTLY, Json, bars, emit, note, opened, progress, say
from newsletter.errors import ModelError

if TYPE_CHECKING:
    from newsletter.actions.ingest import Report
    from newsletter.app import App


def ingest(
    sources: Annotated[
        list[str] | None,
        typer.Argument(help="Files, addresses, or names of feeds; without any, the feeds due."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Read new papers.

    Examples: `newsletter ingest`, `newsletter ingest papers.jsonl`,
    `newsletter ingest https://rss.arxiv.org/rss/cs.RO --json`
    """
    with opened() as app:
        found = visits(app, sources)
    if as_json:
        emit(to_payload(found))
    else:
        for name, report in found:
            tell(name, report)
        if not found:
            note("no feed is due yet; name one to read it now")
    leave(found)


def visits(app: "App", sources: Sequence[str] | None) -> list[tuple[str, "Report"]]:
    """Visit each source and return its report under the name it was given by."""
    from newsletter import app as wiring
    from newsletter.actions import ingest as action
    from newsletter.actions.prepare import prepare

    now = wiring.now_utc()
    if sources:
        wanted = [(one, wiring.origin_of(one, app.settings)) for one in sources]
    else:
        configured = wiring.origins(app.settings)
        wanted = [(one.name, one) for one in action.due(app.store, configured, now)]
    fetch, limits = wiring.fetcher(app.settings, app.store), wiring.limits(app.settings)
    found = []
    with bars() as begin:
        for name, origin in wanted:
            told = replace(limits, progress=begin(name))
            report = action.ingest(app.store, origin, fetch, told, wiring.now_utc())
            found.append((name, report))
            told.progress(report.read or 1, report.read or 1)  # what nothing came of is done too
    with progress("summarising") as move:
        prepare(app.store, move, limit=None)
    write(app)
    embed(app)
    return found


def write(app: "App") -> None:
    """Have a language model write the sentences, where there is one; what fails stops nothing."""
    from newsletter import app as wiring
    from newsletter.actions.write import write as action

    author = wiring.author(app.settings)
    if author is None:
        return
    with progress("having sentences written") as move:
        written = action(app.store, author, move)
    if written.sentences or written.refused:
        note(
            f"{author.endpoint.model} wrote {len(written.sentences)} sentences "
            f"({written.tokens:,} tokens); {len(written.refused)} were not taken"
        )
    if written.failed:
        note(f"warning: {len(written.failed)} requests failed: {written.failed[-1]}; see the log")


def embed(app: "App") -> None:
    """Make the vectors that papers lack; a model that cannot be used is told and stops nothing."""
    from newsletter import embedders
    from newsletter.actions.embed import AT_INGEST, embed_missing

    try:
        embedder = embedders.open_embedder(app.settings.ranking.embedder, app.folder)
        with progress("comparing texts") as move:
            embed_missing(app.store, embedder, AT_INGEST, move)
    except ModelError as error:
        note(f"warning: papers have no vectors: {error}")


def to_payload(found: Sequence[tuple[str, "Report"]]) -> Mapping[str, Any]:
    """Return the reports as the JSON that design.md names."""
    return {
        "sources": [
            {
                "source": name,
                "reader": report.reader,
                "outcome": report.outcome,
                "read": report.read,
                "new": report.new,
                "updated": report.updated,
                "duplicate": report.duplicate,
                "skipped": [{"entry": one.entry, "why": one.why} for one in report.skipped],
                "error": report.error,
            }
            for name, report in found
        ]
    }


def tell(name: str, report: "Report") -> None:
    """Say in a line what one source brought, and what was left out."""
    if report.error:
        note(f"error: {name}: {report.error}")
        return
    counts = f"{report.new} new, {report.updated} updated, {report.duplicate} known"
    say(f"{name}: {report.read} read, {counts} ({report.outcome}, {report.reader})")
    if report.note:
        note(f"  {report.note}")
    for one in report.skipped[:10]:
        note(f"  skipped {one.entry or 'an entry'}: {one.why}")
    if len(report.skipped) > 10:
        note(f"  and {len(report.skipped) - 10} more; --json shows all")


def leave(found: Sequence[tuple[str, "Report"]]) -> None:
    """Exit with 1 if all sources failed or no entry of theirs could be read, 3 if some did."""
    failed = sum(
        report.error is not None or 0 < report.read == len(report.skipped) for _, report in found
    )
    if failed:
        raise typer.Exit(FAILED if failed == len(found) else PARTLY)
