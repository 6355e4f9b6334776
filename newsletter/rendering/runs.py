"""Pieces of a template that follow each other -> runs of octets, each kept as one.

A run is kept by the paper, by what is a reader's own of it, or by the mail's shared values. A value
that stands in the loop over the cards and is one mail's alone, as a link with its token, leaves a
hole there, and all holes are filled at once.
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
    kept: dict[Any, bytes] = field(default_factory=dict)

    def octets(self, own: Sequence[Any], shared: Values) -> bytes:
        """Return the pieces for these fields: many readers have a line in common."""
        key = self.key(own)
        found = self.kept.get(key)
        if found is None:
            made = b"".join([one.of_own(own, shared) for one in self.pieces])
            found = keep(self.kept, key, made)
        return found


def to_own_run(pieces: Sequence[Piece]) -> OwnRun:
    """Return these pieces as such a run."""
    fields = {name for one in pieces for name in one.group.fields}
    return OwnRun(pieces, itemgetter(*(at for at, name in enumerate(OWN) if name in fields)))


@dataclass(frozen=True, slots=True)
class Loop:
    """A loop over the cards, in runs of pieces that depend on the same."""

    runs: Sequence[tuple[int, Sequence[Piece]]]
    names: tuple[str, ...]  # of the mail's shared values that are printed
    holes: Sequence[tuple[bytes, str, Callable[[Any], bytes]]]
    pick: Callable[[Row], tuple[bytes, ...]]  # from a card's row, own row and others
    has_own: bool  # whether anything depends on what is a reader's own
    has_others: bool  # whether anything depends on the mail, or on a card and its reader together
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
        if not self.holes:
            found += chain.from_iterable(map(self.pick, whole))
            return
        body = b"".join(chain.from_iterable(map(self.pick, whole)))
        for filler, name, show in self.holes:
            body = body.replace(filler, show(values[name]))
        found.append(body)

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
        both, at = [run[0] for run in self.of(OF_BOTH)], len(self.of(CARD)) + 1
        return [
            (*row, *mails, *(one.of_both(row[at], row[-1], shared) for one in both)) for row in rows
        ]

    def of(self, needed: int) -> list[Sequence[Piece]]:
        """Return the runs that depend on this."""
        return [run for needs, run in self.runs if needs == needed]

    def row(self, card: Any, rows: Rows) -> Row:
        """Return the card's runs, made at its first use."""
        values = {**rows.shared, LOOP_NAME: card}
        made = [b"".join([one.render(values) for one in run]) for run in self.of(CARD)]
        return keep(rows.cards, id(card), (b"", *made, card))  # type: ignore[no-any-return]

    def own_row(self, own: Any, rows: Rows) -> Row:
        """Return the runs of what is a reader's own, made at its first use."""
        made = [run.octets(own, rows.shared) for run in rows.own_runs]
        # Many, for they are small: each names octets that are kept anyway.
        return keep(rows.owns, id(own), (*made, own), MOST_OWNS)  # type: ignore[no-any-return]


def to_loop(pieces: Sequence[Piece]) -> Loop:
    """Return pieces that stand in a loop, in runs."""
    runs = in_runs(pieces)
    numbers = [[at for at, (needs, _) in enumerate(runs) if needs == kind] for kind in range(4)]
    cards, own, both, mail = numbers
    # As the rows are: a card's with nothing before and itself behind, then those of its own.
    places = [None, *cards, None, *([*own, None] if own or both else []), *mail, *both]
    holes = {
        filler: (name, one.show)
        for one in pieces
        for filler, name in zip(one.fillers, one.group.holes, strict=True)
    }
    return Loop(
        runs,
        names_of(pieces),
        [(filler, *shown) for filler, shown in holes.items()],
        itemgetter(0, *(places.index(at) for at in range(len(runs)))),  # never of one alone
        bool(own or both),
        bool(mail or both),
    )


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
