"""One day's papers in every form they may come in: the same papers, character for character."""

import gzip
import json
from pathlib import Path

import pytest

from newsletter.feeds.readers import READERS, guess
from tests.feeds.converters import STYLES, jsonl

DAYS = Path(__file__).parents[2].parent / "shared" / "bench" / "ranking" / "arxiv-days"
HARD = (
    ("x<y and p < 0.05 & R&D", 'If x<y, a<b>c: <think>no</think>, p<0.05 but q>0.1; AT&T\'s "q".'),
    (r"On $n^2$ and $O(n \log n)$ of \emph{engines}", r"$\alpha<\beta$, $a \& b$, 5\% of $x_{i}$."),
    ("Q\\&A, C++, <1% and >=2", "A `quoted' ``word'', an en--dash, a [CDATA] and ]]> its end."),
    (
        "Über Ähnlichkeit — naïve Größen",
        "Énergie de 5 µm, 東京 and Ω; \u201ccurly\u201d.",
    ),
    (
        "Arrays a[i] <- b[i]",
        "The fact <item path, feature path, value> is no tag.",
    ),
)
AUTHORS = (
    ["Ada Lovelace", "Edmund Berkeley, Jr.", "Louis Gates III"],
    ["José María Núñez", "L. van der Berg", "Xi Li", "X. Y. Zhang"],
    ['Xuhai "Orson" Xu', "Siobhán O'Brien", "The LIGO Collaboration"],
    ["Solo"],
    ["Ann Roe", "and Ben Poe", "Cid Moe and Dan Loe"],
)
FIELDS = ("arxiv_id", "title", "abstract", "authors", "categories")


def day(number):
    """Return the papers of one day, as their lines stand."""
    if not DAYS.is_dir():
        pytest.skip(f"arXiv's days are not here: {DAYS}")
    file = sorted(DAYS.glob("*.jsonl.gz"))[number]
    return [json.loads(line) for line in gzip.decompress(file.read_bytes()).splitlines()]


def hard():
    """Return papers of which each has something that is easily lost on the way."""
    return [
        {"id": f"2605.0000{number}", "title": title, "abstract": abstract, "authors": names,
         "categories": ["cs.CL", "math.GT", "q-bio.NC"][number % 3 :]}
        for number, ((title, abstract), names) in enumerate(zip(HARD, AUTHORS, strict=True))
    ]  # fmt: skip


def read(body, where, style):
    """Return the papers as the reader finds them, whether it was named or found by looking."""
    named = {"rss": "arxiv-rss", "api": "arxiv-api", "jso": "jsonl"}[style[:3]]
    reading = READERS[guess(where, body)](where, body)
    assert reading.papers == READERS[named](where, body).papers
    assert reading.skipped == ()
    return [{name: getattr(paper, name) for name in FIELDS} for paper in reading.papers]


def differences(papers, style):
    wanted = read(jsonl(papers), "papers.jsonl", "jsonl")
    assert [one["arxiv_id"] for one in wanted] == [one["id"] for one in papers]
    where = "papers.jsonl" if "jsonl" in style else "papers.xml"
    found = read(STYLES[style](papers), where, style)
    assert len(found) == len(wanted)
    return [
        (ours["arxiv_id"], name, ours[name], theirs[name])
        for ours, theirs in zip(wanted, found, strict=True)
        for name in FIELDS
        if ours[name] != theirs[name]
    ]


@pytest.mark.parametrize("style", STYLES)
def test_what_is_easily_lost_is_the_same_in_every_form(style):
    assert differences(hard(), style) == []


@pytest.mark.parametrize("style", STYLES)
def test_a_day_is_the_same_in_every_form(style):
    assert differences(day(1)[:150], style) == []


@pytest.mark.soak
@pytest.mark.parametrize("number", range(27))
def test_every_day_is_the_same_in_every_form(number):
    papers = day(number)
    found = {style: differences(papers, style)[:5] for style in STYLES}
    assert {style: unlike for style, unlike in found.items() if unlike} == {}
