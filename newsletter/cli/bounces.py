"""`newsletter bounces`: mail that comes back to us, by now the answers to mailto: links."""

import sys
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from newsletter.cli.common import PARTLY, Json, emit, note, opened, say

commands = typer.Typer(help="Mail that comes back to us.", no_args_is_help=True)


@commands.command()
def process(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Mails as files; without any, one on stdin.")
    ] = None,
    maildir: Annotated[
        Path | None, typer.Option(help="A Maildir; mails that were dealt with are removed.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Do what readers ask for by the mailto: links of their mails.

    Examples: `newsletter bounces process --maildir ~/Maildir`, or as a Postfix pipe:
    `letters: "|newsletter --folder /srv/letter bounces process"`
    """
    from newsletter.actions.answer import answer
    from newsletter.app import now_utc
    from newsletter.mail import intake

    done = Counter[str]()
    with opened() as app:
        if maildir:
            for name, raw in intake.maildir(maildir):
                verdict = answer(app.store, app.keys, raw, now_utc())
                done[verdict] += 1
                if verdict != "ignored":
                    intake.discard(maildir, name)
        for file in files or ():
            try:
                raw = file.read_bytes()
            except OSError as error:
                note(f"error: {file}: cannot be read: {error.strerror}")
                done["unreadable"] += 1
                continue
            done[answer(app.store, app.keys, raw, now_utc())] += 1
        if not files and not maildir:
            raw = sys.stdin.buffer.read(intake.MOST_OCTETS)
            done[answer(app.store, app.keys, raw, now_utc())] += 1
    names = ("confirmed", "ignored", "paused", "rated", "unsubscribed")
    if as_json:
        emit({name: done[name] for name in names})
    else:
        say(", ".join(f"{done[name]} {name}" for name in names))
    if done["unreadable"]:
        raise typer.Exit(PARTLY)
