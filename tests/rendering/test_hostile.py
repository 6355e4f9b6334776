"""Papers as hostile as the readers let through, in a digest: it stays a mail."""

import json
from dataclasses import replace

import pytest

from newsletter.domain.issue import Coverage, FeedCoverage, Part
from newsletter.domain.paper import Paper
from newsletter.feeds.readers import READERS
from newsletter.rendering.digest import digest

from .conftest import LAB, LAB_LINKS, PUBLIC, PUBLIC_LINKS, read_html, to_issue

MOST_BYTES = 100_000
TEXTS = {
    "words": "Cheap watches ",
    "one word": "a",
    "tags": "<a href=x>",
    "signs": "&<>\"'",
    "letters of four bytes": "\U0001d4d0",
    "formulas": r"$\mathbf{a_b}$ ",
    "marks": "e\u0301\u0316",
}


def hostile_papers(text, count):
    title, abstract, short = (text * (size // len(text)) for size in (200_000, 100_000, 20_000))
    items = (
        f"<item><title><![CDATA[{n}{title}]]></title><description><![CDATA[{abstract}]]>"
        f"</description><author><![CDATA[{short}]]></author><category><![CDATA[{short}]]>"
        f"</category><link>https://e.org/{'x' * (1900 + n % 2 * 1000)}</link></item>"
        for n in range(count)
    )
    body = f'<rss version="2.0"><channel>{"".join(items)}</channel></rss>'
    papers = READERS["rss"]("https://e.org/feed", body.encode()).papers
    record = {"title": title[:190_000], "authors": [short] * 3000, "venue": short}
    return papers + READERS["jsonl"]("https://e.org/feed", json.dumps(record).encode()).papers


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize(("site", "links"), [(LAB, LAB_LINKS), (PUBLIC, PUBLIC_LINKS)])
def test_a_digest_of_hostile_papers_stays_small(templates, text, site, links):
    papers = hostile_papers(text, 19)
    assert papers
    rendered = digest(templates, to_issue(*papers, tldr=papers[0].abstract), site, links)
    assert len(rendered.html.encode()) < MOST_BYTES
    assert len(rendered.text.encode()) < MOST_BYTES
    assert len(rendered.subject) < 200


@pytest.mark.parametrize("sign", ["\U0001d4d0", "&", "a"])
@pytest.mark.parametrize(("site", "links"), [(LAB, LAB_LINKS), (PUBLIC, PUBLIC_LINKS)])
def test_forty_papers_of_nothing_but_the_largest_signs_stay_small(templates, sign, site, links):
    most = sign * 2000
    papers = [
        Paper(
            title=f"{n}{most}",
            abstract=most,
            authors=(most,) * 300,
            categories=(most,) * 9,
            url=f"https://e.org/{'x&' * 280}",
            venue=most,
            code_url=f"https://e.org/{'y&' * 280}",
            arxiv_id=f"2609.{n:05}",
        )
        for n in range(40)
    ]
    issue = to_issue(*papers, tldr=most, parts=(Part(f"keyword:{most}", 1.0, 1.0),))
    named = replace(issue, items=tuple(one._replace(topic=most) for one in issue.items))
    all_links = links._replace(rate_mailto=f"{LAB_LINKS.pause}%20rate")
    rendered = digest(templates, named, site, all_links)
    assert len(rendered.html.encode()) < MOST_BYTES
    assert len({words for tag, words in read_html(rendered.html).headings if tag == "h2"}) == 40


def test_a_servers_own_words_are_in_no_mail(templates):
    words = "Your account expires, visit http://evil.example/login now. " * 20_000
    feeds = tuple(FeedCoverage("cs.CL", 0, kind, words) for kind in ("failed", "late", "stale"))
    rendered = digest(templates, to_issue(coverage=Coverage(9, 9, 1, feeds)), LAB, LAB_LINKS)
    assert "evil" not in rendered.html + rendered.text
    assert "cs.CL could not be read" in " ".join(rendered.text.split())
