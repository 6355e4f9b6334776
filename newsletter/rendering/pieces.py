"""A stretch of a template -> its octets, rendered and encoded once for all who have its values.

In: the values of a mail, or a card. Out: quoted-printable octets, which can be joined.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from types import SimpleNamespace
from typing import Any, TypeVar

from jinja2 import Template
from jinja2.runtime import Context

from newsletter.rendering.cutting import LOOP_NAME, MARK, SPOT, TOLD, Group
from newsletter.rendering.octets import segment, spliced

T = TypeVar("T")
MOST_KEPT = 4096  # octets of one piece or run
LINKS = ("http://", "https://", "mailto:")
# What the octets of a piece in a loop depend on: the paper, the spot where it stands, why it does,
# several of them, or the mail.
CARD, OF_SPOT, OF_TOLD, OF_MORE, OF_MAIL = range(5)


def escaped(value: Any) -> bytes:
    """Return a value as HTML prints it."""
    if isinstance(value, str) and value.startswith(LINKS):
        return spliced(escape(value))
    return escaped_once(value)


@lru_cache(maxsize=MOST_KEPT, typed=True)  # typed, for a Markup equals the text that it holds
def escaped_once(value: Any) -> bytes:
    """Return the same for a value that other mails may have."""
    return segment(value.__html__() if hasattr(value, "__html__") else escape(str(value)))


def escape(text: str) -> str:
    """Return the text with the signs of HTML as the template language escapes them."""
    text = text.replace("&", "&amp;").replace(">", "&gt;").replace("<", "&lt;")
    return text.replace("'", "&#39;").replace('"', "&#34;")


def printed(value: Any) -> bytes:
    """Return a value as plain text prints it."""
    if isinstance(value, str) and value.startswith(LINKS):
        return spliced(value)
    return printed_once(value)


@lru_cache(maxsize=MOST_KEPT, typed=True)
def printed_once(value: Any) -> bytes:
    """Return the same for a value that other mails may have."""
    return segment(str(value))


def keep(kept: dict[Any, T], key: Any, made: T, most: int = MOST_KEPT) -> T:
    """Keep what was made, forget all that was made before when it is too much, and return it."""
    if len(kept) >= most:
        # Not one each time: a dict looks for its first key from its beginning, past all deleted,
        # and what is let go piece by piece leaves holes that no other memory fits in.
        kept.clear()
    kept[key] = made
    return made


class Generations(dict[Any, T]):
    """What was made, so many and as many again from before: what is asked for again stays.

    Where much is made for one reader alone, what others share would else go with it.
    """

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most
        self.earlier: dict[Any, T] = {}

    def make(self, key: Any, make: Callable[[], T]) -> T:
        """Return what is not among the newest: what was made before, or what is made now."""
        found = self.earlier.get(key)
        made = make() if found is None else found
        if len(self) >= self.most:
            self.earlier = dict(self)
            self.clear()
        self[key] = made
        return made


@dataclass(slots=True)
class Piece:
    """A stretch of a template, the names that it prints, and what it has made of them so far."""

    template: Template
    group: Group
    show: Callable[[Any], bytes]  # a bare value
    fillers: tuple[bytes, ...]  # what stands in its holes, no octet of any text
    bare: str  # the name whose value is all that it prints, "" if it is more
    kept: dict[Any, bytes] = field(default_factory=dict)
    # What `of_own` renders with, each for one thread at a time: made once, for that takes longer
    # than the rendering.
    stages: list[tuple[Any, SimpleNamespace, Context]] = field(default_factory=list)

    def render(self, values: Mapping[str, Any]) -> bytes:
        """Return the stretch with these values and with its holes."""
        return self.octets_of(self.template.render(values))

    def octets_of(self, text: str) -> bytes:
        """Return the rendered stretch with its holes."""
        if not self.fillers:
            return segment(text)
        first, *rest = map(segment, text.split(MARK))
        fillers = zip(self.fillers, rest, strict=True)
        return first + b"".join([filler + one for filler, one in fillers])

    def octets(self, values: Mapping[str, Any]) -> bytes:
        """Return the stretch, which prints no card, with these values."""
        if self.bare:
            return self.show(values[self.bare])
        key = tuple([values[name] for name in self.group.names if name in values])
        found = self.kept.get(key)
        return keep(self.kept, key, self.render(values)) if found is None else found

    def of_own(self, names: Sequence[str], own: Sequence[Any], shared: Mapping[str, Any]) -> bytes:
        """Return the stretch, which prints nothing of a card but these fields of a reader's own."""
        if self.group.is_constant:
            return self.octets(shared)
        stage = None
        with suppress(IndexError):  # not a look first: another thread may take it in between
            stage = self.stages.pop()
        if stage is None or stage[0] is not shared:
            card = SimpleNamespace()
            context = self.template.new_context({**shared, LOOP_NAME: card})
            stage = (shared, card, context)
        _, card, context = stage
        card.__dict__.update(zip(names, own, strict=True))
        made = self.octets_of("".join(self.template.root_render_func(context)))
        self.stages.append(stage)
        return made

    def of_more(self, card: Any, own: Sequence[Any], shared: Mapping[str, Any]) -> bytes:
        """Return the stretch for a shared card and all that is a reader's own of it."""
        key = (card, *own, *shared.values())
        found = self.kept.get(key)
        if found is None:
            found = keep(self.kept, key, self.render({**shared, LOOP_NAME: card.of(own)}))
        return found

    @property
    def needs(self) -> int:
        """Return what its octets depend on, in a loop."""
        if self.group.is_single:
            return OF_MAIL
        if not self.group.is_own:
            return CARD
        if self.group.fields.issubset(SPOT):
            return OF_SPOT
        return OF_TOLD if self.group.fields.issubset(TOLD) else OF_MORE
