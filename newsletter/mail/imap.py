"""An IMAP box: its unseen mails as bytes; each is removed only after it was dealt with."""

import imaplib
import ipaddress
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from newsletter.errors import SenderError

MOST_OCTETS = 2**20  # of one mail
TIMEOUT = 60  # seconds for one answer


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
def opened(box: Mailbox) -> Iterator[imaplib.IMAP4]:
    """Give the box, entered; raises SenderError if it cannot be, or if the connection breaks."""
    try:
        session = connected(box)
        try:
            session.login(box.user, box.password)
            session.capabilities = capabilities(session)  # many servers say more to who logged in
            answer, told = session.select(quoted(box.folder))
            if answer != "OK":
                reason = (told[0] or b"").decode(errors="replace")
                raise SenderError(f"{box}: no folder {box.folder}: {reason}")
            yield session
        finally:
            with suppress(OSError, imaplib.IMAP4.error):
                session.logout()
    except imaplib.IMAP4.error as error:
        text = f"{box}: {error}; check bounces.imap_user and its password"
        raise SenderError(text.replace(box.password or "\0", "***")) from error
    except ssl.SSLCertVerificationError as error:
        advice = "check bounces.imap_host, or name the authority in bounces.imap_ca_file"
        raise SenderError(
            f"{box}: its certificate is not good: {error.verify_message}; {advice}"
        ) from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise SenderError(f"{box}: {reason}; check bounces.imap_host and imap_port") from error


def connected(box: Mailbox) -> imaplib.IMAP4:
    """Return a session before its login, over TLS unless the server is on this machine."""
    if box.security == "none":
        if not is_loopback(box.host):
            raise SenderError(
                f"{box}: the login would cross the network readable by all; set "
                "bounces.imap_security to tls or starttls"
            )
        return imaplib.IMAP4(box.host, box.port, timeout=TIMEOUT)
    context = ssl.create_default_context()
    if box.ca_file:
        try:
            context.load_verify_locations(box.ca_file)
        except OSError as error:
            reason = error.strerror or "it holds no certificate in PEM"
            raise SenderError(f"{box.ca_file}: {reason}; see bounces.imap_ca_file") from error
    if box.security == "tls":
        return imaplib.IMAP4_SSL(box.host, box.port, ssl_context=context, timeout=TIMEOUT)
    session = imaplib.IMAP4(box.host, box.port, timeout=TIMEOUT)
    session.starttls(context)  # raises where the server has none: never on without
    return session


def capabilities(session: imaplib.IMAP4) -> tuple[str, ...]:
    """Return what the server offers, in capitals."""
    _, told = session.capability()
    return tuple((told[0] or b"").decode("ascii", "replace").upper().split())


def is_loopback(host: str) -> bool:
    """Return whether the host is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def unseen(session: imaplib.IMAP4, subject: str = "") -> Iterator[tuple[str, bytes]]:
    """Yield UID and bytes of each mail that is not marked as seen, and leave it so.

    Given a word, only of those that have it in their subject.
    """
    wanted = f" SUBJECT {quoted(subject)}" if subject else ""
    _, found = session.uid("SEARCH", f"UNSEEN UNDELETED{wanted}")
    for number in (found[0] or b"").decode().split():
        _, parts = session.uid("FETCH", number, f"(BODY.PEEK[]<0.{MOST_OCTETS}>)")
        for part in parts:
            if isinstance(part, tuple):
                yield number, part[1]


def settle(session: imaplib.IMAP4, number: str, *, remove: bool) -> None:
    """Mark a mail as seen, so that it is not read again, or remove it.

    A plain EXPUNGE would remove what others of the box have marked, too. Where the server cannot
    be told which (UIDPLUS, RFC 4315), the mail stays, marked for removal, and is not read again.
    """
    session.uid("STORE", number, "+FLAGS", "(\\Deleted)" if remove else "(\\Seen)")
    if remove and {"UIDPLUS", "IMAP4REV2"} & set(session.capabilities):
        session.uid("EXPUNGE", number)


def quoted(folder: str) -> str:
    """Return a folder's name as IMAP takes it."""
    escaped = folder.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
