"""`issues explain` and `profile explain`: why a paper is in an issue, or not."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from newsletter.cli.common import Json, emit, opened, say

if TYPE_CHECKING:
    from newsletter.actions.explain import Explained

Key = Annotated[
    str, typer.Argument(help="Its key in `newsletter papers list`, as arxiv:2603.01234.")
]


def issue(
    issue: Annotated[int, typer.Argument(help="Its number in `newsletter issues list`.")],
    paper: Key,
    as_json: Json = False,
) -> None:
    """Say why a paper is in an issue or not: by which rule, and by which parts of its score.

    A paper that was left out is ranked again as it was then.

    Example: `newsletter issues explain 12 arxiv:2603.01234`
    """
    from newsletter.actions import explain
    from newsletter.app import now_utc, order

    with opened() as app:
        found = explain.of_issue(app.store, issue, paper, order(app, now_utc()))
    show(found, as_json)


def profile(
    subscriber: Annotated[str, typer.Argument(help="The reader's address.")],
    paper: Key,
    as_json: Json = False,
) -> None:
    """Say why a paper would be in a reader's next issue, or not: by which rule and which parts.

    Example: `newsletter profile explain ada@example.org arxiv:2603.01234`
    """
    from newsletter.actions import explain
    from newsletter.app import now_utc, order
    from newsletter.domain.subscriber import normal_address

    with opened() as app:
        asked = order(app, now_utc(), address=normal_address(subscriber))
        found = explain.of_reader(app.store, asked, paper)
    show(found, as_json)


def show(found: "Explained", as_json: bool) -> None:
    """Write the verdict, and how the paper stands for each topic."""
    if as_json:
        fits = [
            {**asdict(one), "parts": [part.as_dict() for part in one.parts]} for one in found.fits
        ]
        emit({**asdict(found), "fits": fits})
        return
    say(found.title)
    say(f"{found.rule}: {found.why}")
    for fit in found.fits:
        place = (
            f", number {fit.place} of what is new" if fit.place and found.rule != "shown" else ""
        )
        least = f", {fit.least:.2f} is the least" if fit.least else ""
        muted = f", muted by {fit.muted!r}" if fit.muted else ""
        say(f"\n  {fit.score:.2f} for {fit.topic or 'all readers'}{least}{place}{muted}")
        for part in fit.parts[:8]:
            quote = f'  "{part.quote.text}" in the {part.quote.field}' if part.quote else ""
            say(f"  {part.share:4.0%}  {part.name}{quote}")
