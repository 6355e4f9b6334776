"""`newsletter issues diff`: what sets two issues, or two states of the templates, apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from typing import TYPE_CHECKING, Annotated, Any

import typer

from newsletter.cli.common import LARGEST, Json, emit, opened, say

if TYPE_CHECKING:
    from newsletter.app import App
    from newsletter.domain.issue import Issue
    from newsletter.domain.message import Message


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two: what it is called, its papers by title, and its mail."""

    name: str
    places: Mapping[str, int]
    message: "Message"


def diff(
    issue: Annotated[
        int, typer.Argument(max=LARGEST, help="Its number in `newsletter issues list`.")
    ],
    other: Annotated[
        int | None,
        typer.Argument(
            max=LARGEST, help="Another one; by default the same as templates and settings are now."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show papers that came, went or moved, and the changed lines of the text part.

    Examples: `newsletter issues diff 17 18`, `newsletter issues diff 17`
    """
    with opened() as app:
        first = as_sent(app, issue)
        second = as_sent(app, other) if other is not None else as_now(app, issue)
    found = compared(first, second)
    if as_json:
        emit(found)
        return
    for line in told(found):
        say(line)


def as_sent(app: "App", number: int) -> Side:
    """Return an issue as its mail went out, or would."""
    from newsletter import app as wiring
    from newsletter.actions.replay import replay
    from newsletter.store import issues

    found = replay(app.store, wiring.press(app), number)
    with app.store.read() as tx:
        return Side(f"issue {number}", places(issues.get(tx, number)), found.message)


def as_now(app: "App", number: int) -> Side:
    """Return an issue as today's templates and settings would have it."""
    from newsletter import app as wiring
    from newsletter.actions.messages import speaking, write_digest
    from newsletter.store import issues, ledger

    with app.store.read() as tx:
        issue, sent = issues.get(tx, number), ledger.sent(tx, number)
    address, key, code = (sent.address, sent.key, sent.language) if sent else ("", "", "")
    made = write_digest(speaking(wiring.press(app), code), issue, address, key)
    return Side(f"issue {number} by today's templates", places(issue), made)


def places(issue: "Issue") -> dict[str, int]:
    """Return where each paper stands."""
    return {item.paper.title: item.position for item in issue.items}


def compared(first: Side, second: Side) -> Mapping[str, Any]:
    """Return what sets them apart."""
    was, now = first.places, second.places
    old, new = (side.message.rendered.text.splitlines() for side in (first, second))
    lines = unified_diff(old, new, first.name, second.name, lineterm="", n=1)
    return {
        "names": [first.name, second.name],
        "subjects": [side.message.rendered.subject for side in (first, second)],
        "bytes": [len(side.message.raw) for side in (first, second)],
        "in": [title for title in now if title not in was],
        "out": [title for title in was if title not in now],
        "moved": [
            {"title": title, "from": was[title], "to": place}
            for title, place in now.items()
            if title in was and was[title] != place
        ],
        "same_html": first.message.rendered.html == second.message.rendered.html,
        "text": list(lines),
    }


def told(found: Mapping[str, Any]) -> Sequence[str]:
    """Return the lines for a terminal."""
    subjects, sizes = found["subjects"], found["bytes"]
    lines = [f"{found['names'][0]} -> {found['names'][1]}"]
    if subjects[0] != subjects[1]:
        lines += [f"subject  - {subjects[0]}", f"         + {subjects[1]}"]
    lines += [f"in       + {title}" for title in found["in"]]
    lines += [f"out      - {title}" for title in found["out"]]
    lines += [f"moved    {one['from']} -> {one['to']}  {one['title']}" for one in found["moved"]]
    lines.append(f"size     {sizes[0]} -> {sizes[1]} bytes")
    lines.append("html     " + ("the same" if found["same_html"] else "differs"))
    return [*lines, *found["text"]] if found["text"] else [*lines, "text     the same"]
