"""The text of a paper by which it is compared with others, and the digest that names a text."""

from hashlib import blake2b


def wording(title: str, abstract: str) -> str:
    """Return what a paper says of itself: its title as a sentence, then its abstract if any."""
    return f"{title}. {abstract}" if abstract else title


def digest(text: str) -> str:
    """Return 32 hex digits that two different texts never share."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
