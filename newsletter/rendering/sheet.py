"""A compiled template -> pieces: what all mails share is rendered and encoded once, and kept.

A template with a loop `for card in cards` is cut before, in and after it, and each of these where
the values change that are printed, and at each `if` of a bare name. A template that cannot be cut
is one piece: slower, never wrong.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import truth
from typing import Any

from jinja2 import Environment, Template

from newsletter.rendering.cutting import (
    LOOP_LIST,
    MARK,
    Condition,
    Section,
    compiled,
    conditions,
    cut_apart,
    with_holes,
)
from newsletter.rendering.octets import closed, segment
from newsletter.rendering.pieces import Piece, escaped, printed
from newsletter.rendering.rows import Shown
from newsletter.rendering.runs import Between, Loop, to_between, to_loop
from newsletter.rendering.spots import Spot

MOST_HOLES = 100


@dataclass(frozen=True, slots=True)
class Stretch:
    """A section of a template in pieces."""

    pieces: tuple[Piece, ...]
    section: Section

    def where(self, met: Mapping[str, bool]) -> Between | Loop:
        """Return it with those pieces alone whose conditions are met."""
        pieces = [one for one in self.pieces if meets(one.group.condition, met)]
        return to_loop(pieces) if self.section.loop else to_between(pieces)


def meets(condition: Condition | None, met: Mapping[str, bool]) -> bool:
    """Return whether the condition holds, if there is one."""
    return condition is None or met[condition[0]] is condition[1]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A template in pieces."""

    stretches: tuple[Stretch, ...]
    marked: Template  # the whole with marks between the pieces
    conditions: tuple[str, ...] = ()  # bare names
    is_cut: bool = True
    # By the conditions that hold: what stands in a mail.
    layouts: dict[tuple[bool, ...], list[Between | Loop]] = field(default_factory=dict)

    def octets(
        self, values: Mapping[str, Any], cards: Sequence[Shown], spots: Sequence[Spot]
    ) -> list[bytes]:
        """Return the octets of the whole part, to be joined.

        The template prints each card with what is told of it and its spot. Raises KeyError
        if a condition's name is not there.
        """
        if not self.is_cut:
            return self.plainly(values, cards, spots)
        found: list[bytes] = []
        for one in self.layout(values):
            one.add(found, values, cards, spots)
        return closed(found)

    def layout(self, values: Mapping[str, Any]) -> list[Between | Loop]:
        """Return the stretches and pieces whose conditions these values meet."""
        holds = tuple(map(truth, map(values.__getitem__, self.conditions)))
        found = self.layouts.get(holds)
        if found is None:
            met = dict(zip(self.conditions, holds, strict=True))
            stood = (one for one in self.stretches if meets(one.section.condition, met))
            found = self.layouts[holds] = [one.where(met) for one in stood]
        return found

    def plainly(
        self, values: Mapping[str, Any], cards: Sequence[Shown], spots: Sequence[Spot]
    ) -> list[bytes]:
        """Return the same by rendering the whole template, which keeps nothing."""
        whole = self.marked.render(values, **{LOOP_LIST: shown(cards, spots)})
        return closed([segment(text) for text in whole.split(MARK)[:-1]])


def shown(cards: Sequence[Shown], spots: Sequence[Spot]) -> list[Any]:
    """Return the cards as one reader sees them."""
    return [one.card.of((*at.own, *one.told)) for one, at in zip(cards, spots, strict=True)]


def sheet(run: Environment, text: str) -> Sheet:
    """Return the template of this text in pieces. Raises TemplateSyntaxError."""
    sections, is_cut = cut_apart(run, text)
    whole = compiled(run, [node for one in sections for node in one.marked()])
    names = sorted({name for one in sections for group in one.groups for name in group.holes})
    if not is_cut or len(names) > MOST_HOLES:
        return Sheet((), whole, is_cut=False)
    # Beyond ASCII, so in no octets of ours.
    fillers = {name: bytes([0x80 + number]) for number, name in enumerate(names)}
    show = escaped if run.autoescape else printed
    stretches = tuple(
        Stretch(
            tuple(
                Piece(
                    compiled(run, with_holes(group)),
                    group,
                    show,
                    tuple(fillers[name] for name in group.holes),
                    group.bare,
                )
                for group in section.groups
            ),
            section,
        )
        for section in sections
    )
    return Sheet(stretches, whole, conditions(sections))
