"""`newsletter check`: the lint over rendered mails."""

from pathlib import Path
from typing import Annotated

import typer

from newsletter.cli.common import FAILED, Json, say


def check(
    files: Annotated[list[Path], typer.Argument(help=".eml files")],
    as_json: Json = False,
) -> None:
    """Check mails: headers, both parts, links, size. Exit 1 if any has an error.

    Example: `newsletter check outbox/*.eml`
    """
    import json

    from newsletter.rendering.lint import ERROR, Finding, lint

    failed = False
    for file in files:
        try:
            found = lint(file.read_bytes())
        except OSError as error:
            found = [Finding("file", ERROR, f"cannot be read: {error.strerror}")]
        failed |= any(one.level == "error" for one in found)
        if as_json:
            findings = [{"rule": one.rule, "level": one.level, "text": one.text} for one in found]
            say(json.dumps({"schema_version": 1, "file": str(file), "findings": findings}))
        else:
            say(f"{file}: " + ("sound" if not found else f"{len(found)} findings"))
            for one in found:
                say(f"  {one.level}: {one.rule}: {one.text}")
    if failed:
        raise typer.Exit(FAILED)
