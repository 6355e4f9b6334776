"""Pieces of a template that follow each other -> runs of octets, each kept as one.

A run is kept by the paper, by what is a reader's own of it, or by the mail's shared values; a paper
with what is a reader's own keeps which octets it is made of. A value that stands in the loop over
the cards and is one mail's alone, as a link with its token, leaves a hole there: what stands
between the holes is kept, and nothing is copied to fill them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, groupby
from operator import itemgetter
from typing import Any

from newsletter.rendering.cutting import LOOP_NAME, OWN, SHARED
from newsletter.rendering.pieces import CARD, OF_BOTH, OF_MAIL, OF_OWN, Piece, keep

MOST_LOOPS = 16  # of both parts, by what stands in a mail and the shared values, for each card
LONG = 1000  # octets that all cards share and that are not kept with each reader's own

Values = Mapping[str, Any]
Row = tuple[Any, ...]  # octets, and at its end what they are of


@dataclass(slots=True, eq=False)
class Shown:
    """A card that readers share, with what of it is one's own, and the octets of both together."""

    card: Any  # `card.of(own)` is what a template prints
    own: Sequence[Any]  # in the order of OWN
    source: object = None  # what they were made of
    octets: dict[object, tuple[bytes, ...]] = field(default_factory=dict)  # by the `Rows`


@dataclass(frozen=True, slots=True)
class Run:
    """Pieces between loops that follow each other and print nothing of one mail alone."""

    pieces: Sequence[Piece]
    key: Callable[[Values], Any]  # the shared values that they print
    kept: dict[Any, bytes] = field(default_factory=dict)

    def octets(self, values: Values) -> bytes:
        """Return the pieces with these values."""
        key = self.key(values)
        return self.kept.get(key) or keep(self.kept, key, joined_with(self.pieces, values))


def joined_with(pieces: Sequence[Piece], values: Values) -> bytes:
    """Return the octets of these pieces, which print no card."""
    return b"".join([one.octets(values) for one in pieces])


@dataclass(frozen=True, slots=True)
class Between:
    """What stands between loops: octets that never change, and what is put among them."""

    fixed: list[bytes]
    runs: Sequence[tuple[int, Run | Piece]]  # each with its place
    bare: Sequence[tuple[int, str, Callable[[Any], bytes]]]  # the same for values as they are

    def add(self, found: list[bytes], values: Values, _cards: object = ()) -> None:
        """Add its octets."""
        whole = self.fixed.copy()
        for at, name, show in self.bare:
            whole[at] = show(values[name])
        for at, one in self.runs:
            whole[at] = one.octets(values)
        found += whole


def to_between(pieces: Sequence[Piece]) -> Between:
    """Return pieces that stand between loops, in runs."""
    fixed, runs, bare = list[bytes](), list[tuple[int, Run | Piece]](), []
    for is_single, these in groupby(pieces, lambda one: one.group.is_single):
        for run in [[one] for one in these] if is_single else [list(these)]:
            first, names = run[0], names_of(run)
            at = len(fixed)
            fixed.append(b"" if names or is_single else joined_with(run, {}))
            if first.bare:
                bare.append((at, first.bare, first.show))
            elif is_single:
                runs.append((at, first))
            elif names:
                runs.append((at, Run(run, itemgetter(*names))))
    return Between(fixed, runs, bare)


def names_of(pieces: Sequence[Piece]) -> tuple[str, ...]:
    """Return the mail's shared values that the pieces print."""
    return tuple(sorted({name for one in pieces for name in one.group.names if name in SHARED}))


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """What the octets of the cards with the same shared values are made of.

    A card's row ends in the card, so that no other has its identity while the row is kept.
    """

    shared: Values
    own_runs: Sequence["OwnRun"]
    both_runs: Sequence[Sequence[Piece]]
    cards: dict[int, Row] = field(default_factory=dict)  # by the identity of a card


@dataclass(frozen=True, slots=True)
class OwnRun:
    """Pieces that print nothing of a card but what is a reader's own, by the fields they print."""

    pieces: Sequence[Piece]
    key: Callable[[Any], Any]
    kept: dict[Any, tuple[bytes, ...]] = field(default_factory=dict)

    def made(self, own: Sequence[Any], shared: Values) -> tuple[bytes, ...]:
        """Return the pieces for these fields, now kept: many readers have a line in common."""
        made = b"".join([one.of_own(own, shared) for one in self.pieces])
        return keep(self.kept, self.key(own), between_holes(made, self.pieces))


def between_holes(octets: bytes, pieces: Sequence[Piece]) -> tuple[bytes, ...]:
    """Return what stands before, between and behind the holes of these pieces."""
    found = []
    for filler in chain.from_iterable(one.fillers for one in pieces):
        before, _, octets = octets.partition(filler)
        found.append(before)
    return (*found, octets)


def to_own_run(pieces: Sequence[Piece]) -> OwnRun:
    """Return these pieces as such a run."""
    fields = {name for one in pieces for name in one.group.fields}
    return OwnRun(pieces, itemgetter(*(at for at, name in enumerate(OWN) if name in fields)))


