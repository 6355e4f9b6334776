"""What the octets of cards are made of, each kept: by the paper, its spot in an issue, and why.

In: cards, the spots where they stand, and why they do. Out: quoted-printable octets, which can be
joined.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from operator import itemgetter
from typing import Any

from newsletter.rendering.pieces import Piece, keep
from newsletter.rendering.spots import Spot

Values = Mapping[str, Any]
Row = tuple[Any, ...]  # octets, and at its end what they are of


@dataclass(slots=True, eq=False)
class Shown:
    """A card that readers share, with why it is shown, and the octets of both together.

    `card.of(own)` is what a template prints, in the order of OWN.
    """

    card: Any
    told: Sequence[Any]  # in the order of TOLD
    source: object = None  # what they were made of
    octets: dict[object, tuple[bytes, ...]] = field(default_factory=dict)  # by the `Rows`


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """What the octets of the cards with the same shared values are made of.

    A card's row ends in the card, so that no other has its identity while the row is kept.
    """

    shared: Values
    spots: Sequence[tuple[int, Callable[[Spot], bytes]]]  # by their number of a card's octets
    told: Sequence["OwnRun"]
    cards: dict[int, Row] = field(default_factory=dict)  # by the identity of a card


@dataclass(frozen=True, slots=True)
class OwnRun:
    """Pieces that print nothing of a card but what is a reader's own, by the fields they print."""

    pieces: Sequence[Piece]
    names: Sequence[str]  # of what they are made: those of a spot, or of what is told
    key: Callable[[Any], Any]
    kept: dict[Any, tuple[bytes, ...]] = field(default_factory=dict)

    def octets(self, own: Sequence[Any], shared: Values) -> tuple[bytes, ...]:
        """Return the pieces for these fields, kept: many readers have a line in common."""
        found = self.kept.get(self.key(own))
        if found:
            return found
        made = b"".join([one.of_own(self.names, own, shared) for one in self.pieces])
        return keep(self.kept, self.key(own), between_holes(made, self.pieces))


class Column(dict[Spot, bytes]):
    """Some of the octets of all cards that say where they stand, each made at its first use."""

    def __init__(self, run: OwnRun, at: int, shared: Values) -> None:
        super().__init__()
        self.run, self.at, self.shared = run, at, shared

    def __missing__(self, spot: Spot) -> bytes:
        """Return the octets of the spot, now kept."""
        return keep(self, spot, self.run.octets(spot.own, self.shared)[self.at])


def between_holes(octets: bytes, pieces: Sequence[Piece]) -> tuple[bytes, ...]:
    """Return what stands before, between and behind the holes of these pieces."""
    found = []
    for filler in chain.from_iterable(one.fillers for one in pieces):
        before, _, octets = octets.partition(filler)
        found.append(before)
    return (*found, octets)


def to_own_run(pieces: Sequence[Piece], names: Sequence[str]) -> OwnRun:
    """Return these pieces as such a run."""
    fields = {name for one in pieces for name in one.group.fields}
    wanted = (at for at, name in enumerate(names) if name in fields)
    return OwnRun(pieces, names, itemgetter(*wanted))
