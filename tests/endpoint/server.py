"""A chat completions server on loopback that answers, or misbehaves, as it is told."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Reply = tuple[int, bytes] | tuple[int, bytes, float]  # status, body, seconds to wait before
Script = Callable[[int, dict[str, Any]], Reply]  # the request's number and body -> the reply


def completion(content: str, tokens: int = 100) -> bytes:
    """Return the body of a chat completion that says this."""
    message = {"role": "assistant", "content": content}
    whole = {"choices": [{"message": message}], "usage": {"total_tokens": tokens}}
    return json.dumps(whole).encode()


def papers_of(body: dict[str, Any]) -> list[dict[str, str]]:
    """Return the papers that a request asks about."""
    found: list[dict[str, str]] = json.loads(body["messages"][1]["content"])["papers"]
    return found


def first_sentences(body: dict[str, Any]) -> str:
    """Return what an honest model that copies each first sentence would write."""
    made = [
        {"id": one["id"], "sentence": one["abstract"].split(". ")[0] + "."}
        for one in papers_of(body)
    ]
    return json.dumps({"summaries": made})


@contextmanager
def serving(script: Script) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield the server's base address and the requests that it got, with their headers."""
    asked: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append({"path": self.path, "headers": dict(self.headers), "body": body})
            status, answer, *wait = script(len(asked), body)
            time.sleep(wait[0] if wait else 0)
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            if status == 429:
                self.send_header("Retry-After", "7")
            self.end_headers()
            try:
                self.wfile.write(answer)
            except OSError:
                return  # the one who asked has gone

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
