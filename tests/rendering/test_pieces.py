"""Templates in pieces: what is kept changes no byte, and what cannot be cut is still right."""

from dataclasses import dataclass, replace

import pytest
from jinja2 import Environment, StrictUndefined

from newsletter.domain.issue import Part, Quote
from newsletter.domain.message import decoded
from newsletter.domain.paper import Paper
from newsletter.rendering.cutting import OWN
from newsletter.rendering.digest import digest
from newsletter.rendering.pieces import OF_MAIL, OF_MORE, OF_SPOT, OF_TOLD
from newsletter.rendering.rows import Shown
from newsletter.rendering.runs import Loop
from newsletter.rendering.sheet import sheet
from newsletter.rendering.spots import Spot
from newsletter.rendering.templates import Templates

from .conftest import (
    DEFAULTS,
    GATES,
    KMEANS,
    LAB,
    LAB_LINKS,
    PUBLIC,
    PUBLIC_LINKS,
    SPINDLES,
    WHY,
    plainly,
    same,
    to_issue,
)

RUN = Environment(autoescape=True, undefined=StrictUndefined)
LOOP = "A {{ title }} {% for card in cards %}<p>{{ card.name }}: {{ card.why }}</p>{% endfor %} Z"
LONG = replace(
    GATES, title="Ωμέγα ≤ 3 ‑ " + "x" * 200, abstract="Wörter .\n. From here  on. " * 900
)
OTHER = (Part("keyword:k-means", 1.0, 1.0, Quote("title", 24, 31, "k-Means")),)
ISSUES = [
    to_issue(),
    to_issue(GATES),
    to_issue(GATES, SPINDLES, KMEANS),
    to_issue(KMEANS, GATES, parts=OTHER),
    to_issue(*(replace(LONG, title=f"{n} {LONG.title}") for n in range(9))),
    to_issue(*(replace(LONG, title=f"{n} {'𝔸' * 900}") for n in range(40)), tldr="𝔸" * 900),
    to_issue(GATES, SPINDLES, tldr=""),
]


@dataclass(frozen=True)
class Named:
    name: str
    why: str = ""
    position: int = 0

    def of(self, own):
        return Named(self.name, own[2], own[1])


def paired(cards, whys):
    """Return the cards, each with why it is shown, and where they stand."""
    shown = [Shown(card, (why,)) for card, why in zip(cards, whys, strict=True)]
    return shown, [Spot(("", number)) for number, _ in enumerate(cards, start=1)]


@pytest.mark.parametrize(("site", "links"), [(LAB, LAB_LINKS), (PUBLIC, PUBLIC_LINKS)])
def test_a_mail_of_kept_pieces_is_byte_for_byte_the_mail_rendered_whole(templates, site, links):
    for _ in range(2):  # the second time all is kept already
        for issue in ISSUES:
            fast = digest(templates, issue, site, links)
            slow = digest(plainly(Templates([DEFAULTS])), issue, site, links)
            assert (fast.subject, fast.html, fast.text) == (slow.subject, slow.html, slow.text)
            assert same(fast.html_octets, slow.html_octets)
            assert same(fast.text_octets, slow.text_octets)


def test_papers_read_anew_for_each_reader_give_the_same_mail(templates):
    anew = replace(GATES, title="".join(list(GATES.title)))
    first, second = (digest(templates, to_issue(one), LAB, LAB_LINKS) for one in (GATES, anew))
    assert same(first.html_octets, second.html_octets)
    assert same(first.text_octets, second.text_octets)


def test_one_readers_reasons_never_reach_another(templates):
    ours = digest(templates, to_issue(KMEANS, parts=OTHER), LAB, LAB_LINKS)
    theirs = digest(templates, to_issue(KMEANS, parts=WHY), LAB, LAB_LINKS)
    assert "“k-Means” in the title" in ours.html
    assert "“k-Means” in the title" not in theirs.html
    assert "Gated Summary" in theirs.html + theirs.text
    assert "Gated Summary" not in ours.html + ours.text


