"""`newsletter replay`: the very mail that went out, built again from what is stored."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from newsletter.cli.common import FAILED, LARGEST, PARTLY, Json, emit, note, opened, progress, say

if TYPE_CHECKING:
    from newsletter.actions.replay import Replayed
    from newsletter.app import App

    Build = Callable[[str, int], Replayed]

WORDS = {
    "same": "the same",
    "same_but_signature": "the same but for its signature",
    "key_retired": "not to be compared, for the key of its links was retired",
    "different": "NOT the same",
    "not_sent": "not sent",
    "gone": "gone",
}
DOUBTFUL = ("same_but_signature", "key_retired", "not_sent", "gone")


def replay(
    numbers: Annotated[
        list[int] | None,
        typer.Argument(metavar="ISSUE...", max=LARGEST, help="Numbers of `issues list`."),
    ] = None,
    edition: Annotated[str, typer.Option(help="All issues of this edition.")] = "",
    delivery: Annotated[
        list[int] | None,
        typer.Option(
            max=LARGEST, help="A number of `deliveries list`, for notes; may be repeated."
        ),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Only compare with what was sent; write nothing.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Write the mails into this folder, not to standard output.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Build the mail of an issue, or any other, again byte for byte, whatever has changed since.

    Exit 1 if one is not the same or none is there, 3 if it cannot be told for some.

    Examples: `newsletter replay 17 > 17.eml`,
    `newsletter replay --edition daily-2026-03-14 --check`, `newsletter replay --delivery 4`
    """
    if not numbers and not edition and not delivery:
        raise typer.BadParameter("say which: numbers of issues, --edition NAME or --delivery N")
    with opened() as app:
        issues = [*(numbers or ()), *issues_of(app, edition)]
        wanted = [("issue", one) for one in issues] + [("delivery", one) for one in delivery or ()]
        build = builder(app)
        with progress("replaying", len(wanted)) as move:
            rows = []
            for done, one in enumerate(wanted, start=1):
                rows.append(replayed(build, one, None if check else out, check or as_json))
                move(done)
    if as_json:
        emit({"issues": rows})
    elif check or out:
        for row in rows:
            say(f"{told(row)}: {WORDS[row['verdict']]} ({row['why']})")
    verdicts = {row["verdict"] for row in rows}
    if "different" in verdicts:
        raise typer.Exit(FAILED)
    if verdicts == {"gone"} and not check:
        raise typer.Exit(FAILED)
    if "gone" in verdicts or (check and verdicts & set(DOUBTFUL)):
        raise typer.Exit(PARTLY)


def issues_of(app: "App", edition: str) -> list[int]:
    """Return the issues of an edition; raises NotFoundError if there are none."""
    from newsletter.errors import NotFoundError
    from newsletter.store import issues

    if not edition:
        return []
    with app.store.read() as tx:
        found = [one.id for one in issues.listed(tx) if one.edition == edition]
    if not found:
        raise NotFoundError(f"there is no issue of {edition!r}; see `newsletter issues list`")
    return sorted(found)


def told(row: Mapping[str, Any]) -> str:
    """Return which mail a row is of: issue 17, delivery 4."""
    return f"issue {row['issue']}" if row["issue"] else f"delivery {row['delivery']}"


def builder(app: "App") -> "Build":
    """Return what builds a mail again by its issue or delivery; what several share, once."""
    from newsletter import app as wiring
    from newsletter.actions import replay as action

    press, pasts = wiring.press(app), dict[str, action.Past]()
    ways = {"issue": action.replay, "delivery": action.replay_note}
    return lambda what, number: ways[what](app.store, press, number, pasts)


def replayed(
    build: "Build", which: tuple[str, int], out: Path | None, is_quiet: bool
) -> Mapping[str, Any]:
    """Replay one mail, write it where it is to go, and return what is told of it."""
    from newsletter.errors import NotFoundError, StoreError

    what, number = which
    row: dict[str, Any] = {"issue": 0, "delivery": 0, what: number}
    try:
        found = build(what, number)
    except (NotFoundError, StoreError) as error:
        if not is_quiet and out is None:
            raise
        return {**row, "verdict": "gone", "why": str(error), "sent_at": "", "file": ""}
    file = write(found, out) if out else ""
    if not is_quiet and not out:
        typer.echo(found.message.raw, nl=False)
        note(f"{told(row)}: {WORDS[found.verdict]} ({found.why})")
    return {
        **row,
        "verdict": found.verdict.value,
        "why": found.why,
        "sent_at": found.sent_at or "",
        "file": file,
    }


def write(found: "Replayed", out: Path) -> str:
    """Write the mail into the folder and return the file; raises NewsletterError."""
    from newsletter.errors import SettingsError

    file = out / f"{found.message.name}.eml"
    try:
        out.mkdir(parents=True, exist_ok=True)
        file.write_bytes(found.message.raw)
    except OSError as error:
        raise SettingsError(f"{file}: cannot be written: {error.strerror}") from error
    return str(file)
