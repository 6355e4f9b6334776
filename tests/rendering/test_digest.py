"""A digest rendered: both parts hold the same, within its size, and nothing in it acts."""

import re
from dataclasses import replace

import pytest

from newsletter.domain.issue import Part, Quote
from newsletter.domain.paper import Paper
from newsletter.rendering.confirmation import confirmation
from newsletter.rendering.digest import HTML_BYTES, digest

from .conftest import (
    GATES,
    KMEANS,
    LAB,
    LAB_LINKS,
    PUBLIC,
    PUBLIC_LINKS,
    SPINDLES,
    links_in_text,
    read_html,
    titles_in_text,
    to_issue,
)


def test_a_paper_is_told_in_full_without_a_public_address(templates):
    page = read_html(digest(templates, to_issue(GATES), LAB, LAB_LINKS).html)
    assert page.headings == [("h1", "Saturday 14 March 2026"), ("h2", GATES.title)]
    for told in (
        "1 of 214 new papers",
        "Ada Okafor, Jun Watanabe, Lena Brandt and 2 more",
        "arXiv:2609.01234 · cs.CL, cs.LG · 41 votes · with code",
        "A gate decides.",
        GATES.abstract,
        "1 · Language",
        "Why: “Gated Summary” in the title; just out",
        "1 of 214 new papers. cs.CL 120 announced; cs.LG 94 announced.",
        "You get this because you subscribed to Morning Papers.",
        "12 Long Street, Riverton",
    ):
        assert told in page.text
    assert page.links == [
        "https://arxiv.org/abs/2609.01234",
        "https://arxiv.org/pdf/2609.01234",
        "mailto:papers@example.org?subject=pause%20t2",
        "mailto:papers@example.org?subject=unsubscribe%20t1",
        "mailto:papers@example.org",
    ]


def test_the_text_part_has_the_shape_of_arxivs_own_mail(templates):
    text = digest(templates, to_issue(GATES), LAB, LAB_LINKS).text
    assert text == (
        "Morning Papers\n"
        "Saturday 14 March 2026\n"
        "1 of 214 new papers\n"
        "\n"
        f"{'-' * 78}\n"
        "\\\\\n"
        "1 · Language\n"
        "arXiv:2609.01234\n"
        "Title: Reading Less to Remember More: Gated Summary Memory for Long\n"
        "  Documents\n"
        "Authors: Ada Okafor, Jun Watanabe, Lena Brandt and 2 more\n"
        "Categories: cs.CL, cs.LG\n"
        "Comments: 41 votes\n"
        "Why: “Gated Summary” in the title; just out; readers’ votes\n"
        "\\\\\n"
        "  A gate decides.\n"
        "\n"
        "  Models keep a long list of past turns. We show how little of it is needed.\n"
        "\\\\ ( https://arxiv.org/abs/2609.01234 )\n"
        "PDF: https://arxiv.org/pdf/2609.01234\n"
        "Code: https://github.com/example/gates\n"
        f"{'-' * 78}\n"
        "\n"
        "1 of 214 new papers. cs.CL 120 announced; cs.LG 94 announced.\n"
        "\n"
        "You get this because you subscribed to Morning Papers.\n"
        "Pause: mailto:papers@example.org?subject=pause%20t2\n"
        "Unsubscribe: mailto:papers@example.org?subject=unsubscribe%20t1\n"
        "\n"
        "To change your topics, or to subscribe if this was forwarded to you:\n"
        "mailto:papers@example.org\n"
        "\n"
        "12 Long Street, Riverton\n"
    )


def test_with_a_public_address_the_sentence_stands_for_the_abstract(templates):
    rendered = digest(templates, to_issue(GATES), PUBLIC, PUBLIC_LINKS)
    page = read_html(rendered.html)
    assert "A gate decides." in page.text
    assert GATES.abstract not in page.text
    assert GATES.abstract not in rendered.text
    assert PUBLIC_LINKS.web_view in page.links
    assert "Read on the web" in page.text


def test_a_paper_without_a_sentence_shows_the_start_of_its_abstract(templates):
    long = replace(GATES, abstract="several words " * 200)
    rendered = digest(templates, to_issue(long, tldr=""), PUBLIC, PUBLIC_LINKS)
    # The first is the preheader.
    _, shown = re.findall(r"(?:several words )+several(?: words)?…", rendered.html)
    assert 50 <= len(shown.split()) <= 70


