"""From a relay to a wire ready for mail: connected, greeted, encrypted, logged in.

Whatever stops it is one SenderError, for it stops every mail and not one.
"""

import base64
import re
import socket
import ssl
from collections.abc import Mapping
from datetime import timedelta
from functools import cache, lru_cache
from pathlib import Path

from newsletter.errors import RelayBusyError, SenderError
from newsletter.mail.relay import Relay, Security
from newsletter.mail.wire import Reply, Wire

# The server's extensions by keyword in capitals, each with its parameters.
Offer = Mapping[str, str]


def begin(relay: Relay) -> tuple[Wire, Offer]:
    """Return a wire on which MAIL may follow, and what the server offers.

    Raises SenderError if there is no connection, no TLS where it is wanted, no login.
    """
    context = trust(relay)
    try:
        address = (relay.host, relay.port)
        timeout = relay.timeouts.connect.total_seconds()
        wire = Wire(socket.create_connection(address, timeout))
        try:
            return wire, converse(wire, relay, context)
        except BaseException:
            wire.close()
            raise
    except (OSError, UnicodeError) as error:
        raise SenderError(f"{relay}: {explain(error, relay)}") from error


def trust(relay: Relay) -> ssl.SSLContext:
    """Return whom we believe: the system's authorities and those in the relay's own file."""
    if relay.security is Security.NONE:
        return nobody()
    system = ssl.get_default_verify_paths()
    files = system.cafile, system.capath, relay.ca_file
    try:
        return authorities(relay.ca_file, tuple(map(stamp, files)))
    except OSError as error:
        reason = error.strerror or "it holds no certificate in PEM"
        file = relay.ca_file or "the system's authorities"
        raise SenderError(f"{file}: {reason}; see {relay.table}.ca_file") from error


@cache
def nobody() -> ssl.SSLContext:
    """Return what is for no TLS, and would trust nobody."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@lru_cache(maxsize=8)  # to read them takes 20 ms, for each connection of a run
def authorities(ca_file: str, _stamps: tuple[tuple[int, ...], ...]) -> ssl.SSLContext:
    """Return trust in the system's and those of the file, as the files stand."""
    context = ssl.create_default_context()
    if ca_file:
        context.load_verify_locations(ca_file)
    return context


def stamp(path: str | None) -> tuple[int, ...]:
    """Return what is another as soon as a file or folder was changed or replaced; () for none."""
    if not path:
        return ()
    try:
        found = Path(path).stat()
    except OSError:  # whoever reads it says so
        return ()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def converse(wire: Wire, relay: Relay, context: ssl.SSLContext) -> Offer:
    """Say all that comes before the first MAIL; return the last offer."""
    greet(wire, relay, context, relay.timeouts.greeting)
    return introduce(wire, relay, context)


def greet(wire: Wire, relay: Relay, context: ssl.SSLContext, wait: timedelta) -> Reply:
    """Return the server's greeting; raises SenderError if it takes no mail."""
    if relay.security is Security.TLS:
        wire.start_tls(context, relay.host, relay.timeouts.connect)
    greeting = wire.read(wait)
    if greeting.code != 220:
        is_busy = greeting.code < 500
        text = "the server takes no mail now" if is_busy else "the server takes no mail from here"
        advice = "what is pending waits: run it again later" if is_busy else "ask who runs it"
        raise refusal(relay, text, greeting, advice)
    return greeting


def introduce(wire: Wire, relay: Relay, context: ssl.SSLContext) -> Offer:
    """Say EHLO, begin TLS, log in; return the last offer."""
    offer = hello(wire, relay)
    if relay.security is Security.STARTTLS:
        encrypt(wire, relay, context, offer)
        offer = hello(wire, relay)  # what was offered before TLS, anyone may have written
    if relay.user:
        log_in(wire, relay, offer)
    return offer


