"""An IMAP box: its unseen mails as bytes; each is removed only after it was dealt with."""

import imaplib
import ipaddress
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from newsletter.errors import SenderError, one_line
from newsletter.mail.imap_session import MOST_OCTETS, TIMEOUT, SecureSession, Session

ODD = (ValueError, TypeError, AttributeError, LookupError)  # what imaplib makes of odd answers
UID = re.compile(rb"[1-9]\d{0,9}")
NO_LIST = "its answer to SEARCH is no list of mails"


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Where a box is and how to enter it."""

    host: str
    port: int
    security: str  # tls, starttls or none
    user: str
    password: str = field(repr=False)
    folder: str = "INBOX"
    ca_file: str = ""

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@contextmanager
def opened(box: Mailbox) -> Iterator[Session]:
    """Give the box, entered; raises SenderError if it cannot be, or if the connection breaks."""
    for name, value in (("user", box.user), ("password", box.password), ("folder", box.folder)):
        if not (value.isascii() and value.isprintable()):
            text = f"{box}: bounces.imap_{name} has a character that is not plain ASCII"
            raise SenderError(f"{text}, which this login cannot send; choose another")
    with translated(box, "check bounces.imap_host, imap_port and imap_security"), understood():
        session = connected(box)
    try:
        with translated(box, "check bounces.imap_user and its password"):
            asked(session, "login", box.user, box.password)
        with translated(box, "what is left is for the next run"):
            session.capabilities = capabilities(session)  # many servers say more after the login
            with understood():
                answer, told = session.select(quoted(box.folder))
            if answer != "OK":
                raise SenderError(f"{box}: no folder {box.folder}: {words(told[0])}")
            yield session
    finally:
        with suppress(OSError, imaplib.IMAP4.error, *ODD):
            session.logout()
        with suppress(OSError):
            session.shutdown()


@contextmanager
def translated(box: Mailbox, advice: str) -> Iterator[None]:
    """Turn what a server or the way to it does wrong into SenderError, one line with the advice."""
    try:
        yield
    except imaplib.IMAP4.error as error:
        reason = one_line(words(error.args[0] if error.args else b""))
        text = f"{box}: {reason}; {advice}"
        raise SenderError(text.replace(box.password or "\0", "***")) from error
    except ssl.SSLCertVerificationError as error:
        advice = "check bounces.imap_host, or name the authority in bounces.imap_ca_file"
        raise SenderError(
            f"{box}: its certificate is not good: {error.verify_message}; {advice}"
        ) from error
    except OSError as error:
        raise SenderError(f"{box}: {error.strerror or str(error)}; {advice}") from error


@contextmanager
def understood() -> Iterator[None]:
    """Take an answer of which nothing can be made for the end of the session."""
    try:
        yield
    except OSError:  # of which some are ValueError, too
        raise
    except ODD as error:
        raise imaplib.IMAP4.abort("it answers as no IMAP server does") from error


def words(told: object) -> str:
    """Return what a server said as one printable line."""
    if isinstance(told, tuple):  # it came as a literal
        told = b" ".join(one for one in told if isinstance(one, bytes))
    return one_line(told.decode(errors="replace") if isinstance(told, bytes) else str(told))


def connected(box: Mailbox) -> Session:
    """Return a session before its login, over TLS unless the server is on this machine."""
    if box.security == "none":
        if not is_loopback(box.host):
            raise SenderError(
                f"{box}: the login would cross the network readable by all; set "
                "bounces.imap_security to tls or starttls"
            )
        return Session(box.host, box.port, timeout=TIMEOUT)
    context = ssl.create_default_context()
    if box.ca_file:
        try:
            context.load_verify_locations(box.ca_file)
        except OSError as error:
            reason = error.strerror or "it holds no certificate in PEM"
            raise SenderError(f"{box.ca_file}: {reason}; see bounces.imap_ca_file") from error
    if box.security == "tls":
        return SecureSession(box.host, box.port, ssl_context=context, timeout=TIMEOUT)
    session = Session(box.host, box.port, timeout=TIMEOUT)
    session.starttls(context)  # raises where the server has none: never on without
    return session


def capabilities(session: Session) -> tuple[str, ...]:
    """Return what the server offers, in capitals."""
    (told, *_) = asked(session, "capability")
    return tuple(told.decode("ascii", "replace").upper().split()) if isinstance(told, bytes) else ()


def asked(session: Session, command: str, *more: str) -> list[Any]:
    """Return the answer to a command; raises IMAP4.error if it is not OK."""
    with understood():
        answer, told = getattr(session, command)(*more)
    if answer != "OK":
        raise session.error(f"{' '.join([command, *more[:1]])}: {words(told[0])}")
    return list(told)


def is_loopback(host: str) -> bool:
    """Return whether the host is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def unseen(session: Session, subject: str = "") -> Iterator[tuple[str, bytes]]:
    """Yield UID and bytes of each mail that is not marked as seen, and leave it so.

    Given a word, only of those that have it in their subject. One that the server does not give
    stops no other: IMAP4.error is raised after the last.
    """
    wanted = f" SUBJECT {quoted(subject)}" if subject else ""
    refused: list[str] = []
    for number in uids(asked(session, "uid", "SEARCH", f"UNSEEN UNDELETED{wanted}")):
        with understood():
            answer, parts = session.uid("FETCH", number, f"(BODY.PEEK[]<0.{MOST_OCTETS}>)")
        if answer != "OK":
            refused.append(f"mail {number} cannot be read: {words(parts[0])}")
        for part in parts:
            if isinstance(part, tuple):
                yield number, part[1]
    if refused:
        more = f" (and {len(refused) - 1} more)" if refused[1:] else ""
        raise session.error(f"{refused[0]}{more}")


def uids(found: list[Any]) -> list[str]:
    """Return the numbers of an answer to SEARCH; raises IMAP4.abort if it has anything else."""
    try:
        numbers = [one for part in found for one in (part or b"").split()]
    except AttributeError as error:  # a literal
        raise imaplib.IMAP4.abort(NO_LIST) from error
    if not all(UID.fullmatch(one) for one in numbers):
        raise imaplib.IMAP4.abort(NO_LIST)
    return [one.decode() for one in dict.fromkeys(numbers)]


def settle(session: Session, number: str, *, remove: bool) -> None:
    """Mark a mail as seen, so that it is not read again, or remove it.

    A plain EXPUNGE would remove what others of the box have marked, too. Where the server cannot
    be told which (UIDPLUS, RFC 4315), the mail stays, marked for removal, and is not read again.
    """
    asked(session, "uid", "STORE", number, "+FLAGS", "(\\Deleted)" if remove else "(\\Seen)")
    if remove and {"UIDPLUS", "IMAP4REV2"} & set(session.capabilities):
        asked(session, "uid", "EXPUNGE", number)


def quoted(folder: str) -> str:
    """Return a folder's name as IMAP takes it."""
    escaped = folder.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
