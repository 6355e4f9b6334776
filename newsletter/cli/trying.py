"""`newsletter profile try`: what a changed profile would have brought on the stored days."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from newsletter.cli.common import Json, counted, emit, note, opened, say

if TYPE_CHECKING:
    from newsletter.actions.trying import Day


def attempt(
    subscriber: Annotated[str, typer.Argument(help="The reader's address, or - for nobody.")],
    file: Annotated[Path, typer.Argument(help="A profile file, or - for standard input.")],
    days: Annotated[int, typer.Option(min=1, max=30, help="How many stored days.")] = 14,
    as_json: Json = False,
) -> None:
    """Replay the stored days with an edited profile: what comes in, what goes, and how many a week.

    Nothing is stored. The file's topics are tried, its library is not.

    Examples: `newsletter profile export ada@example.org --to ada.toml`, edit it, then
    `newsletter profile try ada@example.org ada.toml --days 14`
    """
    from newsletter.actions import trying
    from newsletter.app import now_utc, order
    from newsletter.cli.profile import text_of
    from newsletter.domain.profile_file import read
    from newsletter.domain.subscriber import normal_address

    filed = read(text_of(file), str(file), now_utc())
    address = "" if subscriber == "-" else normal_address(subscriber)
    with opened() as app:
        asked = order(app, now_utc(), address=address)
        found = trying.attempt(app.store, asked, filed.profile, days)
    before, after = trying.volume(found)
    for doubt in filed.doubts:
        note(f"warning: {doubt}")
    if as_json:
        emit(
            {
                "subscriber": address,
                "days": [to_payload(day) for day in found],
                "before_a_week": round(before, 1),
                "after_a_week": round(after, 1),
                "doubts": filed.doubts,
            }
        )
        return
    tell(found)
    say(f"{before:.1f} papers a week before, {after:.1f} after")


def to_payload(day: "Day") -> dict[str, object]:
    """Return a day as JSON has it."""
    return {
        "date": day.date.isoformat(),
        "before": len(day.before),
        "after": len(day.after),
        "comes": [asdict(one) for one in day.comes],
        "goes": [asdict(one) for one in day.goes],
    }


def tell(days: "list[Day]") -> None:
    """Write what comes and goes, day by day."""
    for day in days:
        if not day.before and not day.after:
            continue
        say(f"{day.date}  {counted(len(day.before), 'paper')} before, {len(day.after)} after")
        for sign, papers in (("+", day.comes), ("-", day.goes)):
            for one in papers:
                say(f"  {sign} {one.title}")
