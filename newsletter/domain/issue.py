"""An issue: what one subscriber gets in one edition, as items with their score in parts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from newsletter.domain.edition import IssueId
from newsletter.domain.library import Verdict
from newsletter.domain.paper import Paper
from newsletter.domain.subscriber import Detail, SubscriberId
from newsletter.domain.summary import Summary


class Quote(NamedTuple):
    """A stretch of a paper's own words: text == getattr(paper, field)[start:end]."""

    field: str  # title or abstract
    start: int
    end: int
    text: str


class Part(NamedTuple):
    """One named part of a score; the parts' values sum to the score, the shares to 1.

    A tuple, as its quote: some fifty are read for each mail.
    """

    name: str  # keyword:term, topic:name, votes, ...
    value: float
    share: float
    quote: Quote | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return it as it is kept and as JSON shows it; a tuple would be a list there."""
        return {**self._asdict(), "quote": self.quote and self.quote._asdict()}


class Item(NamedTuple):
    """A paper in an issue, for which topic, and why. A tuple: ten are made for each mail."""

    position: int  # from 1
    paper: Paper
    topic: str  # "" in the common list
    score: float
    parts: Sequence[Part]
    summary: Summary | None = None

    @property
    def tldr(self) -> str:
        """Return the paper's one sentence, "" without one."""
        return self.summary.tldr.text if self.summary and self.summary.tldr else ""


@dataclass(frozen=True, slots=True)
class FeedCoverage:
    """What one feed brought since the reader's last issue."""

    feed: str
    announced: int
    outcome: str  # of its last visit: fetched, unchanged, empty, stale, late, failed
    why: str = ""  # where it failed


@dataclass(frozen=True, slots=True)
class Coverage:
    """The receipt: every paper of the issue's window is either shown or counted here."""

    announced: int  # papers new in the window
    ranked: int  # of them scored for this reader
    shown: int
    feeds: tuple[FeedCoverage, ...] = ()


class News(StrEnum):
    """Why an issue mentions a paper that is none of its items."""

    MISSED = "missed"  # it stood in an issue of which nobody knows whether it arrived
    WITHDRAWN = "withdrawn"  # the reader has had it, as with the following
    REPLACED = "replaced"  # its title or abstract has changed
    PUBLISHED = "published"


class Mention(NamedTuple):
    """A paper in one line behind the items; whole in itself, whatever becomes of the paper."""

    news: News
    title: str
    link: str
    venue: str = ""  # where it was published, if that is known


class Credit(NamedTuple):
    """A reader's word on a paper, and how many of the issue's papers have it as a reason.

    That is: of how many items a part is named `like:` with this title.
    """

    verdict: Verdict  # more or saved
    title: str  # of the paper that was rated
    papers: int


@dataclass(frozen=True, slots=True)
class Issue:
    """One reader's issue, as stored; a message is made from it at any time."""

    id: IssueId
    edition: str
    subscriber_id: SubscriberId
    composed_at: datetime
    due_at: datetime
    items: tuple[Item, ...]
    coverage: Coverage
    mentions: tuple[Mention, ...] = ()
    credits: tuple[Credit, ...] = ()
    detail: Detail = Detail.USUAL  # as its reader wanted it when it was composed
