"""A mail as it left and as it came back through the relay -> what the relay did to it.

In: both mails as bytes and the relay's reply to the dot. Out: findings. Nothing is sent.
"""

import re
from collections.abc import Iterator

from newsletter.actions.doctor import Finding, Level
from newsletter.rendering.dkim import OVERSIGNED, canonical_body, canonical_fields

LISTS = ("list-id", "list-unsubscribe", "list-unsubscribe-post")
RENEWED = ("message-id", "date")  # which some relays write anew
OTHERS = ("from", "to", "subject", "reply-to", "auto-submitted", "feedback-id", "mime-version")
SIGNATURE = b"dkim-signature"
Fields = dict[str, list[str]]


def compare(sent: bytes, back: bytes, reply: str) -> Iterator[Finding]:
    """Yield what the relay kept and what it changed; either line end will do in `back`."""
    before, body = parted(sent)
    after, body_back = parted(back)
    yield Finding("loop_reply", Level.OK, f"the relay took it: {reply}")
    for name in RENEWED:
        yield renewed(name, before.get(name, []), after.get(name, []), reply)
    for name in LISTS:
        if name in before:
            yield listed(name, before[name], after.get(name, []))
    changed = [one for one in OTHERS if before.get(one, []) != after.get(one, [])]
    if changed:
        text = f"the relay changed {', '.join(changed)}; have it leave headers as they are"
        yield Finding("loop_headers", Level.WARNING, text)
    else:
        yield Finding("loop_headers", Level.OK, "the other headers came back as they left")
    yield signatures(before, after, is_whole=canonical_body(body) == canonical_body(body_back))


def parted(raw: bytes) -> tuple[Fields, bytes]:
    """Return the headers by name, relaxed (RFC 6376, section 3.4.2), and the body, in CRLF."""
    raw = re.sub(rb"\r?\n", b"\r\n", raw)
    head, _, body = raw.partition(b"\r\n\r\n")
    found: Fields = {}
    for name, value in canonical_fields(head):
        found.setdefault(name.decode("latin-1"), []).append(value.decode("latin-1"))
    return found, body


def renewed(name: str, before: list[str], after: list[str], reply: str) -> Finding:
    """Return whether a header came back that some relays write anew."""
    check = f"loop_{name.replace('-', '_')}"
    if before == after:
        return Finding(check, Level.OK, f"{name} came back as it left")
    text = f"the relay made {name} {before[0]!r} into {', '.join(after)!r}"
    if name == "message-id":
        inner = after[0].strip("<>").partition("@")[0] if after else ""
        told = "holds that id" if inner and inner in reply else "is kept"
        text += f"; its reply to each mail {told}, see `newsletter deliveries show`"
    return Finding(check, Level.WARNING, text)


def listed(name: str, before: list[str], after: list[str]) -> Finding:
    """Return whether a header came back by which mail programs show a way to leave."""
    check = f"loop_{name.replace('-', '_')}"
    if before == after:
        return Finding(check, Level.OK, f"{name} came back as it left")
    did = f"made {name} into {', '.join(after)!r}" if after else f"took {name} out"
    text = f"the relay {did}; readers lose their way to leave: have it left as it is"
    return Finding(check, Level.ERROR, text)


def signatures(before: Fields, after: Fields, *, is_whole: bool) -> Finding:
    """Return whether our signatures are still good: the same headers and body are under them."""
    ours, there = before.get(SIGNATURE.decode(), []), after.get(SIGNATURE.decode(), [])
    if not ours:
        signers = sorted({found[1] for one in there if (found := re.search(r"\bd=([^;\s]+)", one))})
        if signers:
            return Finding("loop_dkim", Level.OK, f"the relay signs for {', '.join(signers)}")
        text = "neither we nor the relay sign; run `newsletter dkim new`"
        return Finding("loop_dkim", Level.WARNING, text)
    names = [one.decode() for one in OVERSIGNED]
    broken = [one for one in names if before.get(one, []) != after.get(one, [])]
    broken += [] if is_whole else ["the body"]
    broken += [] if all(one in there for one in ours) else ["the signature itself"]
    if broken:
        text = f"our signature is no longer good: the relay changed {', '.join(broken)}"
        advice = "have it leave them, or let it sign and take [[dkim]] out"
        return Finding("loop_dkim", Level.ERROR, f"{text}; {advice}")
    return Finding("loop_dkim", Level.OK, "what our signature covers came back unchanged")
