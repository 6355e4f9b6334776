"""Pieces of a template that follow each other -> runs of octets, each kept as one.

A run is kept by the paper, by what is a reader's own of it, or by the mail's shared values. A value
that stands in the loop over the cards and is one mail's alone, as a link with its token, leaves a
hole there: what stands between the holes is kept, and nothing is copied to fill them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, groupby
from operator import concat, itemgetter
from typing import Any

from newsletter.rendering.cutting import LOOP_NAME, OWN, SHARED
from newsletter.rendering.pieces import CARD, OF_BOTH, OF_MAIL, OF_OWN, Piece, keep

MOST_OWNS = 8192
LONG = 1000  # octets that all cards share and that are not kept with each reader's own

Values = Mapping[str, Any]
Row = tuple[Any, ...]  # octets, and at its end what they are of


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
class Rows:
    """The octets of the cards so far, with the same shared values, by the identity of a card.

    Each row ends in the object itself, so that no other has its identity while it is kept.
    """

    shared: Values
    own_runs: Sequence["OwnRun"]
    cards: dict[int, Row] = field(default_factory=dict)
    owns: dict[int, Row] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OwnRun:
    """Pieces that print nothing of a card but what is a reader's own, by the fields they print."""

    pieces: Sequence[Piece]
    key: Callable[[Any], Any]
    kept: dict[Any, tuple[bytes, ...]] = field(default_factory=dict)

    def octets(self, own: Sequence[Any], shared: Values) -> tuple[bytes, ...]:
        """Return the pieces for these fields: many readers have a line in common."""
        key = self.key(own)
        found = self.kept.get(key)
        if found is None:
            made = b"".join([one.of_own(own, shared) for one in self.pieces])
            found = keep(self.kept, key, between_holes(made, self.pieces))
        return found


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
    holes: Sequence[tuple[str, Callable[[Any], bytes]]]  # what fills them
    pick: Callable[[Row], tuple[bytes, ...]]  # from a card's row, own row, others and holes
    has_own: bool  # whether anything depends on what is a reader's own
    has_others: bool  # whether anything depends on the mail, or on a card and its reader together
    card_at: int  # in a row, where the card itself stands
    kept: dict[Any, Rows] = field(default_factory=dict)

    def add(
        self, found: list[bytes], values: Values, cards: Sequence[Any], owns: Sequence[Any]
    ) -> None:
        """Add the octets of each card."""
        key = tuple([values[name] for name in self.names])
        rows = self.kept.get(key)
        if rows is None:
            own_runs = list(map(to_own_run, self.of(OF_OWN)))
            made = Rows(dict(zip(self.names, key, strict=True)), own_runs)
            rows = keep(self.kept, key, made)
        whole = self.rows(rows, cards, owns)
        if self.has_others:
            whole = self.with_others(whole, rows.shared, values)
        if self.holes:
            fillings = tuple([show(values[name]) for name, show in self.holes])
            whole = [row + fillings for row in whole]
        found += chain.from_iterable(map(self.pick, whole))

    def rows(self, rows: Rows, cards: Sequence[Any], owns: Sequence[Any]) -> list[Row]:
        """Return each card's row and own row as one."""
        # `get` may return None, and rows end in any object: below, mypy knows neither.
        found = list(map(rows.cards.get, map(id, cards)))
        if not all(found):
            found = [rows.cards.get(id(card)) or self.row(card, rows) for card in cards]
        if not self.has_own:
            return found  # type: ignore[return-value]
        own = list(map(rows.owns.get, map(id, owns)))
        if not all(own):
            own = [rows.owns.get(id(own)) or self.own_row(own, rows) for own in owns]
        return list(map(concat, found, own))  # type: ignore[arg-type]

    def with_others(self, rows: Sequence[Row], shared: Values, values: Values) -> list[Row]:
        """Return the rows with what depends on the mail, or on a card and its reader together."""
        mails = tuple([run[0].octets(values) for run in self.of(OF_MAIL)])
        both, at = [run[0] for run in self.of(OF_BOTH)], self.card_at
        return [
            (
                *row,
                *mails,
                *chain.from_iterable(
                    between_holes(one.of_both(row[at], row[-1], shared), [one]) for one in both
                ),
            )
            for row in rows
        ]

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
        return keep(rows.cards, id(card), (b"", *made, card))  # type: ignore[no-any-return]

    def own_row(self, own: Any, rows: Rows) -> Row:
        """Return the runs of what is a reader's own, made at its first use."""
        made = chain.from_iterable([run.octets(own, rows.shared) for run in rows.own_runs])
        # Many, for they are small: each names octets that are kept anyway.
        return keep(rows.owns, id(own), (*made, own), MOST_OWNS)  # type: ignore[no-any-return]


def to_loop(pieces: Sequence[Piece]) -> Loop:
    """Return pieces that stand in a loop, in runs."""
    runs = in_runs(pieces)
    parts = [names_between(at, run) for at, (_, run) in enumerate(runs)]
    held = [[one for one in part if isinstance(one, tuple)] for part in parts]
    cards, own, both, mail = (
        [one for at, (needs, _) in enumerate(runs) if needs == kind for one in held[at]]
        for kind in range(4)
    )
    holes = {name: one.show for one in pieces for name in one.group.holes}
    # As the rows are: a card's with nothing before and itself behind, then those of its own.
    row = [None, *cards, None, *([*own, None] if own or both else []), *mail, *both, *holes]
    return Loop(
        runs,
        names_of(pieces),
        list(holes.items()),
        itemgetter(0, *(row.index(one) for one in chain.from_iterable(parts))),  # never of one
        bool(own or both),
        bool(mail or both),
        len(cards) + 1,
    )


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
