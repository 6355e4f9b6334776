"""A compiled template -> pieces: what all mails share is rendered and encoded once, and kept.

A template with one loop `for card in cards` is cut before, in and after it, and each of these where
the values change that are printed. A piece is rendered anew only for values that it has not seen.
A template that cannot be cut is one piece: slower, never wrong.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeGuard

from jinja2 import Environment, Template, nodes
from jinja2.meta import find_undeclared_variables

from newsletter.rendering.octets import Segment, segment

LOOP_NAME, LOOP_LIST = "card", "cards"
PERSONAL = "why"  # the field of a card that is seldom the same for two readers
SHORT = 400  # characters of constant text that are not worth a piece of their own
MOST_KEPT = 4096  # segments of one piece
MARK = (
    "\ufdd0"  # no character (Unicode 23.7): it marks where pieces meet, and foreign text has none
)
# What carries something over to the nodes after it.
LASTING = (nodes.Assign, nodes.AssignBlock, nodes.Import, nodes.FromImport, nodes.Macro)
OUTER = (nodes.Block, nodes.Extends, nodes.CallBlock, nodes.ScopedEvalContextModifier)


@dataclass(slots=True)
class Piece:
    """A stretch of a template, the names that it prints, and what it has made of them so far."""

    template: Template
    names: tuple[str, ...]  # sorted
    personal: bool = False  # of a card: it prints what is a reader's own
    kept: dict[Any, Segment] = field(default_factory=dict)
    constant: Segment | None = None

    def segment(self, values: Mapping[str, Any]) -> Segment:
        """Return the stretch with these values."""
        key = tuple([values[name] for name in self.names if name in values])
        found = self.kept.get(key)
        if found is None:
            found = keep(self.kept, key, segment(self.template.render(values)))
        return found

    def of_card(self, card: Any, why: str) -> Segment:
        """Return the stretch for a shared card and a reader's own reasons."""
        key = why if self.names == (PERSONAL,) else (card, why)
        found = self.kept.get(key)
        if found is None:
            made = segment(self.template.render({LOOP_NAME: card.of(why)}))
            found = keep(self.kept, key, made)
        return found


Row = tuple[tuple[Piece, Segment | None], ...]


def shown(cards: Sequence[Any], whys: Sequence[str]) -> list[Any]:
    """Return the cards as one reader sees them."""
    return [card.of(why) for card, why in zip(cards, whys, strict=True)]


def keep(kept: dict[Any, Any], key: Any, made: Any) -> Any:
    """Keep what was made, and forget what was made first when it is too much; return it."""
    if len(kept) >= MOST_KEPT:
        del kept[next(iter(kept))]
    kept[key] = made
    return made


@dataclass(frozen=True, slots=True)
class Sheet:
    """A template in pieces: before the cards, of each card, after them."""

    head: tuple[Piece, ...]
    card: tuple[Piece, ...]
    tail: tuple[Piece, ...]
    marked: Template  # the whole with marks between the pieces
    is_cut: bool = True
    # By the identity of the card that readers share: it, and its pieces.
    rows: dict[int, tuple[Any, Row]] = field(default_factory=dict)

    def segments(
        self, values: Mapping[str, Any], cards: Sequence[Any], whys: Sequence[str]
    ) -> list[Segment]:
        """Return the rendered pieces in their order; each card is as its readers share it.

        `card.of(why)` is one reader's, which the template prints.
        """
        if not self.is_cut:
            return self.plainly(values, cards, whys)
        found = [piece.constant or piece.segment(values) for piece in self.head]
        for card, why in zip(cards, whys, strict=True):
            row = self.rows.get(id(card))
            for piece, one in row[1] if row else self.row(card):
                found.append(one or piece.of_card(card, why))
        found += [piece.constant or piece.segment(values) for piece in self.tail]
        return found

    def row(self, card: Any) -> Row:
        """Return the card's pieces, each with its segment, None where a reader's own stands."""
        made = tuple(
            (one, None if one.personal else segment(one.template.render({LOOP_NAME: card})))
            for one in self.card
        )
        keep(self.rows, id(card), (card, made))  # the card too, so that nothing else is that id
        return made

    def plainly(
        self, values: Mapping[str, Any], cards: Sequence[Any], whys: Sequence[str]
    ) -> list[Segment]:
        """Return the same by rendering the whole template, which keeps nothing."""
        whole = self.marked.render(values, **{LOOP_LIST: shown(cards, whys)})
        return [segment(text) for text in whole.split(MARK)[:-1]]


