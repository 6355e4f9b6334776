"""Connections that cannot be led astray or held up: checked numbers and a deadline come in.

The library would look the name up again and wait anew at each read. Here the connection goes to
the numbers that were checked and to no others, and one deadline covers connect, TLS, head and
body together, so that a server that sends an octet a second holds us up no longer than a dead one.
"""

import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import httpcore2

from newsletter.errors import FeedError
from newsletter.feeds import addresses
from newsletter.feeds.addresses import Target

Resolve = Callable[[str, int], Sequence[str]]


def look_up(host: str, port: int) -> Sequence[str]:
    """Return the numbers of a name, best first, each once. Raises OSError if there are none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


@dataclass(frozen=True, slots=True)
class Network:
    """The way out: how names are looked up, connections made and certificates trusted."""

    resolve: Resolve = look_up
    backend: httpcore2.NetworkBackend = field(default_factory=httpcore2.SyncBackend)
    tls: ssl.SSLContext | None = None  # None: the machine's own certificates


class Deadline:
    """The seconds that are left of a fetch; the time spent waiting for our turn is not counted."""

    def __init__(self, seconds: float) -> None:
        self.at = time.monotonic() + seconds

    def left(self) -> float:
        """Return the seconds left. Raises TimeoutException if there are none."""
        seconds = self.at - time.monotonic()
        if seconds <= 0:
            raise httpcore2.TimeoutException
        return seconds

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Do not count the time within."""
        begun = time.monotonic()
        yield
        self.at += time.monotonic() - begun


def numbers(
    target: Target, allowed: frozenset[str], resolve: Resolve, deadline: Deadline
) -> tuple[str, ...]:
    """Return the checked numbers of the target after one lookup, or none if it is a number itself.

    Raises FeedError if the name does not resolve or leads where it may not.
    """
    if addresses.number(target.host) is not None:
        return addresses.check(target, [target.host], allowed)
    pool = ThreadPoolExecutor(1)  # in a thread, for a lookup knows no deadline
    try:
        answers = pool.submit(resolve, target.host, target.port).result(deadline.left())
    except TimeoutError as error:
        raise httpcore2.TimeoutException from error
    except (OSError, ValueError) as error:
        raise FeedError(str(target.url), f"the name {target.host} does not resolve") from error
    finally:
        pool.shutdown(wait=False)
    if not answers:
        raise FeedError(str(target.url), f"the name {target.host} does not resolve")
    return addresses.check(target, answers, allowed)


@contextmanager
def ask(
    target: Target,
    checked: Sequence[str],
    headers: Sequence[tuple[bytes, bytes]],
    network: Network,
    deadline: Deadline,
) -> Iterator[httpcore2.Response]:
    """Send one GET to one of the checked numbers, and yield the answer with its body unread.

    The name stays in the Host field and in TLS. Proxies named in the environment are not used.
    """
    secure = target.url.scheme == "https"
    pool = httpcore2.ConnectionPool(
        ssl_context=(network.tls or trusted()) if secure else None,
        network_backend=PinnedBackend(checked, network.backend, deadline),
    )
    url = httpcore2.URL(
        scheme=target.url.raw_scheme,
        host=target.url.raw_host,
        port=target.port,
        target=target.url.raw_path,
    )
    host = (b"Host", target.url.netloc)
    with pool, pool.stream("GET", url, headers=[host, *headers]) as response:
        yield response


@cache
def trusted() -> ssl.SSLContext:
    """Return the machine's own certificates; read once, for that takes longer than a fetch."""
    return httpcore2.default_ssl_context()


class PinnedBackend(httpcore2.NetworkBackend):
    """Connects to checked numbers only, whatever host it is told."""

    def __init__(
        self, checked: Sequence[str], backend: httpcore2.NetworkBackend, deadline: Deadline
    ) -> None:
        self.checked = checked
        self.backend = backend
        self.deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - the deadline stands in its place
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """Return a stream to the first number that answers, each given its share of the time."""
        failure: Exception | None = None
        for tried, address in enumerate(self.checked):
            share = self.deadline.left() / (len(self.checked) - tried)
            try:
                stream = self.backend.connect_tcp(
                    address, port, share, local_address, socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
            else:
                return TimedStream(stream, self.deadline)
        self.deadline.left()
        if failure is not None and isinstance(failure.__cause__, ConnectionRefusedError):
            raise httpcore2.ConnectError(f"{host} refused the connection on port {port}")
        raise httpcore2.ConnectError(f"{host} could not be reached on port {port}")


class TimedStream(httpcore2.NetworkStream):
    """A stream whose every step has only the time that is left."""

    def __init__(self, stream: httpcore2.NetworkStream, deadline: Deadline) -> None:
        self.stream = stream
        self.deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        """Return what has come, at least one octet unless the other side has closed."""
        return self.stream.read(max_bytes, self.deadline.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        """Send all of the buffer."""
        self.stream.write(buffer, self.deadline.left())

    def close(self) -> None:
        """Close the connection."""
        self.stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore2.NetworkStream:
        """Return the stream under TLS. Raises ConnectError with the reason if that fails."""
        try:
            left = self.deadline.left()
            secured = self.stream.start_tls(ssl_context, server_hostname, left)
        except httpcore2.ConnectError as error:
            raise httpcore2.ConnectError(tls_reason(error.__cause__)) from error
        except httpcore2.TimeoutException:
            self.close()
            raise
        return TimedStream(secured, self.deadline)

    def get_extra_info(self, info: str) -> Any:
        """Return what the library asks of the stream below."""
        return self.stream.get_extra_info(info)


def tls_reason(cause: BaseException | None) -> str:
    """Return why a secure connection failed, in a sentence."""
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its TLS certificate is not accepted: {cause.verify_message}"
    return f"the secure connection (TLS) failed: {getattr(cause, 'reason', None) or cause}"
