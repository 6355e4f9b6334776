"""Servers on loopback that say what a test tells them, and a network that leads to them."""

import functools
import socket
import threading
from contextlib import contextmanager, nullcontext

import httpcore2

from newsletter.feeds.fetch import fetch

PUBLIC = "93.184.215.14"
FEED = b"<rss><channel><title>Papers</title></channel></rss>"


@contextmanager
def running(tls=None):
    server = Server(tls)
    try:
        yield server
    finally:
        server.close()


def no_wait(host):
    """Take every turn at once."""
    return nullcontext(host)


def noted(turns):
    """Return what takes every turn at once and notes the host."""

    def turn(host):
        turns.append(host)
        return nullcontext()

    return turn


def asking(server):
    """Return `fetch` with the server allowed."""
    return functools.partial(
        fetch,
        allowed=frozenset({server.place}),
        user_agent="newsletter/1 (mailto:ops@example.org)",
        turn=no_wait,
    )


class Server:
    """Answers each path with its scripted octets and keeps the heads of the requests."""

    def __init__(self, tls):
        self.answers = {}
        self.heads = []
        self.connections = 0
        self.ended = threading.Event()
        self.tls = tls
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.place = f"127.0.0.1:{self.port}"
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def url(self, path="/feed"):
        return f"http://{self.place}{path}"

    def serve(self):
        while not self.ended.is_set():
            connection, _ = self.listener.accept()
            if self.ended.is_set():
                connection.close()
                break
            self.connections += 1
            with connection:
                self.answer(connection)

    def answer(self, plain):
        try:
            with self.tls.wrap_socket(plain, server_side=True) if self.tls else plain as connection:
                head = b""
                while b"\r\n\r\n" not in head:
                    received = connection.recv(65536)
                    if not received:
                        return
                    head += received
                    if head.startswith(b"\x16"):  # a TLS greeting to a plain server
                        connection.sendall(reply(status="400 Bad Request"))
                        return
                self.heads.append(head.decode("latin-1"))
                path = head.split(b" ", 2)[1].decode()
                scripted = self.answers.get(path, reply(status="404 Not Found"))
                for piece in [scripted] if isinstance(scripted, bytes) else scripted:
                    connection.sendall(piece)
        except OSError:
            pass  # the other side has had enough

    def close(self):
        self.ended.set()
        socket.create_connection(("127.0.0.1", self.port)).close()
        self.thread.join()
        self.listener.close()

    def drip(self, start):
        """Send the start, then an octet every 50 ms for as long as somebody listens."""
        yield start
        while not self.ended.wait(0.05):
            yield b"x"


class Recorder(httpcore2.SyncBackend):
    """Records every connection and leads public numbers to a server on loopback."""

    def __init__(self, ways=None):
        self.ways = ways or {}
        self.connections = []

    def connect_tcp(self, host, port, *rest):
        self.connections.append((host, port))
        if host in self.ways:
            host, port = "127.0.0.1", self.ways[host].port
        elif host != "127.0.0.1":
            raise httpcore2.ConnectError("nothing but loopback")
        return super().connect_tcp(host, port, *rest)


class Names:
    """A name server whose answers to a name change from lookup to lookup."""

    def __init__(self, **answers):
        self.answers = {name.replace("_", "."): list(given) for name, given in answers.items()}
        self.lookups = []

    def __call__(self, host, port):
        self.lookups.append((host, port))
        if not self.answers.get(host):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return self.answers[host].pop(0)


def reply(body=b"", status="200 OK", length=None, **fields):
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def redirect(location, status="302 Found"):
    return reply(status=status, Location=location)
