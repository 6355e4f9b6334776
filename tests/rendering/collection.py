"""Forty issues of all kinds, from one short paper to forty hostile ones, and notes, as mails."""

from dataclasses import dataclass, replace

from newsletter.domain.delivery import REGARDLESS, Kind
from newsletter.domain.issue import (
    Coverage,
    Credit,
    FeedCoverage,
    Issue,
    Mention,
    News,
    Part,
    Quote,
)
from newsletter.domain.library import Verdict
from newsletter.domain.message import Links, Message, Site
from newsletter.domain.paper import Paper
from newsletter.domain.subscriber import Detail
from newsletter.domain.summary import Extract, Summary
from newsletter.rendering.digest import digest
from newsletter.rendering.message import build
from newsletter.rendering.notes import HEADLINES, WRITERS
from newsletter.rendering.templates import Templates

from .conftest import DUE, GATES, KMEANS, LAB, LAB_LINKS, PUBLIC, PUBLIC_LINKS, SPINDLES, to_issue

PAGES = PUBLIC_LINKS._replace(
    subscribe="https://papers.example.org/",
    rate="https://papers.example.org/rate/t6",
)
BY_MAIL = LAB_LINKS._replace(rate_mailto="mailto:papers@example.org?subject=rate%20t6")
PLACES = {"public": (PUBLIC, PAGES), "lab": (LAB, BY_MAIL)}

SENTENCE = "We fold 412 of 500 shirts with two cameras and no training data for new garments."
ABSTRACT = (
    "Robots that handle cloth fail when the light changes. We propose a grasping policy that "
    "reads the fold lines of a garment from two cameras, for all x<y and p<0.05 & n>3. It folds "
    "412 of 500 shirts, 63.7% more than the best policy before it, and needs no new data. "
)
FORMULAS = (
    r"Bounds of $\mathcal{O}(n^{3/2}\log n)$ for $\ell_p$-regression with $\alpha\leq\beta$, "
    r"‖x‖₂ ≤ ε·10⁻³ and ∇²f ≽ 0; see \cite{a_b} & {{ braces }} at 5% of $\mathbb{E}[X \mid Y]$"
)
FOUR_BYTES = "\U0001d4d0\U0001d4d1 𝒪(𝓃) 🧬🧪👩‍🔬 𠜎𠜱 \U0001f1e9\U0001f1ea "
SCRIPTS = (
    "Обучение без учителя для длинных документов",
    "深層学習による長文要約の高速化とその評価",
    "장문 요약을 위한 게이트 메모리",
    "تعلم الآلة للوثائق الطويلة",
    "למידה עמוקה למסמכים ארוכים",
    "การเรียนรู้เชิงลึกสำหรับเอกสารยาว",
    "लंबे दस्तावेज़ों के लिए गहन शिक्षण",
    "Μάθηση χωρίς επίβλεψη για μεγάλα κείμενα",
)
HOSTILE = (
    "<script>alert(1)</script> & </h2></a></td></table>",
    '"><img src=x onerror=alert(1)> {{ 7*7 }} {% raw %} [[ 7*7 ]] [# #]',
    ".\r\n.\r\nQUIT\r\nBcc: all@example.org",
    "\u202eesrever\u202c \u2066isolated \u200fmarks\u0000\ufeff",
    "From here \ud83d half a pair, --boundary and =?utf-8?q?word?=",
    "click here",
    "https://example.org/a/title/that/is/an/address",
    ". . . . .",
)


def variants(*papers: Paper, count: int, **changes) -> list[Paper]:
    """Return as many papers, each with a title and an id of its own."""
    return [
        replace(
            papers[n % len(papers)],
            title=f"{papers[n % len(papers)].title} {n + 1}",
            arxiv_id=f"2609.{n + 1:05}",
            doi="",
            **changes,
        )
        for n in range(count)
    ]


def titled(*titles: str, **changes) -> list[Paper]:
    """Return a paper for each title."""
    return [
        replace(GATES, title=title, arxiv_id=f"2609.{n:05}", abstract=ABSTRACT, **changes)
        for n, title in enumerate(titles, start=1)
    ]


def told(*papers: Paper, **changes) -> Issue:
    """Return an issue in which each paper has a sentence like one of ours."""
    return to_issue(*papers, **{"tldr": SENTENCE, **changes})