def test_a_readers_own_lines_hold_while_another_thread_renders_anothers():
    line = "{% if card.kicker %}{{ card.kicker }} for {{ card.why }}{% endif %}"
    text = f"{{% for card in cards %}}{line}{{% endfor %}}"
    pieces = [one for stretch in sheet(RUN, text).stretches for one in stretch.pieces]
    (piece,) = [one for one in pieces if {"kicker", "why"} <= one.group.fields]
    shared = {}
    ours, theirs = (piece.of_own(OWN, ("A line", 1, one), shared) for one in ("ours", "theirs"))

    class Meanwhile(str):
        """A value in whose printing the same piece is rendered for somebody else."""

        def __html__(self):
            assert piece.of_own(OWN, ("A line", 2, "theirs"), shared) == theirs
            return "A line"

    assert piece.of_own(OWN, (Meanwhile("x"), 1, "ours"), shared) == ours
    assert len(piece.stages) == 2


def test_the_shipped_templates_can_be_cut_and_share_most_of_a_mail():
    templates = Templates([DEFAULTS])
    for name in ("mail/digest.mjml", "mail/digest.txt"):
        found = templates.sheet(name)
        assert found.is_cut
    digest(templates, to_issue(GATES, SPINDLES), LAB, LAB_LINKS)
    layout = next(iter(templates.sheet("mail/digest.mjml").layouts.values()))
    (loop,) = [one for one in layout if isinstance(one, Loop)]
    assert loop.of(OF_SPOT)
    assert loop.of(OF_TOLD)
    assert not loop.of(OF_MORE) + loop.of(OF_MAIL), "something is rendered for each mail anew"
    (rows,) = loop.kept.values()
    shared = [sum(map(len, row[:-1])) for row in rows.cards.values()]
    assert len(shared) == 2
    assert min(shared) > 700


def test_pieces_meet_where_values_change_and_join_to_the_whole():
    found = sheet(RUN, LOOP)
    cards = paired([Named("a"), Named("c")], ["b", "d"])
    octets = found.octets({"title": "<T>"}, *cards)
    shown = [Named("a", "b", 1), Named("c", "d", 2)]
    assert decoded(octets) == RUN.from_string(LOOP).render(title="<T>", cards=shown) + "\n"
    assert same(octets, found.plainly({"title": "<T>"}, *cards))


@pytest.mark.parametrize(
    "text",
    [
        "no loop {{ title }}",
        LOOP.replace("card.name", "loop.index"),
        LOOP.replace("card.name", "card.name ~ title"),
        LOOP.replace("card.name", "card"),
        LOOP.replace("card.name", "card['name']"),
        LOOP.replace("{{ card.name }}", "{% set x = card.name %}{{ x }}"),
        LOOP.replace("{% endfor %}", "{% else %}none{% endfor %}"),
        LOOP.replace("in cards", "in cards if card.name"),
        "{% set x = title %}" + LOOP + "{{ x }}",
        "{% macro m(a) %}{{ a }}{% endmacro %}" + LOOP + "{{ m(title) }}",
        "{% if title is defined %}" + LOOP + "{% endif %}",
    ],
)
def test_a_template_that_cannot_be_cut_is_rendered_whole(text):
    found = sheet(RUN, text)
    assert not found.is_cut
    for title in ("one", "two"):
        pairs = paired([Named("a"), Named("b")], [title, ""])
        octets = found.octets({"title": title}, *pairs)
        cards = [Named("a", title, 1), Named("b", "", 2)]
        wanted = RUN.from_string(text).render(title=title, cards=cards)
        assert decoded(octets).rstrip("\n") == wanted.rstrip("\n")


LINK = "mailto:a@example.org?subject=rate%20" + "tokenTOKEN" * 5


def test_what_is_one_mails_alone_leaves_a_hole_that_is_filled_in_each_mail():
    found = sheet(RUN, LOOP.replace("card.why", "link }}&amp;n={{ card.position"))
    cards = paired([Named("a"), Named("c")], ["b", "d"])
    for link in (LINK, f"{LINK}2", "", "<&>", "é  \n. From"):
        values = {"title": "T", "link": link}
        assert same(found.octets(values, *cards), found.plainly(values, *cards))
    (loop,) = (one for these in found.layouts.values() for one in these if isinstance(one, Loop))
    assert len(loop.fills) == 1
    (rows,) = loop.kept.values()
    assert len(rows.cards) == 2
    assert all(len(one.octets) == 1 for one in cards[0]), "a link was kept"


