"""One polite GET: an address and what we know of its last answer come in, the new body goes out.

Polite: conditional, so that an unchanged feed costs nothing, under our own name, and in turn.
Careful: every step may meet a stranger, so addresses are checked (`addresses.py`), connections
pinned and timed (`connection.py`), and the unpacked octets counted. All failures are FeedError.
"""

import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from datetime import datetime

import httpcore2
import httpx2

from newsletter.errors import FeedError
from newsletter.feeds.addresses import Target, parse, printable, shown
from newsletter.feeds.connection import Deadline, Network, ask, numbers
from newsletter.feeds.retry import retry_after

Turn = Callable[[str], AbstractContextManager[object]]

REDIRECTS = frozenset({301, 302, 303, 307, 308})
COMPLETE = frozenset({200, 203})
STEP = 2**18  # octets unpacked at once, so that a small body never becomes a large one unseen
LONGEST_VALIDATOR = 1000  # characters; more is no validator but a burden
GZIP = b"\x1f\x8b"
STATUS_REASONS = {
    401: "the server does not let us in",
    403: "the server does not let us in",
    404: "there is nothing at this address",
    410: "the feed is gone for good and can be removed",
    429: "the server asks us to come less often",
    503: "the server cannot answer now",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a fetch may take."""

    max_octets: int = 20 * 2**20  # of the decompressed body
    total_seconds: float = 60.0
    redirects: int = 5


@dataclass(frozen=True, slots=True)
class Validators:
    """What the last good answer said of its version, for the conditional GET (RFC 9110, 13)."""

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A good answer."""

    url: str  # after redirects; as it was given if there were none
    body: bytes | None  # None: not modified
    validators: Validators


@dataclass(frozen=True, slots=True)
class Visit:
    """What stays the same over the redirects of one fetch."""

    validators: Validators
    limits: Limits
    allowed: frozenset[str]
    user_agent: str
    turn: Turn
    network: Network
    deadline: Deadline
    now: datetime | None


NO_VALIDATORS = Validators()
LIMITS = Limits()
NETWORK = Network()
FAILURES = (
    FeedError,
    httpcore2.TimeoutException,
    httpcore2.NetworkError,
    httpcore2.ProtocolError,
    zlib.error,
    EOFError,
)


def fetch(
    url: str,
    validators: Validators = NO_VALIDATORS,
    *,
    limits: Limits = LIMITS,
    allowed: frozenset[str] = frozenset(),
    user_agent: str,
    turn: Turn,
    network: Network = NETWORK,
    now: datetime | None = None,
) -> Fetched:
    """Return the feed's present body, or none if it is the one that `validators` came with.

    `allowed` names the hosts, with or without a port, that need not be public. `turn(host)` is held
    for each request and may wait before it; that time does not count. `now` is for servers that
    do not tell the time. Raises FeedError with one sentence if there is no good answer.
    """
    deadline = Deadline(limits.total_seconds)
    visit = Visit(validators, limits, allowed, user_agent, turn, network, deadline, now)
    way = [parse(url)]
    try:
        return follow(url, way, visit)
    except FAILURES as error:
        redirected = "after a redirect, " if len(way) > 1 else ""
        later = error.retry_after if isinstance(error, FeedError) else None
        raise FeedError(printable(url), redirected + why(error, limits), later) from error


def follow(url: str, way: list[Target], visit: Visit) -> Fetched:
    """Return the first answer that is no redirect; each target on the way is added to `way`."""
    while True:
        target = way[-1]
        checked = numbers(target, visit.allowed, visit.network.resolve, visit.deadline)
        headers = request_headers(visit)
        with ExitStack() as held:
            with visit.deadline.stopped():
                held.enter_context(visit.turn(target.host))
            asked = ask(target, checked, headers, visit.network, visit.deadline)
            response = held.enter_context(asked)
            fields = httpx2.Headers(response.headers, encoding="latin-1")
            if response.status not in REDIRECTS or "location" not in fields:
                reached = url if len(way) == 1 else str(target.url)
                return answer(reached, response, fields, visit)
        step(way, fields["location"], visit.limits.redirects)


def request_headers(visit: Visit) -> list[tuple[bytes, bytes]]:
    """Return the fields of the request besides Host."""
    fields = {
        "User-Agent": visit.user_agent,
        "Accept": "*/*",
        "Accept-Encoding": "gzip, deflate",
        "Connection": "close",
        "If-None-Match": visit.validators.etag,
        "If-Modified-Since": visit.validators.last_modified,
    }
    return [
        (name.encode(), value.encode("latin-1", "replace"))
        for name, value in fields.items()
        if value
    ]


def step(way: list[Target], location: str, most: int) -> None:
    """Add the redirect's target to the way. Raises FeedError if it leads nowhere or in a circle."""
    here = way[-1].url
    try:
        there = here.join(location.encode("latin-1").decode("utf-8", "replace"))
    except (httpx2.InvalidURL, ValueError) as error:
        raise FeedError(str(here), "the server redirects to an invalid address") from error
    if len(way) > most:
        raise FeedError(str(here), f"the server redirects more than {most} times")
    try:
        target = parse(str(there))
    except FeedError as error:
        raise FeedError(str(here), f"the server redirects elsewhere: {error.reason}") from error
    if any(target.url == passed.url for passed in way):
        raise FeedError(str(here), "the server redirects in a circle")
    way.append(target)


def answer(url: str, response: httpcore2.Response, fields: httpx2.Headers, visit: Visit) -> Fetched:
    """Return what the answer holds. Raises FeedError if it is not a good one."""
    asked = visit.validators
    if response.status == 304 and asked != NO_VALIDATORS:
        kept = Validators(
            validator(fields, "etag") or asked.etag,
            validator(fields, "last-modified") or asked.last_modified,
        )
        return Fetched(url, None, kept)
    if response.status not in COMPLETE:
        given = fields.get("retry-after", "")
        later = retry_after(given, fields.get("date", ""), visit.now)
        raise FeedError(url, status_reason(response.status, given), later)
    encoding = fields.get("content-encoding", "identity").strip().lower()
    if encoding not in ("identity", "", "gzip", "x-gzip", "deflate"):
        raise FeedError(url, "the answer is packed in a way that was not asked for")
    body = read_body(url, unpacked(whole(response), encoding), visit.limits.max_octets)
    return Fetched(
        url, body, Validators(validator(fields, "etag"), validator(fields, "last-modified"))
    )


def validator(fields: httpx2.Headers, name: str) -> str:
    """Return the field if it is worth keeping, or empty."""
    value = fields.get(name, "")
    return value if len(value) <= LONGEST_VALIDATOR else ""


def status_reason(status: int, retry_after: str) -> str:
    """Return what an HTTP status means for a feed, in a sentence."""
    general = "the server failed" if status >= 500 else "the server gave no feed"
    later = f", Retry-After: {shown(retry_after)}" if retry_after else ""
    return f"{STATUS_REASONS.get(status, general)} (HTTP {status}{later})"


def read_body(url: str, pieces: Iterable[bytes], most: int) -> bytes:
    """Return the pieces as one, and stop at once when they are too many."""
    body = bytearray()
    for piece in pieces:
        body += piece
        if len(body) > most:
            size = f"{most / 2**20:g} MB"
            raise FeedError(
                url, f"the answer is larger than {size}; ingest.max_megabytes sets this limit"
            )
    return bytes(body)


def whole(response: httpcore2.Response) -> Iterator[bytes]:
    """Yield the body as it comes over the wire. Raises EOFError if it is not all there."""
    try:
        yield from response.iter_stream()
    except httpcore2.RemoteProtocolError as error:
        raise EOFError from error


def unpacked(pieces: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """Yield the body unpacked, at most STEP octets at once, of a size not known before.

    Raises zlib.error if it is damaged and EOFError if its end is missing.
    """
    if encoding in ("identity", ""):
        yield from pieces
        return
    inflate: zlib._Decompress | None = None
    held, members = b"", 0
    for piece in pieces:
        held += piece
        while len(held) > 1 or (held and inflate):  # two octets tell the format
            if inflate is None:
                if members and not held.startswith(GZIP):
                    return  # padding after the end, which gzip(1) skips too
                inflate = zlib.decompressobj(window(held, encoding))
            yield inflate.decompress(held, STEP)
            held = inflate.unconsumed_tail
            if inflate.eof:
                held, inflate, members = inflate.unused_data, None, members + 1
    if inflate is not None:
        yield from drained(inflate)
    elif held and not members:
        raise EOFError


def drained(inflate: "zlib._Decompress") -> Iterator[bytes]:
    """Yield what was read but not yet given out."""
    while piece := inflate.decompress(b"", STEP):
        yield piece
    if not inflate.eof:
        raise EOFError


def window(head: bytes, encoding: str) -> int:
    """Return the `wbits` that zlib needs for this body.

    "deflate" means the zlib format (RFC 9110, 8.4.1.2), but some servers send the bare stream.
    """
    zlib_format = head[0] & 15 == 8 and int.from_bytes(head[:2]) % 31 == 0
    if encoding == "deflate" and not zlib_format and not head.startswith(GZIP):
        return -zlib.MAX_WBITS
    return zlib.MAX_WBITS | 32  # gzip or zlib, whichever the head says


def why(error: Exception, limits: Limits) -> str:
    """Return the reason of a failure in one sentence."""
    match error:
        case FeedError():
            return error.reason
        case httpcore2.TimeoutException():
            seconds = f"{limits.total_seconds:g} seconds"
            return f"no whole answer came in {seconds}; ingest.timeout_seconds sets this limit"
        case httpcore2.ConnectError():
            return str(error)
        case httpcore2.NetworkError():
            return "the connection broke"
        case zlib.error():
            return "the answer is packed wrongly or damaged"
        case EOFError():
            return "the answer breaks off before its end"
        case httpcore2.LocalProtocolError():
            return f"the request cannot be written: {shown(str(error))}"
        case _:
            return f"the answer is not proper HTTP: {shown(str(error))}"