def sheet(run: Environment, text: str) -> Sheet:
    """Return the template of this text in pieces. Raises TemplateSyntaxError."""
    body = flat(run.parse(text).body)
    loops = [(place, node) for place, node in enumerate(body) if is_loop(node)]
    whole = nodes.Template(body)
    if len(loops) != 1 or any(True for _ in whole.find_all((*LASTING, *OUTER))):
        return uncut(run, text)
    at, loop = loops[0]
    inside = flat(loop.body)
    bare = sum(map(is_card, nodes.Template(inside).find_all(nodes.Name)))
    named = sum(len(gets(node)) for node in inside)
    if names_of(run, inside) - {LOOP_NAME} or bare > named:
        return uncut(run, text)
    head, tail = groups(run, body[:at]), groups(run, body[at + 1 :])
    card = groups(run, inside, PERSONAL)
    marked_loop = nodes.For(loop.target, loop.iter, marked(card), [], None, False)
    return Sheet(
        tuple(piece(run, group) for group in head),
        tuple(card_piece(run, group) for group in card),
        tuple(piece(run, group) for group in tail),
        compiled(run, [*marked(head), marked_loop, *marked(tail)]),
    )


def uncut(run: Environment, text: str) -> Sheet:
    """Return the whole template as it is."""
    body = flat(run.parse(text).body)
    return Sheet((), (), (), compiled(run, marked([body])), is_cut=False)


def is_loop(node: nodes.Node) -> TypeGuard[nodes.For]:
    """Return whether the node is the plain loop over the cards."""
    return (
        isinstance(node, nodes.For)
        and isinstance(node.target, nodes.Name)
        and isinstance(node.iter, nodes.Name)
        and (node.target.name, node.iter.name) == (LOOP_NAME, LOOP_LIST)
        and not node.else_
        and node.test is None
        and not node.recursive
    )


def flat(body: Iterable[nodes.Node]) -> list[nodes.Node]:
    """Return the nodes with each printed expression and each constant text as one of its own."""
    found: list[nodes.Node] = []
    for node in body:
        if isinstance(node, nodes.Output):
            found += [nodes.Output([one], lineno=node.lineno) for one in node.nodes]
        else:
            found.append(node)
    return found


def groups(
    run: Environment, body: Sequence[nodes.Node], personal: str = ""
) -> list[list[nodes.Node]]:
    """Return the nodes in runs: constant ones, and those that print the same kind of values.

    With `personal`, a card's: the runs that print this field stand apart from those that do not.
    Short constant text goes with the run before it.
    """
    found: list[tuple[object, list[nodes.Node]]] = []
    for node in body:
        kind: object = frozenset(names_of(run, [node]))
        if personal:
            kind = prints(node, personal)
        elif not kind and found and is_short(node):
            kind = found[-1][0]
        if found and found[-1][0] == kind:
            found[-1][1].append(node)
        else:
            found.append((kind, [node]))
    return [group for _, group in found]


def is_short(node: nodes.Node) -> bool:
    """Return whether the node is a constant text of a few words."""
    return sum(len(one.data) for one in node.find_all(nodes.TemplateData)) <= SHORT


def prints(node: nodes.Node, name: str) -> bool:
    """Return whether the node prints this field of the card."""
    return any(one.attr == name for one in gets(node))


def is_card(node: nodes.Node) -> bool:
    """Return whether the node is the card itself."""
    return isinstance(node, nodes.Name) and node.name == LOOP_NAME


def names_of(run: Environment, body: Sequence[nodes.Node]) -> set[str]:
    """Return the names that the nodes want from outside."""
    return set(find_undeclared_variables(nodes.Template(list(body), environment=run)))


def piece(run: Environment, group: list[nodes.Node]) -> Piece:
    """Return the nodes as a piece, known by the values that it prints."""
    found = Piece(compiled(run, group), tuple(sorted(names_of(run, group))))
    if all(
        isinstance(one, nodes.TemplateData) for node in group for one in node.iter_child_nodes()
    ):
        found.constant = segment(found.template.render())
    return found


def card_piece(run: Environment, group: list[nodes.Node]) -> Piece:
    """Return a piece of a card, known by the card's fields that it prints."""
    fields = {one.attr for node in group for one in gets(node)}
    return Piece(compiled(run, group), tuple(sorted(fields)), prints(group[0], PERSONAL))


def gets(node: nodes.Node) -> list[nodes.Getattr]:
    """Return where the node takes a field of the card by its name."""
    return [one for one in (node, *node.find_all(nodes.Getattr)) if is_field(one)]  # type: ignore[misc]


def is_field(node: nodes.Node) -> bool:
    """Return whether the node is a field of the card."""
    return isinstance(node, nodes.Getattr) and is_card(node.node)


def marked(groups_: Iterable[list[nodes.Node]]) -> list[nodes.Node]:
    """Return the nodes of all groups with a mark after each group."""
    found: list[nodes.Node] = []
    for group in groups_:
        found += [*group, nodes.Output([nodes.TemplateData(MARK)])]
    return found


def compiled(run: Environment, body: Sequence[nodes.Node]) -> Template:
    """Return the nodes as a template."""
    tree = nodes.Template(list(body), lineno=1)
    for node in walk(tree):
        node.lineno = getattr(node, "lineno", None) or 1
        node.set_environment(run)
    return run.from_string(tree)


def walk(node: nodes.Node) -> Iterator[nodes.Node]:
    """Yield the node and all below it."""
    yield node
    for child in node.iter_child_nodes():
        yield from walk(child)
