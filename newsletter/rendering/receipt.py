"""What an issue was made from, in words: its date, its counts, and each feed that fell short."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from newsletter.domain.issue import Coverage, FeedCoverage, Issue
from newsletter.rendering.plain import count, tidy

PERIODS = {"weekly": "week", "monthly": "month"}


@dataclass(frozen=True, slots=True)
class Receipt:
    """The coverage of an issue as a reader sees it."""

    line: str  # "7 of 214 new papers. cs.AI 120 announced; cs.LG 94 announced."
    troubles: tuple[str, ...]  # a sentence for each feed that failed, is late or stale


@lru_cache(maxsize=256)  # the same for all who are due at once
def to_receipt(coverage: Coverage) -> Receipt:
    """Return the receipt: one line when all is well, and a sentence for each feed that is not."""
    ranked = ""
    if coverage.ranked != coverage.announced:
        ranked = f", {coverage.ranked:,} of them ranked for you"
    sentences = [f"{counts(coverage)}{ranked}."]
    well = [feed for feed in coverage.feeds if not trouble(feed)]
    if well:
        told = (f"{tidy(feed.feed)} {feed.announced:,} announced" for feed in well)
        sentences.append("; ".join(told) + ".")
    troubles = tuple(trouble(feed) for feed in coverage.feeds if trouble(feed))
    return Receipt(" ".join(sentences), troubles)


def counts(coverage: Coverage) -> str:
    """Return "7 of 214 new papers"."""
    if coverage.announced < coverage.shown:  # some were announced before the window
        return count(coverage.shown, "paper")
    return f"{coverage.shown:,} of {count(coverage.announced, 'new paper')}"


def trouble(feed: FeedCoverage) -> str:
    """Return the sentence about a feed that fell short, "" for one that is well.

    Why it failed is for the operator: a server's own words have no place in a reader's mail.
    """
    name = tidy(feed.feed)
    match feed.outcome:
        case "failed":
            return f"{name} could not be read; its papers will come with a later issue."
        case "late":
            return f"{name} had not announced its new papers in time; they will come later."
        case "stale":
            return f"{name} gave the same papers as before although new ones were due."
    return ""


def quiet(issue: Issue) -> str:
    """Return the one honest line of an issue without papers, "" for any other."""
    if issue.items:
        return ""
    period = PERIODS.get(issue.edition.split("-")[0], "day")
    if not issue.coverage.announced:
        return f"A quiet {period}: no new paper was announced."
    if issue.coverage.announced == 1:
        return f"A quiet {period}: the one new paper does not fit."
    return f"A quiet {period}: none of {count(issue.coverage.announced, 'new paper')} fits."


def edition_date(issue: Issue) -> str:
    """Return the edition's date as its reader's calendar has it: "Saturday 14 March 2026"."""
    return date_of(issue.edition, issue.due_at.date())


@lru_cache(maxsize=256)
def date_of(edition: str, due: date) -> str:
    """Return an edition's date in words; that of the day it is due if its name holds none."""
    cadence, _, slot = edition.partition("-")
    try:
        if cadence == "weekly":
            year, week = slot.split("-W")
            return f"Week of {day_of(date.fromisocalendar(int(year), int(week), 1))}"
        if cadence == "monthly":
            return f"{date.fromisoformat(f'{slot}-01'):%B %Y}"
        day = date.fromisoformat(slot)
    except ValueError:  # an edition of another form
        day = due
    return f"{day:%A} {day_of(day)}"


def day_of(day: date) -> str:
    """Return "14 March 2026"."""
    return f"{day.day} {day:%B %Y}"