def hello(wire: Wire, relay: Relay) -> Offer:
    """Say EHLO, or HELO to a server from before 1995, and return the extensions."""
    name = relay.local_name or wire.literal
    reply = ask(wire, relay, f"EHLO {name}")
    if reply.code >= 500:
        reply = ask(wire, relay, f"HELO {name}")
        if reply.code == 250:
            return {}
    if reply.code != 250:
        raise refusal(relay, "EHLO was refused", reply, f"see {relay.table}.local_name")
    offer: dict[str, str] = {}
    for line in reply.lines[1:]:
        # `AUTH=LOGIN`, from before RFC 2554, still stands beside `AUTH PLAIN` on some servers.
        keyword, *parameters = re.split(r"[ =]", line.strip(), maxsplit=1)
        earlier = offer.get(keyword.upper(), "")
        offer[keyword.upper()] = " ".join((earlier, *parameters)).strip()
    return offer


def encrypt(wire: Wire, relay: Relay, context: ssl.SSLContext, offer: Offer) -> None:
    """Begin TLS (RFC 3207), or say that it cannot be: never go on without."""
    advice = f"set {relay.table}.security to tls (port 465) if it speaks TLS from the first byte"
    if "STARTTLS" not in offer:
        text = "the server offers no STARTTLS, and without it nothing is sent"
        raise SenderError(f"{relay}: {text}; {advice}, or to none if it is on this machine")
    reply = ask(wire, relay, "STARTTLS")
    if reply.code != 220:
        raise refusal(relay, "STARTTLS was refused", reply, advice)
    wire.start_tls(context, relay.host, relay.timeouts.greeting)


def log_in(wire: Wire, relay: Relay, offer: Offer) -> None:
    """Log in by PLAIN (RFC 4616) or LOGIN, over TLS or to this machine only."""
    if not (wire.encrypted or wire.loopback):
        text = "the login would cross the network readable by all"
        raise SenderError(f"{relay}: {text}; set {relay.table}.security to starttls or tls")
    methods = offer.get("AUTH", "").upper().split()
    if "PLAIN" in methods:
        words = f"\0{relay.user}\0{relay.password}"
        reply = ask(wire, relay, f"AUTH PLAIN {coded(words)}")
    elif "LOGIN" in methods:
        reply = ask(wire, relay, "AUTH LOGIN")
        for word in (relay.user, relay.password):
            if reply.code == 334:
                reply = ask(wire, relay, coded(word))
    else:
        text = f"the server offers no login by PLAIN or LOGIN ({' '.join(methods) or 'none'})"
        raise SenderError(f"{relay}: {text}; leave {relay.table}.user empty if it wants none")
    if reply.code != 235:
        # No second method after a refusal: some servers lock a login after a few.
        later = "try later" if reply.code < 500 else f"check {relay.table}.user and its password"
        raise refusal(relay, f"the login of {relay.user} was refused", reply, later)


def coded(text: str) -> str:
    """Return the text as AUTH takes it."""
    return base64.b64encode(text.encode()).decode()


def ask(wire: Wire, relay: Relay, command: str) -> Reply:
    """Write one command and return its reply."""
    wire.write(f"{command}\r\n".encode(), relay.timeouts.greeting)
    return wire.read(relay.timeouts.greeting)


def refusal(relay: Relay, text: str, reply: Reply, advice: str) -> SenderError:
    """Return the error for a reply that ends the opening."""
    kind = RelayBusyError if 400 <= reply.code < 500 else SenderError
    return kind(f"{relay}: {text}: {reply.answer}; {advice}")


def explain(error: OSError | UnicodeError, relay: Relay) -> str:
    """Return what a failure of the network means and what to do, on one line."""
    own = relay.table
    match error:
        case ssl.SSLCertVerificationError():
            advice = f"check {own}.host, or name the private authority in {own}.ca_file"
            return f"the server's certificate is not good: {error.verify_message}; {advice}"
        case ssl.SSLError():
            advice = f"{own}.security is starttls for port 587 and tls for port 465"
            reason = getattr(error, "reason", "") or error.strerror  # ours has no reason
            return f"no TLS could be agreed on ({reason}); {advice}"
        case socket.gaierror():
            return f"the host was not found ({error.strerror}); check {own}.host"
        case UnicodeError():
            return f"that is no host name; check {own}.host"
        case TimeoutError():
            return f"{error}; check {own}.port and {own}.security, and firewalls between"
        case ConnectionRefusedError():
            return f"nothing listens there; check {own}.host and {own}.port"
    return f"{error.strerror or error}; check {own}.host, {own}.port and {own}.security"
