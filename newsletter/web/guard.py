"""What stands before every page: headers, the limits of a form, where it was sent from, how often.

No page knows a login or a cookie: what a link may do stands in its token. So a form that another
site sends gains nothing but what its sender could post without a browser; it is refused anyway.
"""

import asyncio
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address
from threading import Lock
from urllib.parse import parse_qsl, urlsplit

from starlette.datastructures import ImmutableMultiDict, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

Form = ImmutableMultiDict[str, str]

NO_FORM = Form()
FORM_OCTETS = 64 * 1024
FORM_FIELDS = 500
FORM_SECONDS = 20
KNOWN_CLIENTS = 10_000  # addresses remembered at most; the one longest silent is forgotten

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
}
# A year; only for an address that is https already.
HSTS = {"Strict-Transport-Security": "max-age=31536000"}


def headers_for(site_url: str) -> dict[str, str]:
    """Return the headers that every response bears, unless its page sets its own."""
    return HEADERS | HSTS if site_url.startswith("https://") else HEADERS


@dataclass(frozen=True, slots=True, eq=False)
class SecurityHeaders:
    """An ASGI layer that adds the headers to whatever goes out."""

    app: ASGIApp
    headers: dict[str, str]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the application does, with the headers."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    given.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_with_headers)


async def read_form(request: Request) -> Form:
    """Return the URL-encoded form; any other body gives an empty one.

    Raises HTTPException: 413 for a body too large, 400 for too many fields, 408 if it takes long.
    """
    body = bytearray()
    try:
        async with asyncio.timeout(FORM_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > FORM_OCTETS:
                    raise HTTPException(413)
        if "urlencoded" not in request.headers.get("content-type", ""):
            return NO_FORM
        text = body.decode("utf-8", "replace")
        fields = parse_qsl(text, True, errors="replace", max_num_fields=FORM_FIELDS)
    except TimeoutError as error:
        raise HTTPException(408) from error
    except (ClientDisconnect, ValueError) as error:
        raise HTTPException(400) from error
    return Form(fields)


def is_from_elsewhere(request: Request, site_url: str) -> bool:
    """Return whether a browser says that another site sent the form.

    Under our Referrer-Policy a form of our own comes with `Origin: null` (Fetch, section 3.1), and
    over plain http without Sec-Fetch-Site; so null alone is not held against it.
    """
    told = request.headers.get("sec-fetch-site")
    if told is not None:
        return told not in ("same-origin", "none")
    origin = request.headers.get("origin", "null")
    ours = (request.headers.get("host", ""), urlsplit(site_url).netloc)
    try:
        return origin != "null" and urlsplit(origin).netloc not in ours
    except ValueError:  # such as http://[
        return True


@dataclass(slots=True, eq=False)
class Allowance:
    """How often each client may ask; kept in memory, for it may be forgotten."""

    times: int = 20
    span: timedelta = timedelta(minutes=10)
    asked: OrderedDict[str, deque[datetime]] = field(default_factory=OrderedDict)
    lock: Lock = field(default_factory=Lock)

    def grants(self, client: str, now: datetime) -> bool:
        """Count this time and return whether it is still within the allowance."""
        with self.lock:
            times = self.asked.setdefault(client, deque())
            self.asked.move_to_end(client)
            if len(self.asked) > KNOWN_CLIENTS:
                self.asked.popitem(last=False)
            while times and times[0] <= now - self.span:
                times.popleft()
            if len(times) >= self.times:
                return False
            times.append(now)
            return True


def client_of(request: Request) -> str:
    """Return the client's address; of IPv6 the /64, which one customer holds as a whole."""
    host = request.client.host if request.client else ""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address) and not address.ipv4_mapped:
        return str(IPv6Address(int(address) >> 64 << 64))
    return str(address)
