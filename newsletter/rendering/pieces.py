"""A compiled template -> pieces: what all mails share is rendered and encoded once, and kept.

A template with a loop `for card in cards` is cut before, in and after it, and each of these where
the values change that are printed, and at each `if` of a bare name. A piece is rendered anew only
for values that it has not seen; one that prints a bare name needs no rendering at all.
A template that cannot be cut is one piece: slower, never wrong.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import count, groupby
from typing import Any

from jinja2 import Environment, Template

from newsletter.rendering.cutting import (
    LOOP_LIST,
    LOOP_NAME,
    MARK,
    Condition,
    Group,
    compiled,
    conditions,
    cut_apart,
)
from newsletter.rendering.octets import Segment, merged, segment

MOST_KEPT = 4096  # segments of one piece


@lru_cache(maxsize=MOST_KEPT, typed=True)  # typed, for a Markup equals the text that it holds
def escaped(value: Any) -> Segment:
    """Return a value as HTML prints it."""
    if hasattr(value, "__html__"):
        return segment(value.__html__())
    text = str(value).replace("&", "&amp;").replace(">", "&gt;").replace("<", "&lt;")
    return segment(text.replace("'", "&#39;").replace('"', "&#34;"))


@lru_cache(maxsize=MOST_KEPT, typed=True)
def printed(value: Any) -> Segment:
    """Return a value as plain text prints it."""
    return segment(str(value))


@dataclass(slots=True)
class Piece:
    """A stretch of a template, the names that it prints, and what it has made of them so far."""

    template: Template
    group: Group
    show: Callable[[Any], Segment]  # a bare value
    bare: str = ""  # the name whose value is all that it prints
    only: int | None = None  # the place in OWN of the one field of a card that it prints
    kept: dict[Any, Segment] = field(default_factory=dict)
    constant: Segment | None = None

    def segment(self, values: Mapping[str, Any]) -> Segment:
        """Return the stretch with these values."""
        if self.constant:
            return self.constant
        if self.bare in values:
            return self.show(values[self.bare])
        key = tuple([values[name] for name in self.group.names if name in values])
        return self.kept.get(key) or self.keep(key, segment(self.template.render(values)))

    def of_card(self, card: Any, own: Sequence[Any]) -> Segment:
        """Return the stretch for a shared card and what is a reader's own of it."""
        key = own[self.only] if self.only is not None else (card, *own)
        found = self.kept.get(key)
        if found is None:
            made = segment(self.template.render({LOOP_NAME: card.of(own)}))
            found = self.keep(key, made)
        return found

    @property
    def is_shared(self) -> bool:
        """Return whether all readers of a card share it."""
        return not self.group.is_own and not self.group.is_outer

    def shared(self, card: Any) -> Segment:
        """Return the stretch of a card as all its readers share it."""
        return self.constant or segment(self.template.render({LOOP_NAME: card}))

    def keep(self, key: Any, made: Segment) -> Segment:
        """Keep what was made, and return it."""
        keep(self.kept, key, made)
        return made


def shown(cards: Sequence[Any], owns: Sequence[Sequence[Any]]) -> list[Any]:
    """Return the cards as one reader sees them."""
    return [card.of(own) for card, own in zip(cards, owns, strict=True)]


def keep(kept: dict[Any, Any], key: Any, made: Any) -> None:
    """Keep what was made, and forget what was made first when it is too much."""
    if len(kept) >= MOST_KEPT:
        del kept[next(iter(kept))]
    kept[key] = made


