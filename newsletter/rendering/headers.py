"""Header lines in RFC 5322 form; in: foreign text and addresses, out: bytes ending in CRLF.

Whatever the text, one call makes one header: control characters become spaces before anything
else is done, so nobody's title can begin a header of its own.
"""

import base64
import re
from functools import lru_cache

from newsletter.errors import AddressError
from newsletter.rendering.plain import CONTROLS, TURNS

LINE = 76  # RFC 2047, section 2: of any line that holds an encoded word
WORD = 75  # and of the word itself
# RFC 2047, section 5 (3): the octets that need no encoding in a phrase.
UNENCODED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")
ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/?^_`{|}~ -]+")
ADDRESS = re.compile(r"[^\s\x00-\x20\x7f-\x9f@<>()\[\]\\,;:\"]+@[A-Za-z0-9.-]+")
# Each octet in the Q encoding, where a space is an underscore.
Q = tuple(
    "_" if octet == 0x20 else chr(octet) if octet in UNENCODED else f"={octet:02X}"
    for octet in range(256)
)
# Not in a URI of RFC 3986, or with a meaning in the header.
NOT_IN_URI = re.compile(r"[^A-Za-z0-9._~:/?#\[\]@!$&'()*+;=%-]")


@lru_cache(maxsize=4096)  # thousands of mails begin with the same paper
def text_header(name: str, text: str) -> bytes:
    """Return a header of free text, such as Subject."""
    shown = one_line(text)
    words = shown.split(" ")
    if shown.isascii() and "=?" not in shown and max(map(len, words)) < LINE - len(name) - 2:
        return folded(name, words)
    return folded(name, encoded_words(shown, LINE - len(name) - 2))


def address_header(name: str, address: str, display: str = "") -> bytes:
    """Return a header with one address and a name before it, if there is one.

    Raises AddressError if it is no address: one that holds a comma or a line end would be two.
    """
    if not ADDRESS.fullmatch(address):
        raise AddressError(f"{one_line(address)[:80]} is not an address for the header {name}")
    return named_header(name, address, display) if display else folded(name, [address])


@lru_cache(maxsize=16)
def named_header(name: str, address: str, display: str) -> bytes:
    """Return the header of an address with a name before it."""
    return folded(name, [*phrase(display, LINE - len(name) - 2), f"<{address}>"])


@lru_cache(maxsize=16)
def id_header(name: str, identity: str, display: str) -> bytes:
    """Return a header that names a list (RFC 2919): a phrase and an id in angle brackets."""
    kept = re.sub(r"[^A-Za-z0-9._-]", "", identity)
    return folded(name, [*phrase(display, LINE - len(name) - 2), f"<{kept}>"])


def uri_header(name: str, uris: list[str]) -> bytes:
    """Return a header of addresses in angle brackets on one physical line.

    Not folded, for relays are known to break the signature of a folded List-Unsubscribe.
    """
    return f"{name}: {', '.join(f'<{uri(one)}>' for one in uris)}\r\n".encode()


def uri(text: str) -> str:
    """Return the address with every character encoded that a URI cannot hold."""
    return NOT_IN_URI.sub(
        lambda found: "".join(f"%{octet:02X}" for octet in found.group().encode(errors="replace")),
        text,
    )


def phrase(text: str, room: int) -> list[str]:
    """Return a display name as atoms, as one quoted string, or as encoded words."""
    shown = one_line(text)
    if not shown.isascii() or "=?" in shown or len(shown) > room - 2:
        return encoded_words(shown, room)
    if ATOMS.fullmatch(shown):
        return [shown]
    escaped = shown.replace("\\", "\\\\").replace('"', '\\"')
    return [f'"{escaped}"'] if len(escaped) <= room - 2 else encoded_words(shown, room)


def encoded_words(text: str, room: int) -> list[str]:
    """Return the text as encoded words (RFC 2047), the first at most `room` characters long.

    Base64 or Q, whichever is shorter; each word holds whole characters.
    """
    octets = text.encode()
    is_quoted = sum(len(Q[octet]) for octet in octets) <= base64_length(len(octets))
    words, held, size, limit = list[str](), "", 0, room
    for char in text:
        more = sum(len(Q[octet]) if is_quoted else 1 for octet in char.encode())
        length = size + more if is_quoted else base64_length(size + more)
        if held and len("=?utf-8?q??=") + length > limit:
            words.append(encoded(held, is_quoted))
            held, size, limit = "", 0, WORD
        held, size = held + char, size + more
    return [*words, encoded(held, is_quoted)]


def base64_length(octets: int) -> int:
    """Return how many characters base64 makes of so many octets."""
    return (octets + 2) // 3 * 4


def encoded(text: str, is_quoted: bool) -> str:
    """Return one encoded word."""
    octets = text.encode()
    if is_quoted:
        return f"=?utf-8?q?{''.join(Q[octet] for octet in octets)}?="
    return f"=?utf-8?b?{base64.b64encode(octets).decode()}?="


def folded(name: str, words: list[str]) -> bytes:
    """Return the header with its words on as many lines as they need, each up to 76 long."""
    lines, line = [], f"{name}: {words[0]}"
    for word in words[1:]:
        if len(line) + 1 + len(word) > LINE:
            lines.append(line)
            line = ""
        line += f" {word}"
    return "\r\n".join([*lines, f"{line}\r\n"]).encode()


def one_line(text: str) -> str:
    """Return the text without control characters and turns, spaces at its ends or doubled."""
    return re.sub(" +", " ", CONTROLS.sub(" ", TURNS.sub("", text))).strip(" ")
