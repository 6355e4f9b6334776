"""`newsletter demo`: sample papers, three readers, three mails; no network, nothing sent."""

from pathlib import Path
from typing import Annotated

import typer

from newsletter.cli.common import Json, emit, say


def demo(
    out: Annotated[Path, typer.Option(help="Where the mails go; it is emptied first.")] = Path(
        "outbox/demo"
    ),
    as_json: Json = False,
) -> None:
    """Make three digests from the sample papers: a look at the product in a few seconds.

    They land as .eml files in outbox/demo/; nothing is sent and no network is used.
    """
    from newsletter.demo import make

    shown = make(out)
    if as_json:
        emit(
            {"folder": str(out), "papers": shown.papers, "mails": [one.name for one in shown.mails]}
        )
        return
    say(f"{shown.papers} sample papers ranked for {len(shown.mails)} readers:")
    for mail in shown.mails:
        say(f"  {out / mail.name}  {mail.recipient}: {mail.subject}")
    say("Open one in your mail program, or look at all of them in a browser:")
    say("  newsletter preview --demo")