@pytest.mark.parametrize(
    ("site", "links"), [(PUBLIC, PUBLIC_LINKS), (LAB, LAB_LINKS)], ids=["public", "lab"]
)
def test_both_parts_hold_the_same_papers_and_links(templates, site, links):
    rendered = digest(templates, to_issue(GATES, SPINDLES, KMEANS), site, links)
    page = read_html(rendered.html)
    titles = [words for tag, words in page.headings if tag == "h2"]
    assert titles == [GATES.title, SPINDLES.title, KMEANS.title]
    assert titles_in_text(rendered.text) == titles
    # The code's address makes a fourth link of a paper, for which the HTML has a word.
    assert sorted(links_in_text(rendered.text)) == sorted([*page.links, GATES.code_url])
    lines = [line for line in rendered.text.split("\n") if not links_in_text(line)]
    assert max(map(len, lines)) == 78


def test_nothing_of_ours_but_mailto_is_linked_without_a_public_address(templates):
    here = "http://localhost:8025"
    links = LAB_LINKS._replace(
        unsubscribe=f"{here}/unsubscribe",
        pause=f"{here}/pause",
        preferences=f"{here}/preferences",
        web_view=f"{here}/read",
    )
    paper = replace(GATES, url=f"{here}/paper", code_url="http://127.0.0.1/code")
    rendered = digest(templates, to_issue(paper), LAB, links)
    assert "localhost" not in rendered.html + rendered.text
    assert "127.0.0.1" not in rendered.html + rendered.text
    assert "mailto:papers@example.org?subject=unsubscribe%20t1" in read_html(rendered.html).links


NASTY = '<script>alert("x")</script> {{7*7}} {% raise %} [[ 7*7 ]] & "quoted"\r\nBcc: all'


def test_a_hostile_paper_is_shown_as_the_words_it_is(templates):
    paper = Paper(
        NASTY, NASTY, (NASTY,), (NASTY,), url="javascript:alert(1)", venue=NASTY, code_url="data:,x"
    )
    parts = (Part(f"keyword:{NASTY}", 1, 1, Quote("title", 0, 8, "<script>")),)
    rendered = digest(templates, to_issue(paper, tldr=NASTY, parts=parts), LAB, LAB_LINKS)
    page = read_html(rendered.html)
    plain = " ".join(NASTY.split())
    assert ("h2", plain) in page.headings
    assert "script" not in {tag for tag, _ in page.tags}
    assert page.text.count("{{7*7}}") >= 6
    assert "49" not in page.text
    assert "\n" not in rendered.subject
    assert all(link.startswith(("https://arxiv.org/search/", "mailto:")) for link in page.links)
    assert titles_in_text(rendered.text) == [plain]


def test_the_subject_is_the_best_title_cut_at_a_word_and_the_preheader_the_next_two(templates):
    long = replace(GATES, title=GATES.title + " and for Very Long Conversations")
    rendered = digest(templates, to_issue(long, SPINDLES, KMEANS), PUBLIC, PUBLIC_LINKS)
    assert rendered.subject == (
        "Reading Less to Remember More: Gated Summary Memory for Long… and 2 more"
    )
    assert rendered.preheader == (
        "Sleep Spindles Predict Next-Day Learning in 4,120… · Tight Bounds for Online k-Means"
    )
    assert rendered.preheader in rendered.html
    short = digest(templates, to_issue(KMEANS, GATES), PUBLIC, PUBLIC_LINKS)
    assert short.subject == "Tight Bounds for Online k-Means, and 1 more"
    alone = digest(templates, to_issue(KMEANS), PUBLIC, PUBLIC_LINKS)
    assert alone.subject == "Tight Bounds for Online k-Means"
    assert alone.preheader == "A gate decides."


