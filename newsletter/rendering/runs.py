"""Pieces of a template that follow each other -> runs of octets, each kept as one.

A run is kept by the paper, by the spot where it stands, by why it does, or by the mail's shared
values; a paper with why it is shown keeps which octets it is made of, wherever it stands. A value
that stands in the loop over the cards and is one mail's alone, as a link with its token, leaves a
hole there: what stands between the holes is kept, and nothing is copied to fill them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, groupby
from operator import itemgetter
from typing import Any

from newsletter.rendering.cutting import LOOP_NAME, SHARED, SPOT, TOLD
from newsletter.rendering.pieces import (
    CARD,
    OF_MAIL,
    OF_MORE,
    OF_SPOT,
    OF_TOLD,
    Piece,
    keep,
)
from newsletter.rendering.rows import (
    Column,
    Row,
    Rows,
    Shown,
    Values,
    between_holes,
    to_own_run,
)
from newsletter.rendering.spots import Spot

MOST_LOOPS = 16  # of both parts, by what stands in a mail and the shared values, for each card
LONG = 1000  # octets that all cards share and that are not kept with each reader's own


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

    def add(self, found: list[bytes], values: Values, *_: object) -> None:
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


@dataclass(frozen=True, slots=True)
class Loop:
    """A loop over the cards, in runs of pieces that depend on the same."""

    runs: Sequence[tuple[int, Sequence[Piece]]]
    names: tuple[str, ...]  # of the mail's shared values that are printed
    pick: Callable[
        [Sequence[Any]], tuple[bytes, ...]
    ]  # of what a card and why it is shown give, in order
    width: int  # how many octets each card gives
    fills: Sequence[tuple[int, Callable[[Values], bytes]]]  # which of them are the mail's own
    placed: Sequence[int]  # which of them say where the card stands
    more: Sequence[tuple[Sequence[Piece], Sequence[int]]]  # runs that depend on more, and which
    kept: dict[Any, Rows] = field(default_factory=dict)

    def add(
        self, found: list[bytes], values: Values, cards: Sequence[Shown], spots: Sequence[Spot]
    ) -> None:
        """Add the octets of each card."""
        key = tuple([values[name] for name in self.names])
        rows = self.kept.get(key) or self.rows(key)
        start, width = len(found), self.width
        found += chain.from_iterable(
            [one.octets.get(rows) or self.both(one, rows) for one in cards]
        )
        for at, fill in self.fills:
            found[start + at :: width] = [fill(values)] * len(cards)
        for at, octets in rows.spots:
            found[start + at :: width] = map(octets, spots)
        for run, slots in self.more:
            made = [
                between_holes(run[0].of_more(one.card, (*spot.own, *one.told), rows.shared), run)
                for one, spot in zip(cards, spots, strict=True)
            ]
            # Not strictly: without cards there are no columns.
            for at, column in zip(slots, zip(*made, strict=True), strict=False):
                found[start + at :: width] = column

    def rows(self, key: tuple[Any, ...]) -> Rows:
        """Return what is kept for these shared values, from now on."""
        shared = dict(zip(self.names, key, strict=True))
        placed = [to_own_run(run, SPOT) for run in self.of(OF_SPOT)]
        columns = [
            Column(run, at, shared)
            for run in placed
            for at in range(1 + sum(len(one.fillers) for one in run.pieces))
        ]
        octets = [one.__getitem__ for one in columns]
        spots = list(zip(self.placed, octets, strict=True))
        told = [to_own_run(run, TOLD) for run in self.of(OF_TOLD)]
        return keep(self.kept, key, Rows(shared, spots, told))

    def both(self, one: Shown, rows: Rows) -> tuple[bytes, ...]:
        """Return the octets of a card and why it is shown, made at their first use."""
        card = rows.cards.get(id(one.card)) or self.row(one.card, rows)
        parts = [*card]
        for run in rows.told:
            parts += run.octets(one.told, rows.shared)
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
    order = list(chain.from_iterable(parts))
    if len(order) == 1:
        order.append((0, -1))  # of nothing, for what is picked is a tuple

    def kept_of(needed: int) -> list[tuple[int, int] | str]:
        wanted = (at for at, (needs, _) in enumerate(runs) if needs == needed)
        return [one for at in wanted for one in parts[at] if is_kept(one)]

    fills: dict[Any, Callable[[Values], bytes]] = {
        name: partial(filled, one.show, name) for one in pieces for name in one.group.holes
    }
    fills |= {(at, 0): run[0].octets for at, (needs, run) in enumerate(runs) if needs == OF_MAIL}
    # As `Loop.both` puts them: nothing, a card's and itself, those of what is told. The others
    # are put in mail by mail.
    row = [None, *kept_of(CARD), LOOP_NAME, *kept_of(OF_TOLD)]
    return Loop(
        runs,
        names_of(pieces),
        itemgetter(*(row.index(one) if one in row else 0 for one in order)),
        len(order),
        [(at, fills[one]) for at, one in enumerate(order) if one in fills],
        [order.index(one) for one in kept_of(OF_SPOT)],
        [
            (run, [order.index(one) for one in filter(is_kept, these)])
            for (needs, run), these in zip(runs, parts, strict=True)
            if needs == OF_MORE
        ],
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
            is_own = beside in (OF_SPOT, OF_TOLD) and len(one.render({})) <= LONG
            needs = beside if is_own else CARD
        if runs and runs[-1][0] == needs and needs in (CARD, OF_SPOT, OF_TOLD):
            runs[-1][1].append(one)
        else:
            runs.append((needs, [one]))
    return runs
