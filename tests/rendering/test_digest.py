import re
from dataclasses import replace
from urllib.parse import unquote

import pytest

from newsletter.domain.issue import Coverage, FeedCoverage, Part, Quote
from newsletter.domain.paper import Paper
from newsletter.rendering.card import authors, paper_link, reachable, why
from newsletter.rendering.confirmation import confirmation
from newsletter.rendering.digest import HTML_BYTES, digest
from newsletter.rendering.plain import cut, wrap
from newsletter.rendering.receipt import edition_date, to_receipt

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
    links = replace(
        LAB_LINKS,
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


def test_an_issue_without_papers_says_so_in_one_line(templates):
    coverage = Coverage(214, 214, 0)
    daily = digest(templates, to_issue(coverage=coverage), PUBLIC, PUBLIC_LINKS)
    line = "A quiet day: none of 214 new papers fits."
    assert read_html(daily.html).text.count(line) == 1
    assert daily.text.count(line) == 1
    assert daily.subject == line.rstrip(".")
    assert PUBLIC_LINKS.unsubscribe in read_html(daily.html).links
    one = digest(templates, to_issue(coverage=Coverage(1, 1, 0)), PUBLIC, PUBLIC_LINKS)
    assert one.subject == "A quiet day: the one new paper does not fit"
    nothing = to_issue(coverage=Coverage(0, 0, 0), edition="weekly-2026-W11")
    weekly = digest(templates, nothing, PUBLIC, PUBLIC_LINKS)
    assert weekly.subject == "A quiet week: no new paper was announced"


@pytest.mark.parametrize(
    ("edition", "shown"),
    [
        ("daily-2026-03-14", "Saturday 14 March 2026"),
        ("weekdays-2026-03-01", "Sunday 1 March 2026"),
        ("weekly-2026-W01", "Week of 29 December 2025"),
        ("monthly-2026-03", "March 2026"),
        ("something-else", "Saturday 14 March 2026"),
    ],
)
def test_an_issue_is_dated_by_its_edition(edition, shown):
    assert edition_date(to_issue(GATES, edition=edition)) == shown


def test_the_receipt_is_one_line_when_all_is_well_and_sentences_when_not():
    well = Coverage(
        1214, 214, 7, (FeedCoverage("cs.AI", 120, "fetched"), FeedCoverage("cs.LG", 0, "empty"))
    )
    assert to_receipt(well).line == (
        "7 of 1,214 new papers, 214 of them ranked for you. cs.AI 120 announced; cs.LG 0 announced."
    )
    assert to_receipt(well).troubles == ()
    ill = Coverage(
        120,
        120,
        7,
        (
            FeedCoverage("cs.AI", 120, "fetched"),
            FeedCoverage("cs.LG", 0, "failed", "HTTP 503"),
            FeedCoverage("cs.RO", 0, "late"),
            FeedCoverage("cs.CV", 0, "stale"),
        ),
    )
    assert to_receipt(ill).line == "7 of 120 new papers. cs.AI 120 announced."
    assert to_receipt(ill).troubles == (
        "cs.LG could not be read; its papers will come with a later issue.",
        "cs.RO had not announced its new papers in time; they will come later.",
        "cs.CV gave the same papers as before although new ones were due.",
    )


def test_troubles_stand_in_both_parts(templates):
    coverage = Coverage(9, 9, 1, (FeedCoverage("cs.<RO>", 0, "failed", "visit evil.example"),))
    rendered = digest(templates, to_issue(GATES, coverage=coverage), LAB, LAB_LINKS)
    said = "cs.<RO> could not be read; its papers will come with a later issue."
    assert said in read_html(rendered.html).text
    assert said in " ".join(rendered.text.split())


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


@pytest.mark.parametrize(
    ("paper", "link"),
    [
        (replace(GATES, url="https://example.org/p"), "https://example.org/p"),
        (replace(GATES, url="ftp://example.org/p"), "https://arxiv.org/abs/2609.01234"),
        (Paper("t", arxiv_id="math.GT/0309136"), "https://arxiv.org/abs/math.GT/0309136"),
        (Paper("t", doi="10.1000/a<b>c"), "https://dx.doi.org/10.1000/a%3Cb%3Ec"),
        (
            Paper("Cats & dogs: 100%"),
            "https://arxiv.org/search/?query=Cats+%26+dogs%3A+100%25&searchtype=title",
        ),
    ],
)
def test_a_title_leads_to_the_paper(paper, link):
    assert paper_link(paper) == link


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JAVASCRIPT:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "//example.org",
        "https://",
        "https://[",
        "http://localhost/x",
        "http://me.localhost:8025/x",
        "http://127.0.0.1/x",
        "http://[::1]/x",
        "https://example.org/a b",
        "https://example.org/\u2028",
        "https://example.org/\r\nx",
        "",
    ],
)
def test_an_address_that_no_reader_can_open_is_no_link(url):
    assert reachable(url) == ""


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        ((), ""),
        (("A",), "A"),
        (("A", "B", "C", "D"), "A, B, C, D"),
        (("A", "B", "C", "D", "E"), "A, B, C and 2 more"),
        (tuple(f"N{n}" for n in range(3000)), "N0, N1, N2 and 2,997 more"),
    ],
)
def test_long_author_lists_are_cut_short(names, shown):
    assert authors(names) == shown


