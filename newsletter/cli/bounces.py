"""`newsletter bounces`: mail that comes back, and the answers to mailto: links."""

import logging
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from newsletter.cli.common import (
    FAILED,
    PARTLY,
    Json,
    emit,
    note,
    opened,
    say,
    table,
)
from newsletter.errors import BusyError, NewsletterError

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
    the box. One on stdin is to be tried again (exit code 75) unless the trouble is its own.

    Examples: `newsletter bounces process --maildir ~/Maildir`, `newsletter bounces process --imap`,
    or as a Postfix pipe: `letters: "|newsletter --folder /srv/letter bounces process"`
    """
    from newsletter.actions.suppress import OUTCOMES

    is_piped = not (files or maildir or imap)
    done = from_stdin() if is_piped else from_all(files or (), maildir, imap)
    names = (*ANSWERS, *OUTCOMES, UNREADABLE)
    if as_json:
        emit({name: done[name] for name in names})
    else:
        say(", ".join(f"{done[name]} {name}" for name in names if done[name]) or "no mail")
    if done[UNREADABLE]:
        raise typer.Exit(PARTLY if done.total() > done[UNREADABLE] else FAILED)


def from_all(files: Sequence[Path], maildir: Path | None, imap: bool) -> Counter[str]:
    """Deal with the mails of files and boxes, and return how many had which outcome."""
    from newsletter.app import mailbox

    done = Counter[str]()
    with opened() as app:
        # What is missing there is told before anything is done.
        box = mailbox(app.folder, app.settings) if imap else None
        if maildir:
            done += from_maildir(app, maildir)
        if box:
            done += from_imap(box, lambda raw: deal_with(app, raw))
        for file in files:
            mail = read(file)
            done[UNREADABLE if mail is None else deal_with(app, mail)] += 1
    return done


def from_stdin() -> Counter[str]:
    """Deal with the one mail on stdin.

    Raises BusyError for whatever is not the mail's own fault: a mail server that pipes it to us
    keeps it then and tries again, after all other failures it sends it back.
    """
    from newsletter.mail import intake

    try:
        raw = sys.stdin.buffer.read(intake.MOST_OCTETS)
        with opened() as app:
            return Counter([deal_with(app, raw)])
    except BusyError:
        raise
    except Exception as error:  # unforeseen, so not the mail's own: it is kept and comes again
        raise BusyError(str(error) or type(error).__name__) from error


def from_maildir(app: "App", folder: Path) -> Counter[str]:
    """Deal with the mails of a Maildir; what changed nobody or is no mail stays there."""
    from newsletter.mail import intake

    done = Counter[str]()

    def refused(why: str) -> None:
        note(f"error: {why}")
        done[UNREADABLE] += 1

    for name, raw in intake.maildir(folder, refused):
        outcome = deal_with(app, raw)
        done[outcome] += 1
        if outcome not in STAYING:  # only now: what it asked for is committed
            intake.discard(folder, name)
    return done


def deal_with(app: "App", raw: bytes) -> str:
    """Do what one mail asks for or tells, and return what was done; no mail stops the others."""
    from newsletter.actions.answer import answer
    from newsletter.actions.suppress import take_back
    from newsletter.app import bounce_policy, now_utc

    try:
        answered = answer(app.store, app.keys, raw, now_utc())
        if answered != "ignored":
            return answered
        return take_back(app.store, app.keys, raw, now_utc(), bounce_policy(app.settings))
    except (NewsletterError, MemoryError):  # of the database or the machine: nothing can be done
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
            # Only now: see from_maildir.
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

    As JSON one mail is an object of its own; several are its `mails`, beside the `unreadable` ones.

    Example: `newsletter bounces classify ~/Maildir/new/*`
    """
    from newsletter.mail.bounces.verdict import verdict

    mails: list[dict[str, object]] = []
    unreadable: list[str] = []
    for file in files:
        raw = read(file)
        if raw is None:
            unreadable.append(str(file))
            continue
        found = verdict(raw)
        if as_json:
            mails.append(told(file, found))
        else:
            show(file, found)
    if as_json and len(files) > 1:
        emit({"mails": mails, "unreadable": unreadable})
    elif mails:
        emit(mails[0])
    elif as_json:
        emit({"error": f"{files[0]}: cannot be read", "exit_code": FAILED})
    if unreadable:
        raise typer.Exit(FAILED if len(unreadable) == len(files) else PARTLY)


def show(file: Path, found: "Verdict") -> None:
    """Write a verdict as lines for a person."""
    say(f"{file}: {found.kind}" + (f": {found.diagnostic}" if found.diagnostic else ""))
    for one in found.recipients:
        codes = " ".join(code for code in (one.reply, one.status) if code)
        say(f"  {one.address or 'somebody'}: {one.reason}" + (f" ({codes})" if codes else ""))


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
