"""One request to a chat completions endpoint: time, size and retries bounded, no redirects."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2

from newsletter.errors import one_line

LARGEST = 1_000_000  # octets of an answer
LONGEST_WAIT = 30.0  # seconds, whatever Retry-After says
TRIES = 3


class ChatError(Exception):
    """The endpoint gave no answer that can be used; the text says why, in one line."""


class ClosedError(ChatError):
    """It will not answer the next request either: a wrong key, address or model."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where to ask, and how long to wait."""

    url: str  # the base, as https://host/v1
    model: str
    key: str = field(default="", repr=False)
    timeout_seconds: float = 60.0  # for one answer, head to end
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model wrote, and what it cost."""

    content: str
    tokens: int


def ask(endpoint: Endpoint, body: Mapping[str, Any]) -> Answer:
    """Return the answer to one request; raises ChatError if there is none after three tries.

    Asked again after 429, 5xx and a broken connection, not after a timeout: a server that hangs
    would hang again, and everybody waits.
    """
    reason = ""
    for attempt in range(TRIES):
        status, text, wait = once(endpoint, body)
        if status == 200:
            return answer(text)
        reason = f"it answered {status}: {one_line(text, 120)}" if status else text
        if status and status != 429 and status < 500:
            raise ClosedError(reason)
        if attempt < TRIES - 1:
            endpoint.sleep(min(wait or 2.0**attempt, LONGEST_WAIT))
    raise ChatError(reason)


def once(endpoint: Endpoint, body: Mapping[str, Any]) -> tuple[int, str, float]:
    """Return status, text and the seconds to wait; status 0 where the connection broke.

    Raises ChatError after the time or size that is allowed.
    """
    headers = {"Authorization": f"Bearer {endpoint.key}"} if endpoint.key else {}
    end = time.monotonic() + endpoint.timeout_seconds
    try:
        # No proxy of the environment, and the key goes nowhere but to this address.
        with (
            httpx2.Client(trust_env=False, timeout=endpoint.timeout_seconds) as client,
            client.stream(
                "POST",
                f"{endpoint.url.rstrip('/')}/chat/completions",
                json=dict(body),
                headers=headers,
            ) as response,
        ):
            pieces = bytearray()
            for piece in response.iter_bytes():
                pieces += piece
                if len(pieces) > LARGEST:
                    raise ChatError("its answer is larger than a megabyte")
                if time.monotonic() > end:
                    raise ChatError(f"no answer within {endpoint.timeout_seconds:g} seconds")
            wait = response.headers.get("Retry-After", "")
            text = pieces.decode("utf-8", "replace")
            return response.status_code, text, float(wait) if wait.isdecimal() else 0.0
    except httpx2.TimeoutException as error:
        raise ChatError(f"no answer within {endpoint.timeout_seconds:g} seconds") from error
    except (httpx2.InvalidURL, httpx2.UnsupportedProtocol) as error:
        raise ClosedError(f"{one_line(endpoint.url)} is no address of an endpoint") from error
    except httpx2.HTTPError as error:
        return 0, f"the connection failed ({type(error).__name__})", 0.0


def answer(text: str) -> Answer:
    """Return what the model wrote; raises ChatError if the answer is no chat completion."""
    try:
        whole = json.loads(text)
        content = whole["choices"][0]["message"]["content"]
        usage = whole.get("usage") or {}
        tokens = usage.get("total_tokens", 0)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
        raise ChatError("its answer is no chat completion, or it is cut short") from error
    if not isinstance(content, str):
        raise ChatError("its answer has no text")
    return Answer(content, tokens if isinstance(tokens, int) and tokens > 0 else 0)
