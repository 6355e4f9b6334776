"""`newsletter check`: the lint over rendered mails and over issues."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from newsletter.cli.common import FAILED, LARGEST, Json, say

if TYPE_CHECKING:
    from newsletter.rendering.lint import Finding


def check(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE|ISSUE...", help=".eml files, numbers of issues.")
    ],
    as_json: Json = False,
) -> None:
    """Check mails: headers, both parts, links, size. Exit 1 if any has an error.

    Examples: `newsletter check outbox/*.eml`, `newsletter check 17`
    """
    import json

    from newsletter.rendering.lint import ERROR

    failed = False
    for name in files:
        found = findings(name)
        failed |= any(one.level == ERROR for one in found)
        if as_json:
            rows = [{"rule": one.rule, "level": one.level, "text": one.text} for one in found]
            say(json.dumps({"schema_version": 1, "file": name, "findings": rows}))
        else:
            say(f"{name}: " + ("sound" if not found else f"{len(found)} findings"))
            for one in found:
                say(f"  {one.level}: {one.rule}: {one.text}")
    if failed:
        raise typer.Exit(FAILED)


def findings(name: str) -> "list[Finding]":
    """Return what the lint finds in a file, or in the mail of an issue of that number."""
    from newsletter.rendering.lint import ERROR, Finding, lint

    if name.isascii() and name.isdigit() and not Path(name).exists():
        return lint(mail_of(int(name)))
    try:
        return lint(Path(name).read_bytes())
    except OSError as error:
        return [Finding("file", ERROR, f"cannot be read: {error.strerror}")]


def mail_of(issue: int) -> bytes:
    """Return the mail of an issue as it went out, or would; raises NotFoundError."""
    from newsletter import app as wiring
    from newsletter.actions.replay import replay
    from newsletter.cli.common import opened
    from newsletter.errors import NotFoundError

    if issue > LARGEST:
        raise NotFoundError(f"there is no issue {issue}; `newsletter issues list` shows all")
    with opened() as app:
        return replay(app.store, wiring.press(app), issue).message.raw