def test_a_shared_value_beside_a_card_is_kept_with_it_and_changes_with_it():
    text = LOOP.replace("card.name", "(site_name ~ card.name)")
    found = sheet(RUN, text.replace("card.why", "card.why }}{{ counts }}{{ title | upper"))
    assert found.is_cut
    cards = paired([Named("a"), Named("c")], ["b", "d"])
    for name in ("One", "Two", "One"):
        values = {"site_name": name, "counts": f"{name} of", "title": f"t{name}"}
        assert same(found.octets(values, *cards), found.plainly(values, *cards))


@pytest.mark.parametrize(
    "told",
    [
        "card.name ~ card.why",
        "card.position ~ card.why",
        "card.name ~ card.position",
        "card.position ~ card.name ~ card.why ~ site_name",
    ],
)
def test_a_piece_that_tells_of_a_card_its_spot_and_its_reasons_is_right_for_each(told):
    text = LOOP.replace("card.name", f"({told})").replace("{{ card.why", "{{ link }}{{ card.why")
    found = sheet(RUN, text)
    assert found.is_cut
    for whys in (["b", "d"], ["d", "b"], []):
        for link in ("one", "two"):
            values = {"title": "T", "link": link, "site_name": "S"}
            cards = paired([Named("a"), Named("c")][: len(whys)], whys)
            assert same(found.octets(values, *cards), found.plainly(values, *cards))


def test_what_is_kept_is_bounded():
    found = sheet(RUN, LOOP)
    cards = [Named(f"n{number}") for number in range(9000)]
    for card in cards:
        found.octets({"title": card.name}, *paired([card], [card.name]))
    pieces = [piece for one in found.stretches for piece in one.pieces]
    assert all(len(piece.kept) <= 4096 for piece in pieces)
    loops = [one for these in found.layouts.values() for one in these if isinstance(one, Loop)]
    for one in loops:
        assert len(one.kept) <= 4096
        for rows in one.kept.values():
            assert len(rows.cards) <= 4096
            assert all(len(run.kept) <= 4096 for run in rows.told)
            assert all(len(one.__self__) <= 4096 for _, one in rows.spots)


def test_a_card_keeps_the_octets_of_a_few_shared_values_alone():
    found = sheet(RUN, LOOP.replace("card.why", "counts"))
    cards = paired([Named("a")], [""])
    for number in range(40):
        values = {"title": "T", "counts": str(number)}
        assert same(found.octets(values, *cards), found.plainly(values, *cards))
    assert len(cards[0][0].octets) <= 16


@pytest.mark.parametrize(
    "text",
    [
        LOOP.replace("card.name", "title"),
        LOOP + LOOP,
        "{% if title %}" + LOOP + "{% else %}no {{ title }}{% endif %}",
        LOOP.replace("{{ card.name }}", "{% if title %}{{ title }}#{{ card.name }}{% endif %}"),
    ],
)
def test_values_of_the_mail_may_stand_in_a_loop_and_loops_under_a_condition(text):
    found = sheet(RUN, text)
    assert found.is_cut
    for title in ("one", "", "<two>"):
        owns = [title, ""]
        octets = found.octets({"title": title}, *paired([Named("a"), Named("b")], owns))
        cards = [Named("a", title, 1), Named("b", "", 2)]
        assert decoded(octets).rstrip("\n") == RUN.from_string(text).render(
            title=title, cards=cards
        ).rstrip("\n")


def test_no_foreign_text_can_move_where_pieces_meet(templates):
    odd = Paper("A title with \ufdd0 in it", "An abstract with \ufdd0 in it.", ("\ufdd0 Name",))
    fast = digest(templates, to_issue(odd, tldr="\ufdd0 said."), LAB, LAB_LINKS)
    slow = digest(
        plainly(Templates([DEFAULTS])), to_issue(odd, tldr="\ufdd0 said."), LAB, LAB_LINKS
    )
    assert same(fast.html_octets, slow.html_octets)
    assert "\ufdd0" not in fast.html + fast.text
