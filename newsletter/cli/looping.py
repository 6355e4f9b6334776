"""`newsletter doctor --loop`: one mail through the relay and back, and what became of it."""

import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.cli.common import opened

if TYPE_CHECKING:
    from newsletter.actions.doctor import Finding
    from newsletter.app import App
    from newsletter.domain.message import Message

PAUSE = 1.0  # seconds between two looks into the box


def looped(address: str, maildir: Path | None, seconds: float) -> "Iterator[Finding]":
    """Send a mail to the address, wait for it in the box, and yield what the relay did to it."""
    from newsletter.actions.doctor import Finding, Level
    from newsletter.actions.loop import compare
    from newsletter.actions.outlets import open_any
    from newsletter.domain.delivery import Result
    from newsletter.errors import SenderError
    from newsletter.ways import outlets

    mark = secrets.token_hex(8)
    with opened() as app:
        try:
            if maildir or app.settings.bounces.imap_host:
                found_in(app, maildir, mark)  # a box that cannot be read is told before the mail
            else:
                text = "where does it come back? Give --maildir, or set bounces.imap_host"
                raise SenderError(text)
            made = letter(app, address, mark)
            _, sender = open_any(outlets(app.folder, app.settings.sender))
            try:
                outcome = sender.send(made, lambda: True)
            finally:
                sender.close()
            if outcome.result is not Result.ACCEPTED:
                raise SenderError(f"the relay did not take the mail: {outcome.reply}")
            back = awaited(app, maildir, mark, seconds)
        except SenderError as error:
            yield Finding("loop", Level.ERROR, str(error))
            return
    if back is None:
        text = f"the relay took it ({outcome.reply}), and in {seconds:g} s nothing came back"
        advice = f"see its log, and that mail to {address} lands in that box; or give more --wait"
        yield Finding("loop", Level.ERROR, f"{text}; {advice}")
        return
    yield from compare(made.raw, back, outcome.reply)


def letter(app: "App", address: str, mark: str) -> "Message":
    """Return a mail with all the headers of a digest; its links belong to nobody."""
    from newsletter.actions import messages
    from newsletter.app import now_utc, press
    from newsletter.domain.delivery import Kind
    from newsletter.domain.message import Rendered

    made = press(app)
    text = f"A test of the way out, mark {mark}. Nothing needs to be done.\n"
    rendered = Rendered(f"Test {mark}", "", [f"<p>{text}</p>\n"], [text])
    envelope = messages.Envelope(address, f"loop-{mark}", Kind.DIGEST, now_utc(), f"loop-{mark}")
    return messages.pack(made, rendered, messages.digest_links(made, 0, 0), envelope)


def awaited(app: "App", maildir: Path | None, mark: str, seconds: float) -> bytes | None:
    """Return the mail as it came back; None if it did not within that time."""
    until = time.monotonic() + seconds
    while (back := found_in(app, maildir, mark)) is None and time.monotonic() < until:
        time.sleep(PAUSE)
    return back


def found_in(app: "App", maildir: Path | None, mark: str) -> bytes | None:
    """Return the mail with the mark in its subject, and remove it from the box; others stay."""
    from newsletter.keyring import mailbox
    from newsletter.mail import imap, intake

    if maildir:
        for name, raw in intake.maildir(maildir):
            if is_marked(raw, mark):
                intake.discard(maildir, name)
                return raw
        return None
    with imap.opened(mailbox(app.folder, app.settings)) as session:
        for number, raw in imap.unseen(session, subject=mark):
            if is_marked(raw, mark):
                imap.settle(session, number, remove=True)
                return raw
    return None


def is_marked(raw: bytes, mark: str) -> bool:
    """Return whether the subject holds the mark; a bounce that quotes the mail does not count."""
    from newsletter.actions.loop import parted

    return any(mark in one for one in parted(raw)[0].get("subject", []))
