"""`newsletter papers`: what is kept, what is one work, and what papers without an id are."""

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from newsletter.cli.common import FAILED, PARTLY, Json, emit, moment, note, opened, say, table

if TYPE_CHECKING:
    from newsletter.store.library import Whole

commands = typer.Typer(help="The papers that are kept.", no_args_is_help=True)
Key = Annotated[str, typer.Argument(help="As `newsletter papers list` shows it.")]


@commands.command("list")
def show_all(
    query: Annotated[str, typer.Option(help="Words that title or abstract must have.")] = "",
    since: Annotated[
        datetime | None, typer.Option(parser=moment, metavar="TIME", help="First seen since then.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    as_json: Json = False,
) -> None:
    """List papers, the last to come in first.

    Example: `newsletter papers list --query "sleep spindles" --since 2026-03-01`
    """
    from newsletter.store import library

    with opened() as app, app.store.read() as tx:
        found = library.listed(tx, library.Wish(tuple(query.split()), since, limit))
    if as_json:
        emit({"papers": [asdict(one) for one in found]})
        return
    cells = [(one.key, one.title, one.first_seen, one.twins or "") for one in found]
    table(("paper", "title", "first seen", "twins"), cells, "no paper fits")


@commands.command()
def show(key: Key, as_json: Json = False) -> None:
    """Show all that is known of a paper: fields and where they came from, texts, twins.

    Example: `newsletter papers show arxiv:2603.01234`
    """
    from newsletter.store import library

    with opened() as app, app.store.read() as tx:
        found = library.whole(tx, key)
    payload = to_payload(found)
    if as_json:
        emit(payload)
        return
    say(f"{found.key}: {found.paper.title}")
    for name, feed in found.origins.items():
        value = payload[name]
        text = ", ".join(value) if isinstance(value, list) else str(value)
        say(f"  {name}: {text}  [{feed}]")
    maker = payload["summary"].pop("maker")
    for name, one in payload["summary"].items():
        if one["text"]:
            say(f"  {name}: {one['text']}  [{maker}, abstract {one['start']}-{one['end']}]")
    for name, when in found.dates.items():
        if when:
            say(f"  {name.removesuffix('_at')}: {when:%Y-%m-%d %H:%M}Z")
    for one in found.versions:
        say(f"  text {one.number}, {one.seen_at:%Y-%m-%d}: {one.title}")
    for twin in found.twins:
        say(f"  twin ({twin.why}): {twin.key} {twin.title}")
    if found.folded_into:
        say(f"  folded into {found.folded_into}")


def to_payload(found: "Whole") -> dict[str, Any]:
    """Return the paper as JSON: its own fields beside what is known of them."""
    fields = asdict(found.paper)
    summary = said(found)
    times = {name: when or "" for name, when in found.dates.items()}
    return {
        "paper": found.key,
        **{name: list(one) if isinstance(one, tuple) else one for name, one in fields.items()},
        "published": found.paper.published or "",
        "votes": found.paper.votes or 0,
        "tldr": summary["tldr"]["text"],
        "summary": summary,
        "first_seen": found.first_seen,
        **times,
        "keys": found.keys,
        "origins": found.origins,
        "versions": [asdict(one) for one in found.versions],
        "twins": [asdict(one) for one in found.twins],
        "folded_into": found.folded_into,
    }


def said(found: "Whole") -> dict[str, Any]:
    """Return the paper's summary as JSON, with an empty extract for each that it lacks."""
    from newsletter.domain.summary import Extract, Summary

    fields = asdict(found.summary or Summary(maker=""))
    return {name: asdict(Extract("", 0, 0)) if one is None else one for name, one in fields.items()}


@commands.command()
def unfold(key: Key) -> None:
    """Give a near-duplicate its own place again; it is not folded again.

    Example: `newsletter papers unfold doi:10.1000/182`
    """
    from newsletter.store import twins

    with opened() as app, app.store.write() as tx:
        twins.unfold(tx, key)
    say(f"{key} stands for itself again")


@commands.command()
def resolve(
    file: Annotated[
        Path | None, typer.Argument(help="A saved answer of the arXiv API, instead of asking it.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Look papers without an id up by their titles at arXiv, and merge what it knows.

    Examples: `newsletter papers resolve`, `newsletter papers resolve answer.xml --json`
    """
    from newsletter import app as wiring
    from newsletter.actions import reading
    from newsletter.actions import resolve as action
    from newsletter.actions.prepare import prepare

    with opened() as app:
        now = wiring.now_utc()
        if file:
            origin = reading.Origin(str(file.resolve()), file.name)
            body = reading.load(origin, wiring.limits(app.settings)).body or b""
            found = action.from_answer(app.store, body, str(file), now)
        else:
            found = action.by_asking(app.store, wiring.fetcher(app.settings, app.store), now)
        prepare(app.store)
    lost = [one for one in found if not one.key]
    if as_json:
        resolved = [{"title": one.title, "paper": one.key} for one in found if one.key]
        left = [{"title": one.title, "why": one.why} for one in lost]
        emit({"resolved": resolved, "not_found": left})
    else:
        say(f"{len(found) - len(lost)} of {len(found)} papers without an id were found")
        for one in lost:
            note(f"  not found: {one.title}: {one.why}")
    if lost:
        raise typer.Exit(FAILED if len(lost) == len(found) else PARTLY)