# Of each piece of a card: the segment that its readers share; else the piece that prints what is a
# reader's own, and which field of it (-1: several); else the number of the mail's own segment.
Row = list[tuple[Segment | None, Piece | None, int]]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Pieces that follow each other, of each card or of what stands between the cards."""

    pieces: tuple[Piece, ...]
    is_loop: bool
    condition: Condition | None = None
    rows: dict[int, tuple[Any, Row]] = field(default_factory=dict)  # by a shared card's identity

    def add_cards(
        self,
        found: list[Segment],
        values: Mapping[str, Any],
        cards: Sequence[Any],
        owns: Sequence[Sequence[Any]],
    ) -> None:
        """Add the pieces of each card."""
        mails = [piece.segment(values) for piece in self.pieces if piece.group.is_outer]
        rows, add = self.rows, found.append
        for card, own in zip(cards, owns, strict=True):
            row = rows.get(id(card))
            for made, kept, at in row[1] if row else self.row(card):
                if made is not None:
                    add(made)
                elif kept is None:
                    add(mails[at])
                else:
                    # A piece that prints one field alone is found without a call.
                    add((kept.kept.get(own[at]) if at >= 0 else None) or kept.of_card(card, own))

    def row(self, card: Any) -> Row:
        """Return the card's pieces, made at its first use."""
        made: Row = []
        numbers = count()
        for is_shared, pieces in groupby(self.pieces, lambda one: one.is_shared):
            if is_shared:
                made.append((merged(one.shared(card) for one in pieces), None, 0))
                continue
            for one in pieces:
                if one.group.is_own:
                    made.append((None, one, -1 if one.only is None else one.only))
                else:
                    made.append((None, None, next(numbers)))
        keep(self.rows, id(card), (card, made))  # the card too, so that nothing else is that id
        return made

    def where(self, met: Mapping[str, bool]) -> "Stretch":
        """Return it with those pieces alone whose conditions are met."""
        pieces = [one for one in self.pieces if meets(one.group.condition, met)]
        if not self.is_loop:
            runs = groupby(pieces, lambda one: one.constant is not None)
            pieces = [one for is_constant, run in runs for one in united(run, is_constant)]
        return Stretch(tuple(pieces), self.is_loop, self.condition)


def united(pieces: Iterable[Piece], are_constant: bool) -> list[Piece]:
    """Return the pieces, constant ones as one."""
    these = list(pieces)
    if not are_constant:
        return these
    constant = merged(one.constant for one in these if one.constant)
    return [replace(these[0], constant=constant)]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A template in pieces."""

    stretches: tuple[Stretch, ...]
    marked: Template  # the whole with marks between the pieces
    conditions: tuple[str, ...] = ()  # bare names
    is_cut: bool = True
    # By the conditions that hold: what stands in a mail.
    layouts: dict[tuple[bool, ...], list[Stretch]] = field(default_factory=dict)

    def segments(
        self, values: Mapping[str, Any], cards: Sequence[Any], owns: Sequence[Sequence[Any]]
    ) -> list[Segment]:
        """Return the rendered pieces in their order; each card is as its readers share it.

        `card.of(own)` is one reader's, which the template prints; `own` is in the order of OWN.
        Raises KeyError if a condition's name is not there.
        """
        if not self.is_cut:
            return self.plainly(values, cards, owns)
        found: list[Segment] = []
        for one in self.layout(values):
            if one.is_loop:
                one.add_cards(found, values, cards, owns)
            else:
                found += [piece.constant or piece.segment(values) for piece in one.pieces]
        return found

    def layout(self, values: Mapping[str, Any]) -> list[Stretch]:
        """Return the stretches and pieces whose conditions these values meet."""
        holds = tuple([bool(values[name]) for name in self.conditions])
        if holds not in self.layouts:
            met = dict(zip(self.conditions, holds, strict=True))
            stood = (one for one in self.stretches if meets(one.condition, met))
            self.layouts[holds] = [one.where(met) for one in stood]
        return self.layouts[holds]

    def plainly(
        self, values: Mapping[str, Any], cards: Sequence[Any], owns: Sequence[Sequence[Any]]
    ) -> list[Segment]:
        """Return the same by rendering the whole template, which keeps nothing."""
        whole = self.marked.render(values, **{LOOP_LIST: shown(cards, owns)})
        return [segment(text) for text in whole.split(MARK)[:-1]]


def meets(condition: Condition | None, met: Mapping[str, bool]) -> bool:
    """Return whether the condition holds, if there is one."""
    return condition is None or met[condition[0]] is condition[1]


def sheet(run: Environment, text: str) -> Sheet:
    """Return the template of this text in pieces. Raises TemplateSyntaxError."""
    sections, is_cut = cut_apart(run, text)
    whole = compiled(run, [node for one in sections for node in one.marked()])
    if not is_cut:
        return Sheet((), whole, is_cut=False)
    stretches = tuple(
        Stretch(
            tuple(piece(run, group) for group in one.groups), one.loop is not None, one.condition
        )
        for one in sections
    )
    return Sheet(stretches, whole, conditions(sections))


def piece(run: Environment, group: Group) -> Piece:
    """Return the group as a piece, rendered already if it is constant."""
    show = escaped if run.autoescape else printed
    made = Piece(compiled(run, group.nodes), group, show, group.bare, group.only)
    if group.is_constant:
        made.constant = segment(made.template.render())
    return made
