"""`newsletter replay`: the very mail that went out, built again from what is stored."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from newsletter.cli.common import FAILED, LARGEST, PARTLY, Json, emit, note, opened, progress, say

if TYPE_CHECKING:
    from newsletter.actions.replay import Replayed
    from newsletter.app import App

    Build = Callable[[int], Replayed]

WORDS = {
    "same": "the same",
    "same_but_signature": "the same but for its signature",
    "key_retired": "not to be compared, for the key of its links was retired",
    "different": "NOT the same",
    "not_sent": "not sent yet",
    "gone": "gone",
}
DOUBTFUL = ("same_but_signature", "key_retired", "not_sent", "gone")


def replay(
    numbers: Annotated[
        list[int] | None,
        typer.Argument(metavar="ISSUE...", max=LARGEST, help="Numbers of `issues list`."),
    ] = None,
    edition: Annotated[str, typer.Option(help="All issues of this edition.")] = "",
    check: Annotated[
        bool, typer.Option("--check", help="Only compare with what was sent; write nothing.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Write the mails into this folder, not to standard output.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Build the mail of an issue again, byte for byte, whatever has changed since.

    Exit 1 if one is not the same, 3 if it cannot be told for some.

    Examples: `newsletter replay 17 > 17.eml`,
    `newsletter replay --edition daily-2026-03-14 --check`
    """
    if not numbers and not edition:
        raise typer.BadParameter("say which: numbers of issues, or --edition NAME")
    with opened() as app:
        wanted = [*(numbers or ()), *issues_of(app, edition)]
        build = builder(app)
        with progress("replaying", len(wanted)) as move:
            rows = []
            for done, number in enumerate(wanted, start=1):
                rows.append(replayed(build, number, None if check else out, check or as_json))
                move(done)
    if as_json:
        emit({"issues": rows})
    elif check or out:
        for row in rows:
            say(f"issue {row['issue']}: {WORDS[row['verdict']]} ({row['why']})")
    verdicts = {row["verdict"] for row in rows}
    if "different" in verdicts:
        raise typer.Exit(FAILED)
    if check and verdicts & set(DOUBTFUL):
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


def builder(app: "App") -> "Build":
    """Return what builds the mail of an issue again; what several have in common, once."""
    from newsletter import app as wiring
    from newsletter.actions import replay as action

    press, pasts = wiring.press(app), dict[str, action.Past]()
    return lambda number: action.replay(app.store, press, number, pasts)


def replayed(build: "Build", number: int, out: Path | None, is_quiet: bool) -> Mapping[str, Any]:
    """Replay one issue, write its mail where it is to go, and return what is told of it."""
    from newsletter.errors import NotFoundError, StoreError

    try:
        found = build(number)
    except (NotFoundError, StoreError) as error:
        if not is_quiet and out is None:
            raise
        return {"issue": number, "verdict": "gone", "why": str(error), "sent_at": "", "file": ""}
    file = write(found, out) if out else ""
    if not is_quiet and not out:
        typer.echo(found.message.raw.decode("ascii"), nl=False)
        note(f"issue {number}: {WORDS[found.verdict]} ({found.why})")
    return {
        "issue": number,
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