def test_reasons_quote_the_papers_own_words_the_largest_first():
    arms, grasps = Quote("title", 0, 10, "Robot Arms"), Quote("title", 16, 24, "Grasping")
    parts = (
        Part("category:cs.RO", 0.1, 0.1),
        Part("keyword:robot arm", 0.5, 0.5, arms),
        Part("term:grasp", 0.3, 0.3, grasps),
        Part("author:Ada Okafor", 0.05, 0.05),
        Part("votes", -0.5, 0.5),
    )
    assert why(parts) == "“Robot Arms” and “Grasping” in the title; category cs.RO"
    assert why(parts[3:]) == "by Ada Okafor"
    assert why((Part("keyword:a", 1, 1),)) == "“a”"
    assert why((Part("votes", 1, 1),)) == "readers’ votes"
    assert why(()) == ""


def test_a_paper_like_a_saved_one_says_which():
    parts = (Part("like:Sleep Spindles Predict Learning", 1, 1),)
    assert why(parts) == "because you saved “Sleep Spindles Predict Learning”"


RATE = "mailto:papers@example.org?subject=rate%20t6"


def test_each_paper_is_rated_and_saved_by_its_position(templates):
    public = replace(PUBLIC_LINKS, rate="https://papers.example.org/rate/t6", rate_mailto=RATE)
    links = read_html(digest(templates, to_issue(GATES, KMEANS), PUBLIC, public).html).links
    assert [one for one in links if "/rate/" in one] == [public.rating("", 1), public.rating("", 2)]
    lab = replace(LAB_LINKS, rate_mailto=RATE)
    rendered = digest(templates, to_issue(GATES, KMEANS), LAB, lab)
    by_mail = [one for one in read_html(rendered.html).links if "rate" in one]
    assert [one.partition("&body=")[0] for one in by_mail] == [
        lab.rating("save", n) for n in (1, 2)
    ]
    assert "write more or less instead of save" in unquote(by_mail[0])
    assert lab.rating("save", 1) in links_in_text(rendered.text)


def test_from_eight_papers_on_their_titles_stand_in_a_list_before_them(templates):
    papers = [replace(GATES, title=f"Part {n} of it") for n in range(8)]
    shown = [
        [tag for tag, _ in read_html(digest(templates, to_issue(*some), LAB, LAB_LINKS).html).tags]
        for some in (papers[:7], papers)
    ]
    assert [tags.count("li") for tags in shown] == [0, 8]


def test_a_sentence_that_a_model_wrote_is_marked(templates):
    issue = to_issue(GATES)
    said = replace(issue.items[0].summary, maker="written:some-model")
    marked = replace(issue, items=(replace(issue.items[0], summary=said),))
    rendered = digest(templates, marked, LAB, LAB_LINKS)
    assert "A gate decides. (written by a model)" in read_html(rendered.html).text
    assert "A gate decides. (written by a model)" in rendered.text


@pytest.mark.parametrize(
    ("text", "length", "shown"),
    [
        ("short", 10, "short"),
        ("one two three", 9, "one two…"),
        ("one, two three", 6, "one…"),
        ("unbreakable", 6, "unbre…"),
        ("日本語の題名です", 5, "日本語の…"),
        ("e\u0301e\u0301e\u0301e\u0301", 6, "e\u0301e\u0301…"),
    ],
)
def test_a_text_is_cut_at_a_word(text, length, shown):
    assert cut(text, length) == shown
    assert len(cut(text, length)) <= length


def test_wide_and_endless_words_are_wrapped_and_addresses_are_not():
    assert wrap("語" * 60, "  ", "  ").split("\n") == ["  " + "語" * 37, "  " + "語" * 23]
    assert wrap("x" * 100) == "x" * 76 + "\n" + "x" * 24
    url = "https://example.org/" + "x" * 90
    assert wrap(f"See: {url}") == f"See:\n{url}"
    assert wrap("") == ""


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
    links = replace(LAB_LINKS, confirm="mailto:news+in@example.org?subject=confirm%20a+b%26c")
    rendered = confirmation(templates, LAB, links, "ada@example.org")
    page = read_html(rendered.html)
    assert page.links == [links.confirm] * 2
    assert "write to news+in@example.org with this subject: confirm a+b&c" in page.text
    assert "to: news+in@example.org\n  subject: confirm a+b&c" in rendered.text
    assert links_in_text(rendered.text) == [links.confirm]