@dataclass(frozen=True, slots=True)
class Loop:
    """A loop over the cards, in runs of pieces that depend on the same."""

    runs: Sequence[tuple[int, Sequence[Piece]]]
    names: tuple[str, ...]  # of the mail's shared values that are printed
    pick: Callable[
        [Sequence[Any]], tuple[bytes, ...]
    ]  # of what a card and its reader give, in order
    width: int  # how many octets each card gives
    fills: Sequence[tuple[int, Callable[[Values], bytes]]]  # which of them are the mail's own
    kept: dict[Any, Rows] = field(default_factory=dict)

    def add(self, found: list[bytes], values: Values, cards: Sequence[Shown]) -> None:
        """Add the octets of each card."""
        key = tuple([values[name] for name in self.names])
        rows = self.kept.get(key)
        if rows is None:
            own_runs = list(map(to_own_run, self.of(OF_OWN)))
            shared = dict(zip(self.names, key, strict=True))
            made = Rows(shared, own_runs, self.of(OF_BOTH))
            rows = keep(self.kept, key, made)
        start = len(found)
        found += chain.from_iterable(
            [one.octets.get(rows) or self.both(one, rows) for one in cards]
        )
        for at, fill in self.fills:
            found[start + at :: self.width] = [fill(values)] * len(cards)

    def both(self, one: Shown, rows: Rows) -> tuple[bytes, ...]:
        """Return the octets of a card and what is its reader's own, made at their first use."""
        card = rows.cards.get(id(one.card)) or self.row(one.card, rows)
        parts, own = [*card], one.own
        for run in rows.own_runs:
            parts += run.kept.get(run.key(own)) or run.made(own, rows.shared)
        for pieces in rows.both_runs:
            made_of_both = pieces[0].of_both(one.card, one.own, rows.shared)
            parts += between_holes(made_of_both, pieces)
        made = self.pick(parts)
        keep(one.octets, rows, made, MOST_LOOPS)
        return made

    def of(self, needed: int) -> list[Sequence[Piece]]:
        """Return the runs that depend on this."""
        return [run for needs, run in self.runs if needs == needed]

    def row(self, card: Any, rows: Rows) -> Row:
        """Return the card's runs, made at its first use."""
        values = {**rows.shared, LOOP_NAME: card}
        made = [
            part
            for run in self.of(CARD)
            for part in between_holes(b"".join([one.render(values) for one in run]), run)
        ]
        return keep(rows.cards, id(card), (b"", *made, card))


def to_loop(pieces: Sequence[Piece]) -> Loop:
    """Return pieces that stand in a loop, in runs."""
    runs = in_runs(pieces)
    parts = [names_between(at, run) for at, (_, run) in enumerate(runs)]
    cards, own, both = (
        [
            one
            for at, (needs, _) in enumerate(runs)
            if needs == kind
            for one in parts[at]
            if is_kept(one)
        ]
        for kind in (CARD, OF_OWN, OF_BOTH)
    )
    fills: dict[Any, Callable[[Values], bytes]] = {
        name: partial(filled, one.show, name) for one in pieces for name in one.group.holes
    }
    fills |= {(at, 0): run[0].octets for at, (needs, run) in enumerate(runs) if needs == OF_MAIL}
    # As `Loop.both` puts them: nothing, a card's and itself, those of its own, those of both.
    row = [None, *cards, LOOP_NAME, *own, *both]
    order = [None, *chain.from_iterable(parts)]
    return Loop(
        runs,
        names_of(pieces),
        itemgetter(0, *(0 if one in fills else row.index(one) for one in order[1:])),  # never one
        len(order),
        [(at, fills[one]) for at, one in enumerate(order) if one in fills],
    )


def filled(show: Callable[[Any], bytes], name: str, values: Values) -> bytes:
    """Return what fills a hole."""
    return show(values[name])


def is_kept(part: tuple[int, int] | str) -> bool:
    """Return whether a part of a run is no hole."""
    return isinstance(part, tuple)


def names_between(at: int, run: Sequence[Piece]) -> list[tuple[int, int] | str]:
    """Return names for the parts of a run: its place and a number, and between them its holes."""
    found: list[tuple[int, int] | str] = [(at, 0)]
    for number, name in enumerate(chain.from_iterable(one.group.holes for one in run), start=1):
        found += [name, (at, number)]
    return found


def in_runs(pieces: Sequence[Piece]) -> list[tuple[int, list[Piece]]]:
    """Return pieces that follow each other and depend on the same together, and on what.

    What all cards share goes with what stands before it, or after it.
    """
    runs = list[tuple[int, list[Piece]]]()
    first = next((one for one in pieces if not one.group.is_constant), None)
    for one in pieces:
        needs = one.needs
        if one.group.is_constant and first:
            beside = runs[-1][0] if runs else first.needs
            is_own = beside == OF_OWN and len(one.render({})) <= LONG
            needs = OF_OWN if is_own else CARD
        if runs and runs[-1][0] == needs and needs in (CARD, OF_OWN):
            runs[-1][1].append(one)
        else:
            runs.append((needs, [one]))
    return runs
