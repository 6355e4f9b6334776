"""What an issue was made from, in words: its date, its counts, and each feed that fell short."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from newsletter.domain.issue import Coverage, FeedCoverage, Issue
from newsletter.rendering.language import SOURCE, Language, language
from newsletter.rendering.plain import tidy

PERIODS = {"weekly": "A quiet week", "monthly": "A quiet month"}
DAY, WEEKDAY, MONTH = "d MMMM y", "EEEE d MMMM y", "MMMM y"  # Unicode's patterns (UTS 35)
TROUBLES = {
    "failed": "{feed} could not be read; its papers will come with a later issue.",
    "late": "{feed} had not announced its new papers in time; they will come later.",
    "stale": "{feed} gave the same papers as before although new ones were due.",
}
ENGLISH = language(SOURCE)


@dataclass(frozen=True, slots=True)
class Receipt:
    """The coverage of an issue as a reader sees it."""

    line: str  # "7 of 214 new papers. cs.AI 120 announced; cs.LG 94 announced."
    counts: str  # "7 of 214 new papers"
    troubles: tuple[str, ...]  # a sentence for each feed that failed, is late or stale


@lru_cache(maxsize=256)  # the same for all who are due at once
def to_receipt(coverage: Coverage, tongue: Language = ENGLISH) -> Receipt:
    """Return the receipt: one line when all is well, and a sentence for each feed that is not."""
    sentence = counted = counts(coverage, tongue)
    if coverage.ranked != coverage.announced:
        number = tongue.number(coverage.ranked)
        sentence = tongue.say("{counts}, {n} of them ranked for you", counts=sentence, n=number)
    sentences = [f"{sentence}."]
    well = [feed for feed in coverage.feeds if not trouble(feed, tongue)]
    if well:
        told = (
            tongue.say(
                "{feed} {n} announced", feed=tidy(feed.feed), n=tongue.number(feed.announced)
            )
            for feed in well
        )
        sentences.append("; ".join(told) + ".")
    troubles = tuple(filter(None, (trouble(feed, tongue) for feed in coverage.feeds)))
    return Receipt(" ".join(sentences), counted, troubles)


def counts(coverage: Coverage, tongue: Language) -> str:
    """Return "7 of 214 new papers"."""
    if coverage.announced < coverage.shown:  # some were announced before the window
        return tongue.count("{n} paper", "{n} papers", coverage.shown)
    shown = tongue.number(coverage.shown)
    return tongue.count(
        "{shown} of {n} new paper", "{shown} of {n} new papers", coverage.announced, shown=shown
    )


def trouble(feed: FeedCoverage, tongue: Language) -> str:
    """Return the sentence about a feed that fell short, "" for one that is well.

    Why it failed is for the operator: a server's own words have no place in a reader's mail.
    """
    told = TROUBLES.get(feed.outcome)
    return tongue.say(told, feed=tidy(feed.feed)) if told else ""


def quiet(issue: Issue, tongue: Language = ENGLISH) -> str:
    """Return the one honest line of an issue without papers, "" for any other."""
    if issue.items:
        return ""
    period = tongue.say(PERIODS.get(issue.edition.split("-")[0], "A quiet day"))
    announced = issue.coverage.announced
    if not announced:
        return tongue.say("{quiet_day}: no new paper was announced.", quiet_day=period)
    return tongue.count(
        "{quiet_day}: the one new paper does not fit.",
        "{quiet_day}: none of {n} new papers fits.",
        announced,
        quiet_day=period,
    )


def edition_date(issue: Issue, tongue: Language = ENGLISH) -> str:
    """Return the edition's date as its reader's calendar has it: "Saturday 14 March 2026"."""
    return date_of(issue.edition, issue.due_at.date(), tongue)


@lru_cache(maxsize=256)
def date_of(edition: str, due: date, tongue: Language) -> str:
    """Return an edition's date in words; that of the day it is due if its name holds none."""
    cadence, _, slot = edition.partition("-")
    try:
        if cadence == "weekly":
            year, week = slot.split("-W")
            monday = date.fromisocalendar(int(year), int(week), 1)
            return tongue.say("Week of {day}", day=tongue.date(monday, DAY))
        if cadence == "monthly":
            return tongue.date(date.fromisoformat(f"{slot}-01"), MONTH)
        day = date.fromisoformat(slot)
    except ValueError:  # an edition of another form
        day = due
    return tongue.date(day, WEEKDAY)