def test_forty_long_abstracts_keep_all_titles_and_the_foot_within_the_budget(templates):
    papers = [
        replace(GATES, title=f"{GATES.title}, Part {n}", abstract="Twelve words of ä text. " * 80)
        for n in range(40)
    ]
    rendered = digest(templates, to_issue(*papers), LAB, LAB_LINKS)
    page = read_html(rendered.html)
    assert len(rendered.html.encode()) <= HTML_BYTES
    assert [words for tag, words in page.headings if tag == "h2"] == [p.title for p in papers]
    assert titles_in_text(rendered.text) == [p.title for p in papers]
    assert "mailto:papers@example.org?subject=unsubscribe%20t1" in page.links
    assert "A gate decides." in page.text


def test_what_was_cut_for_size_is_told_to_be_on_the_web(templates):
    papers = [replace(GATES, title=f"Part {n}", abstract="Words of text. " * 90) for n in range(55)]
    rendered = digest(templates, to_issue(*papers, tldr=""), PUBLIC, PUBLIC_LINKS)
    page = read_html(rendered.html)
    assert len(rendered.html.encode()) <= HTML_BYTES
    assert "Read the rest on the web" in page.text
    assert "Read the rest on the web:" in rendered.text


def test_the_page_is_accessible_and_asks_nothing_of_the_network(templates):
    html = digest(templates, to_issue(GATES, SPINDLES), PUBLIC, PUBLIC_LINKS).html
    tags = read_html(html).tags
    root = next(attrs for tag, attrs in tags if tag == "html")
    assert (root["lang"], root["dir"]) == ("en", "ltr")
    assert [tag for tag, _ in tags if tag == "h1"] == ["h1"]
    assert all(attrs.get("role") == "presentation" for tag, attrs in tags if tag == "table")
    assert not {tag for tag, _ in tags} & {"img", "link", "script", "form"}
    assert {"name": "color-scheme", "content": "light dark"} in [a for t, a in tags if t == "meta"]
    assert "@import" not in html
    assert "url(" not in html


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("name", ["ink", "soft", "grey", "accent"])
def test_each_colour_reads_well_on_its_ground(templates, name, dark):
    theme = templates.build.get_template("mail/theme.mjml").module
    suffix = "_dark" if dark else ""
    ground, colour = (getattr(theme, f"{one}{suffix}") for one in ("ground", name))
    lighter, darker = sorted((luminance(ground), luminance(colour)), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5


def luminance(colour):
    """WCAG 2.2, relative luminance."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_the_same_issue_gives_the_same_mail(templates):
    first = digest(templates, to_issue(GATES, SPINDLES), PUBLIC, PUBLIC_LINKS)
    assert digest(templates, to_issue(GATES, SPINDLES), PUBLIC, PUBLIC_LINKS) == first


def test_from_eight_papers_on_their_titles_stand_in_a_list_before_them(templates):
    papers = [replace(GATES, title=f"Part {n} of it") for n in range(8)]
    shown = [
        [tag for tag, _ in read_html(digest(templates, to_issue(*some), LAB, LAB_LINKS).html).tags]
        for some in (papers[:7], papers)
    ]
    assert [tags.count("li") for tags in shown] == [0, 8]


def test_a_confirmation_leads_to_its_page(templates):
    rendered = confirmation(templates, PUBLIC, PUBLIC_LINKS, "ada@example.org")
    page = read_html(rendered.html)
    assert rendered.subject == "Confirm your subscription to Morning Papers"
    assert page.links == [PUBLIC_LINKS.confirm] * 2
    assert "Confirm subscription" in page.text
    assert PUBLIC_LINKS.confirm in page.text
    assert links_in_text(rendered.text) == [PUBLIC_LINKS.confirm]
    for said in ("Morning Papers be sent to ada@example.org.", "The link works for 48 hours."):
        assert said in page.text
        assert said in " ".join(rendered.text.split())


def test_a_confirmation_by_mail_says_what_to_write(templates):
    links = LAB_LINKS._replace(confirm="mailto:news+in@example.org?subject=confirm%20a+b%26c")
    rendered = confirmation(templates, LAB, links, "ada@example.org")
    page = read_html(rendered.html)
    assert page.links == [links.confirm] * 2
    assert "write to news+in@example.org with this subject: confirm a+b&c" in page.text
    assert "to: news+in@example.org\n  subject: confirm a+b&c" in rendered.text
    assert links_in_text(rendered.text) == [links.confirm]
