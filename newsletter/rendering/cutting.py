"""A parsed template -> where it is cut: groups of nodes that print the same kind of values.

Cut at each loop `for card in cards`, at each `if` of a bare name, and where the printed names
change. Some of a card's fields are a reader's own; the others, and their pieces, readers share.
So do they some values of the mail; the value of any other name, printed as it is in a loop, leaves
a hole in the piece around it, to be filled mail by mail.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeGuard

from jinja2 import Environment, Template, nodes
from jinja2.meta import find_undeclared_variables

LOOP_NAME, LOOP_LIST = "card", "cards"
# The fields of a card that differ between readers: where in the issue it stands, and why.
SPOT, TOLD = ("kicker", "position"), ("why",)
OWN = (*SPOT, *TOLD)
SHARED = frozenset(  # the names whose values many mails have in common
    (
        *("contents", "counts", "date", "is_cut", "postal_address", "quiet", "receipt"),
        *("site_name", "troubles", "write_to"),
    )
)
SHORT = 400  # characters of constant text that are not worth a piece of their own
MARK = (
    "\ufdd0"  # no character (Unicode 23.7): it marks where pieces meet, and foreign text has none
)
# What carries something over to the nodes after it.
LASTING = (nodes.Assign, nodes.AssignBlock, nodes.Import, nodes.FromImport, nodes.Macro)
OUTER = (nodes.Block, nodes.Extends, nodes.CallBlock, nodes.ScopedEvalContextModifier)

Condition = tuple[str, bool]  # a bare name, and whether its value must be true or false


@dataclass(slots=True)
class Group:
    """Nodes that are printed together."""

    nodes: list[nodes.Node]
    condition: Condition | None = None
    names: tuple[str, ...] = ()  # those that it prints, the loop's own and holes apart; sorted
    fields: frozenset[str] = frozenset()  # those of the card that it prints
    is_constant: bool = True
    in_loop: bool = False

    @property
    def is_single(self) -> bool:
        """Return whether it prints a value that is one mail's alone."""
        return bool(self.bare) or not SHARED.issuperset(self.names)

    @property
    def is_own(self) -> bool:
        """Return whether it prints what is a reader's own of the card."""
        return not self.fields.isdisjoint(OWN)

    @property
    def bare(self) -> str:
        """Return the name whose value it prints as it is and nothing else, "" if it is more."""
        return "" if self.in_loop or len(self.nodes) > 1 else single(self.nodes[0])

    @property
    def holes(self) -> tuple[str, ...]:
        """Return the names whose values are filled in later, in the order of their holes."""
        return tuple(filter(None, map(single, self.nodes))) if self.in_loop else ()


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of a template in groups: a loop over the cards, or what stands between loops."""

    groups: list[Group]
    loop: nodes.For | None = None
    condition: Condition | None = None  # of the loop

    def marked(self) -> list[nodes.Node]:
        """Return its nodes with a mark after each group."""
        body = marked(self.groups)
        if self.loop is None:
            return body
        loop = nodes.For(self.loop.target, self.loop.iter, body, [], None, False)
        return under([loop], self.condition)


def cut_apart(run: Environment, text: str) -> tuple[list[Section], bool]:
    """Return the template of this text in sections, and whether it could be cut.

    Raises TemplateSyntaxError.
    """
    whole = run.parse(text)
    body = flat(whole.body)
    sections: list[Section] = []
    between: list[tuple[nodes.Node, Condition | None]] = []
    for node, condition in body:
        if not is_loop(node):
            between.append((node, condition))
            continue
        inside = flat(node.body)
        if not all(is_plain(run, one) for one, _ in inside):
            return uncut(body), False
        sections += [
            Section(groups(run, between)),
            Section(groups(run, inside, True), node, condition),
        ]
        between = []
    if not sections or any(True for _ in whole.find_all((*LASTING, *OUTER))):
        return uncut(body), False
    return [*sections, Section(groups(run, between))], True


def uncut(body: Sequence[tuple[nodes.Node, Condition | None]]) -> list[Section]:
    """Return the whole template as one group."""
    these = [one for node, condition in body for one in under([node], condition)]
    return [Section([Group(these)])]


def conditions(sections: Sequence[Section]) -> tuple[str, ...]:
    """Return the bare names that decide which pieces stand in a mail."""
    these = [one.condition for one in sections]
    these += [one.condition for section in sections for one in section.groups]
    return tuple(sorted({one[0] for one in these if one}))


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


def is_plain(run: Environment, node: nodes.Node) -> bool:
    """Return whether a node of the loop prints fields of the card by name, or values of the mail.

    What wants both, the card itself, or the loop's own counter, cannot be known by its values.
    """
    names = names_of(run, node)
    uses = sum(map(is_card, (node, *node.find_all(nodes.Name))))
    is_mixed = LOOP_NAME in names and not SHARED.issuperset(names - {LOOP_NAME})
    return not is_mixed and "loop" not in names and uses == len(gets(node))


def flat(
    body: Iterable[nodes.Node], condition: Condition | None = None
) -> list[tuple[nodes.Node, Condition | None]]:
    """Return the nodes, each printed expression and each constant text apart, with its condition.

    An `if` of a bare name, also with `else`, gives the nodes inside it.
    """
    found: list[tuple[nodes.Node, Condition | None]] = []
    for node in body:
        if isinstance(node, nodes.Output):
            found += [(nodes.Output([one], lineno=node.lineno), condition) for one in node.nodes]
        elif condition is None and is_condition(node):
            name = node.test.name  # type: ignore[attr-defined]
            found += flat(node.body, (name, True)) + flat(node.else_, (name, False))
        else:
            found.append((node, condition))
    return found


def is_condition(node: nodes.Node) -> TypeGuard[nodes.If]:
    """Return whether the node is an `if` of a bare name."""
    is_bare = isinstance(node, nodes.If) and isinstance(node.test, nodes.Name) and not node.elif_
    return is_bare and node.test.name != LOOP_NAME  # type: ignore[attr-defined]


def groups(
    run: Environment,
    body: Sequence[tuple[nodes.Node, Condition | None]],
    in_loop: bool = False,
) -> list[Group]:
    """Return the nodes in runs that print the same kind of values under the same condition.

    Short constant text goes with what is a reader's own of a card before or after it.
    """
    found: list[Group] = []
    for node, condition in body:
        one = group(run, node, condition, in_loop)
        last = found[-1] if found and found[-1].condition == condition else None
        if last and is_same(last, one):
            last.nodes.append(node)
            last.is_constant = last.is_constant and one.is_constant
            last.fields |= one.fields
            last.names = tuple(sorted({*last.names, *one.names}))
        else:
            found.append(one)
    return found


def is_same(last: Group, one: Group) -> bool:
    """Return whether two groups that follow each other can be one."""
    if last.is_single or one.is_single:
        return last.names == one.names and not last.bare and not one.bare
    if last.is_own and one.is_own:
        return last.fields == one.fields
    if one.is_own:
        return last.is_constant and is_short(last.nodes)
    if last.is_own:
        return one.is_constant and is_short(one.nodes)
    return True


def group(run: Environment, node: nodes.Node, condition: Condition | None, in_loop: bool) -> Group:
    """Return the node as a group of its own."""
    children = list(node.iter_child_nodes()) if isinstance(node, nodes.Output) else [node]
    name = single(node)
    return Group(
        [node],
        condition,
        (name,) if name and not in_loop else tuple(sorted(names_of(run, node) - {LOOP_NAME, name})),
        frozenset(one.attr for one in gets(node)),
        all(isinstance(one, nodes.TemplateData) for one in children) or bool(name and in_loop),
        in_loop,
    )


def single(node: nodes.Node) -> str:
    """Return the name whose value the node prints as it is, if no other mail has it; else ""."""
    match node:
        case nodes.Output(nodes=[nodes.Name(name=name)]) if name not in (LOOP_NAME, *SHARED):
            return str(name)
    return ""


def is_short(these: Sequence[nodes.Node]) -> bool:
    """Return whether the nodes are a constant text of a few words."""
    texts = (one for node in these for one in node.find_all(nodes.TemplateData))
    return sum(len(one.data) for one in texts) <= SHORT


def is_card(node: nodes.Node) -> bool:
    """Return whether the node is the card itself."""
    return isinstance(node, nodes.Name) and node.name == LOOP_NAME


def names_of(run: Environment, node: nodes.Node) -> set[str]:
    """Return the names that the node wants from outside."""
    found = find_undeclared_variables(nodes.Template([node], environment=run))
    return set(found) - run.globals.keys()


def gets(node: nodes.Node) -> list[nodes.Getattr]:
    """Return where the node takes a field of the card by its name."""
    every = (node, *node.find_all(nodes.Getattr))
    return [one for one in every if isinstance(one, nodes.Getattr) and is_card(one.node)]


def under(these: list[nodes.Node], condition: Condition | None) -> list[nodes.Node]:
    """Return the nodes within their condition."""
    if condition is None:
        return these
    name, wanted = condition
    test: nodes.Expr = nodes.Name(name, "load")
    return [nodes.If(test if wanted else nodes.Not(test), list(these), [], [])]


def marked(these: Iterable[Group]) -> list[nodes.Node]:
    """Return the nodes of all groups with a mark after each group."""
    found: list[nodes.Node] = []
    for one in these:
        mark: nodes.Node = nodes.Output([nodes.TemplateData(MARK)])
        body: list[nodes.Node] = []
        for node in one.nodes:  # a hole is a piece of its own
            body += [mark, node, mark] if one.in_loop and single(node) else [node]
        found += under([*body, mark], one.condition)
    return found


def with_holes(group: Group) -> list[nodes.Node]:
    """Return the group's nodes with a mark in place of each value that is filled in later."""
    mark = nodes.Output([nodes.TemplateData(MARK)])
    return [mark if group.in_loop and single(node) else node for node in group.nodes]


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