def with_cards(issue: Issue) -> Issue:
    """Return the issue with a card of three extracts for each paper."""
    starts = [ABSTRACT.index(one) for one in ("Robots", "We propose", "It folds")]
    ends = [*(at - 1 for at in starts[1:]), len(ABSTRACT) - 1]
    said = [Extract(ABSTRACT[a:b], a, b) for a, b in zip(starts, ends, strict=True)]
    summary = Summary("a test", Extract(SENTENCE, 0, len(SENTENCE)), *said)
    items = tuple(one._replace(summary=summary) for one in issue.items)
    return replace(issue, items=items, detail=Detail.CARD)


def mentioning(issue: Issue, times: int = 1, more: str = "") -> Issue:
    """Return the issue with mentions of every kind, so many times."""
    link = "https://arxiv.org/abs/2603.0000"
    made = (
        Mention(news, f"{more} A paper & <{news}> {n}", f"{link}{n}{at}", "Journal of Sleep")
        for n in range(times)
        for at, news in enumerate(News)
    )
    return replace(issue, mentions=tuple(made))


LONG = replace(GATES, abstract=ABSTRACT * 6, venue="Transactions on Reading", votes=1204)
CROWD = tuple(f"Grace {n} Mbeki-Lindqvist" for n in range(300))
LOUD = (
    Part("keyword:<b>bold</b> & {{ 7*7 }}", 0.5, 0.5, Quote("title", 0, 5, "\"'><i>")),
    Part("author:=?utf-8?q?=0D=0ABcc?=", 0.3, 0.3),
    Part("topic:\u202e[[ x ]]", 0.2, 0.2),
)
FELL_SHORT = Coverage(
    243, 180, 1,
    (
        FeedCoverage("cs.AI", 243, "fetched"),
        FeedCoverage("cs.CL", 0, "stale"),
        FeedCoverage("bioRxiv neuroscience", 0, "failed", "503"),
        FeedCoverage("stat.ML", 0, "late"),
    ),
)  # fmt: skip
EMPTY = (FeedCoverage("cs.CL", 0, "empty"), FeedCoverage("cs.LG", 0, "empty"))
BARE = Paper(title="A paper of which only the title is known to anybody")

KINDS: dict[str, Issue] = {
    "a quiet day": to_issue(coverage=Coverage(0, 0, 0, EMPTY)),
    "a day on which nothing fits": to_issue(),
    "one paper": told(GATES),
    "one paper of which only the title is known": to_issue(BARE, tldr="", parts=()),
    "three papers": told(GATES, SPINDLES, KMEANS),
    "seven papers": told(*variants(LONG, SPINDLES, KMEANS, count=7)),
    "seven papers without a sentence": told(*variants(LONG, SPINDLES, count=7), tldr=""),
    "eight papers with a list of contents": told(*variants(LONG, count=8)),
    "cards": with_cards(told(*variants(LONG, count=7))),
    "cards of hostile words": replace(
        told(*titled(*HOSTILE)),
        detail=Detail.CARD,
        items=tuple(
            one._replace(summary=Summary("a test", None, *(Extract(one.paper.title, 0, 1),) * 3))
            for one in told(*titled(*HOSTILE)).items
        ),
    ),
    "forty papers with cards": with_cards(told(*variants(LONG, SPINDLES, KMEANS, count=40))),
    "whole abstracts by choice": replace(told(*variants(LONG, count=7)), detail=Detail.ABSTRACT),
    "twenty papers with whole abstracts": told(*variants(LONG, count=20)),
    "forty papers": told(*variants(LONG, SPINDLES, KMEANS, count=40)),
    "formulas": told(*titled(FORMULAS, FORMULAS + " again"), tldr=FORMULAS),
    "three hundred authors": told(*variants(GATES, count=5, authors=CROWD)),
    "no authors": told(*variants(GATES, count=5, authors=())),
    "letters of four bytes": told(*titled(FOUR_BYTES * 3, FOUR_BYTES * 5), tldr=FOUR_BYTES * 6),
    "other scripts": told(*titled(*SCRIPTS), tldr=SCRIPTS[2]),
    "hostile titles": told(*titled(*HOSTILE, url="https://example.org/a?b=1&c=%22"), parts=LOUD),
    "forty titles of a thousand letters of four bytes": told(
        *titled(*(f"{n} " + "\U0001d4d0" * 1000 for n in range(40))), tldr="\U0001d4d0" * 900
    ),
    "words without an end": told(*titled("a" * 900, "b-" * 400, "Donau" * 90), tldr="x" * 600),
    "feedback that brought papers": replace(
        told(*variants(GATES, count=3)),
        credits=(Credit(Verdict.MORE, SPINDLES.title, 3), Credit(Verdict.SAVED, KMEANS.title, 1)),
    ),
    "feedback on a hostile title": replace(
        told(*variants(GATES, count=2)), credits=(Credit(Verdict.MORE, " ".join(HOSTILE), 2),)
    ),
    "papers mentioned behind": mentioning(told(*variants(GATES, count=3))),
    "forty papers and twenty mentions": mentioning(told(*variants(LONG, count=40)), 5, "W" * 300),
    "feeds that fell short": told(*variants(GATES, count=3), coverage=FELL_SHORT),
}
ISSUES = {f"{kind}, {place}": (kind, place) for kind in KINDS for place in PLACES}


