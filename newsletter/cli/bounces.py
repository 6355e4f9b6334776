"""`newsletter bounces`: mail that comes back, and the answers to mailto: links."""

import json
import logging
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from newsletter.cli.common import (
    FAILED,
    PARTLY,
    SCHEMA_VERSION,
    Json,
    emit,
    note,
    opened,
    say,
    table,
)

if TYPE_CHECKING:
    from newsletter.app import App
    from newsletter.mail.bounces.verdict import Verdict
    from newsletter.mail.imap import Mailbox

commands = typer.Typer(help="Mail that comes back to us.", no_args_is_help=True)
log = logging.getLogger(__name__)
ANSWERS = ("confirmed", "paused", "rated", "unsubscribed")
UNREADABLE = "unreadable"
STAYING = ("ignored", "unmatched", UNREADABLE)  # in the box, for a person to look at


@commands.command()
def process(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Mails as files; without any, one on stdin.")
    ] = None,
    maildir: Annotated[
        Path | None, typer.Option(help="A Maildir; mails that were dealt with are removed.")
    ] = None,
    imap: Annotated[
        bool, typer.Option("--imap", help="The IMAP box of the settings, section bounces.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Suppress dead addresses, end the subscriptions of who complains, and do what readers ask.

    A mail counts only if it holds a token or Message-ID of ours; others change nobody and stay in
    the box.

    Examples: `newsletter bounces process --maildir ~/Maildir`, `newsletter bounces process --imap`,
    or as a Postfix pipe: `letters: "|newsletter --folder /srv/letter bounces process"`
    """
    from newsletter.actions.suppress import OUTCOMES
    from newsletter.app import mailbox
    from newsletter.mail import intake

    done = Counter[str]()
    with opened() as app:
        # What is missing there is told before anything is done.
        box = mailbox(app.folder, app.settings) if imap else None
        if maildir:
            for name, raw in intake.maildir(maildir):
                outcome = deal_with(app, raw)
                done[outcome] += 1
                if outcome not in STAYING:
                    intake.discard(maildir, name)
        if box:
            done += from_imap(box, lambda raw: deal_with(app, raw))
        for file in files or ():
            mail = read(file)
            done[UNREADABLE if mail is None else deal_with(app, mail)] += 1
        if not (files or maildir or imap):
            done[deal_with(app, sys.stdin.buffer.read(intake.MOST_OCTETS))] += 1
    names = (*ANSWERS, *OUTCOMES, UNREADABLE)
    if as_json:
        emit({name: done[name] for name in names})
    else:
        say(", ".join(f"{done[name]} {name}" for name in names if done[name]) or "no mail")
    if done[UNREADABLE]:
        raise typer.Exit(PARTLY if done.total() > done[UNREADABLE] else FAILED)


def deal_with(app: "App", raw: bytes) -> str:
    """Do what one mail asks for or tells, and return what was done; no mail stops the others."""
    from newsletter.actions.answer import answer
    from newsletter.actions.suppress import take_back
    from newsletter.app import bounce_policy, now_utc
    from newsletter.errors import NewsletterError

    try:
        answered = answer(app.store, app.keys, raw, now_utc())
        if answered != "ignored":
            return answered
        return take_back(app.store, app.keys, raw, now_utc(), bounce_policy(app.settings))
    except NewsletterError:  # of the database as a whole: nothing can be dealt with
        raise
    except Exception:  # nobody knows what comes in; the next mail goes on
        log.exception("a mail that came in cannot be dealt with")
        return UNREADABLE


def from_imap(found: "Mailbox", deal: Callable[[bytes], str]) -> Counter[str]:
    """Deal with the unseen mails of the IMAP box; what changed nobody stays there, marked seen."""
    from newsletter.mail import imap

    done = Counter[str]()
    with imap.opened(found) as box:
        for number, raw in imap.unseen(box):
            outcome = deal(raw)
            done[outcome] += 1
            # Only now: what it asked for is committed.
            imap.settle(box, number, remove=outcome not in STAYING)
    return done


def read(file: Path) -> bytes | None:
    """Return a mail from its file; None, and a note, if it cannot be read."""
    from newsletter.mail import intake

    try:
        with file.open("rb") as source:
            return source.read(intake.MOST_OCTETS)
    except OSError as error:
        note(f"error: {file}: cannot be read: {error.strerror}")
        return None


@commands.command()
def classify(
    files: Annotated[list[Path], typer.Argument(help="Mails as files, such as *.eml")],
    as_json: Json = False,
) -> None:
    """Say what each mail is: suppress, count, complain or ignore. Nothing is changed.

    Example: `newsletter bounces classify ~/Maildir/new/*`
    """
    from newsletter.mail.bounces.verdict import verdict

    unread = 0
    for file in files:
        raw = read(file)
        if raw is None:
            unread += 1
            continue
        found = verdict(raw)
        if as_json:
            say(json.dumps(told(file, found), ensure_ascii=False))
        else:
            say(f"{file}: {found.kind}" + (f": {found.diagnostic}" if found.diagnostic else ""))
            for one in found.recipients:
                codes = " ".join(code for code in (one.reply, one.status) if code)
                say(
                    f"  {one.address or 'somebody'}: {one.reason}"
                    + (f" ({codes})" if codes else "")
                )
    if unread:
        raise typer.Exit(FAILED if unread == len(files) else PARTLY)


def told(file: Path, found: "Verdict") -> dict[str, object]:
    """Return a verdict as its JSON object."""
    recipients = [
        {
            "address": one.address,
            "status": one.status,
            "reply": one.reply,
            "reason": one.reason,
            "hard": one.hard,
        }
        for one in found.recipients
    ]
    return {
        "schema_version": SCHEMA_VERSION,
        "file": str(file),
        "verdict": found.kind.value,
        "recipients": recipients,
        "diagnostic": found.diagnostic,
    }


@commands.command("list")
def show_all(
    subscriber: Annotated[str, typer.Option(help="Of this address only.")] = "",
    verdict: Annotated[str, typer.Option(help="suppress, count or complain.")] = "",
    as_json: Json = False,
) -> None:
    """List what came back, newest first.

    Example: `newsletter bounces list --verdict suppress`
    """
    from dataclasses import asdict

    from newsletter.domain.subscriber import normal_address
    from newsletter.store import bounces

    if verdict not in ("", "suppress", "count", "complain"):
        raise typer.BadParameter(
            f"{verdict!r}: suppress, count or complain", param_hint="--verdict"
        )
    address = normal_address(subscriber) if subscriber else ""
    with opened() as app, app.store.read() as tx:
        found = bounces.listed(tx, address, verdict)
    if as_json:
        emit({"bounces": [asdict(one) for one in found]})
        return
    cells = [
        (one.at, one.subscriber, one.verdict, one.reason, one.status, one.diagnostic[:100])
        for one in found
    ]
    table(("at", "subscriber", "verdict", "reason", "status", "words"), cells, "nothing came back")
