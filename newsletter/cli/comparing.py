"""`newsletter profile compare`: what another ranker or setting would change for all readers."""

from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

from newsletter.cli.common import Json, counted, emit, opened, progress, say

if TYPE_CHECKING:
    from newsletter.actions.comparing import Change, Side
    from newsletter.actions.trying import Title
    from newsletter.app import App

TOLD = 5  # papers of a day that are named
SETTINGS = {"length": 50, "a_week": 1000}  # and their largest values


def compare(
    before: Annotated[str, typer.Argument(help="words, static, minilm, auto or a model's folder.")],
    after: Annotated[str, typer.Argument(help="The same; with settings: auto,length=5,a_week=10.")],
    days: Annotated[int, typer.Option(min=1, max=30, help="How many stored days.")] = 14,
    as_json: Json = False,
) -> None:
    """Replay the stored days for all readers by two rankers or settings, and say what changes.

    `words` ranks by words alone, `auto` as the settings say. `length` is the longest an issue gets,
    `a_week` how many papers a week each topic wishes for. Nothing is stored.

    Examples: `newsletter profile compare words auto`,
    `newsletter profile compare auto auto,length=5 --days 7`
    """
    from newsletter.actions import comparing
    from newsletter.app import now_utc, order

    with opened() as app:
        sides = to_side(app, before), to_side(app, after)
        with progress("comparing") as move:
            found = comparing.compare(app.store, order(app, now_utc()), sides, days, move)
    first, second = found.a_week
    if as_json:
        emit(
            {
                "before": before,
                "after": after,
                "readers": found.readers,
                "days": [to_payload(day) for day in found.days],
                "before_a_week": round(first, 1),
                "after_a_week": round(second, 1),
            }
        )
        return
    for day in found.days:
        tell(day)
    readers = counted(found.readers, "reader")
    say(f"{readers}: {first:.1f} papers a week each before, {second:.1f} after")


def to_side(app: "App", text: str) -> "Side":
    """Return the side that a text names; raises ModelError or a usage error."""
    from newsletter import embedders
    from newsletter.actions.comparing import Side

    ranker, *settings = text.split(",")
    values: dict[str, int] = {}
    for one in settings:
        name, _, value = one.partition("=")
        if name not in SETTINGS:
            raise typer.BadParameter(f"{one!r}: a setting is one of {', '.join(SETTINGS)}")
        if not value.isascii() or not value.isdigit() or not 1 <= int(value) <= SETTINGS[name]:
            raise typer.BadParameter(f"{one!r}: {name} is a number from 1 to {SETTINGS[name]}")
        values[name] = int(value)
    if ranker == "words":
        return Side(None, **values)
    choice = app.settings.ranking.embedder if ranker == "auto" else ranker
    return Side(embedders.open_embedder(choice, app.folder), **values)


def to_payload(day: "Change") -> dict[str, object]:
    """Return a day as JSON has it."""
    return {
        "date": day.date.isoformat(),
        "before": day.before,
        "after": day.after,
        "readers": day.readers,
        "comes": named(day.comes),
        "goes": named(day.goes),
    }


def named(papers: "Counter[Title]") -> list[dict[str, object]]:
    """Return the papers, those of most readers first."""
    return [
        {"paper": one.paper, "title": one.title, "readers": number}
        for one, number in ordered(papers)
    ]


def ordered(papers: "Counter[Title]") -> "list[tuple[Title, int]]":
    """Return the papers and how many readers each concerns, most first, then by key."""
    return sorted(papers.items(), key=lambda pair: (-pair[1], pair[0].paper))


def tell(day: "Change") -> None:
    """Write what comes and goes on a day."""
    if not day.before and not day.after:
        return
    say(
        f"{day.date}  {counted(day.before, 'paper')} before, {day.after} after, "
        f"another issue for {counted(day.readers, 'reader')}"
    )
    for sign, papers in (("+", day.comes), ("-", day.goes)):
        for one, number in ordered(papers)[:TOLD]:
            say(f"  {sign} {one.title} ({number})")
        if len(papers) > TOLD:
            say(f"  {sign} and {counted(len(papers) - TOLD, 'other')}")