CLOCK = {"cadence": "weekdays", "weekdays": [0, 2, 4], "hour": 7, "minute": 30}
DAILY = {**CLOCK, "cadence": "daily", "zone": "Europe/Berlin"}
ASKED = {"asked_at": DUE.isoformat(), "length": 7}
NOTES: dict[str, tuple[Kind, dict[str, object]]] = {
    "a confirmation": (Kind.CONFIRMATION, ASKED),
    "a welcome": (
        Kind.WELCOME,
        {**ASKED, "topics": ["Sleep", "Graph theory"], "schedule": DAILY, "first_at": ""},
    ),
    "a welcome to the common list, later": (
        Kind.WELCOME,
        {
            **ASKED,
            "topics": [],
            "schedule": {**CLOCK, "zone": "Asia/Tokyo"},
            "first_at": DUE.isoformat(),
        },
    ),
    "a welcome to hostile topics": (
        Kind.WELCOME,
        {**ASKED, "topics": list(HOSTILE) * 9, "schedule": DAILY, "first_at": ""},
    ),
    "the end of a pause": (Kind.RESUMED, {**ASKED, "next_at": "", "zone": "UTC"}),
    "the end of a pause before an issue": (
        Kind.RESUMED,
        {**ASKED, "next_at": DUE.isoformat(), "zone": "America/New_York"},
    ),
    **{
        f"an alarm: {cause}": (
            Kind.ALARM,
            {**ASKED, "cause": cause, "about": "", "why": "stopped: 10 of the last 10 mails <b>"},
        )
        for cause in HEADLINES
    },
    "a hostile alarm": (
        Kind.ALARM,
        {**ASKED, "cause": "feed", "about": HOSTILE[0], "why": " ".join(HOSTILE) * 20},
    ),
    "an export": (Kind.EXPORT, {**ASKED, "data": {"papers": ["Größe & <b>", "\U0001d4d0"] * 40}}),
}


def to_note(templates: Templates, name: str, place: str) -> Message:
    """Return a note as it goes out."""
    kind, inputs = NOTES[name]
    site, links = PLACES[place]
    links = Links(unsubscribe="") if kind in REGARDLESS else links
    rendered = WRITERS[kind](templates, site, links, "ada@example.org", inputs)
    return build(
        rendered,
        site=site,
        links=links,
        recipient="ada@example.org",
        message_key=name,
        kind=kind,
        date=DUE,
        name="one",
        envelope_sender="bounces@example.org",
    )


@dataclass(frozen=True)
class Letter:
    """An issue as a mail."""

    issue: Issue
    site: Site
    links: Links
    message: Message


def to_letter(templates: Templates, issue: Issue, site: Site, links: Links) -> Letter:
    """Return the issue as it goes out."""
    made = build(
        digest(templates, issue, site, links),
        site=site,
        links=links,
        recipient="ada@example.org",
        message_key="daily-2026-03-14:1",
        kind=Kind.DIGEST,
        date=DUE,
        name="one",
        envelope_sender="bounces@example.org",
    )
    return Letter(issue, site, links, made)
