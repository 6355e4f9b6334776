"""The papers of an issue with buttons: more like this, less, save. GET changes nothing."""

from dataclasses import dataclass

from starlette.responses import Response

from newsletter.actions import feedback
from newsletter.domain.issue import Issue
from newsletter.domain.library import RATED, Verdict
from newsletter.domain.token import Purpose
from newsletter.errors import NotFoundError
from newsletter.store import issues, subscribers, works
from newsletter.web.pages import Visit
from newsletter.web.reader.wording import day

TOLD = {
    Verdict.MORE: "More papers like this one will come.",
    Verdict.LESS: "Fewer papers like this one will come.",
    Verdict.SAVED: "It is saved.",
    None: "It counts no more.",
}
BUTTONS = (
    (Verdict.MORE.value, "More like this"),
    (Verdict.LESS.value, "Less like this"),
    (Verdict.SAVED.value, "Save"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """A paper on the page."""

    position: int
    title: str
    url: str
    authors: str
    said: str  # a verdict, "" if none


def show(visit: Visit) -> Response:
    """Show the issue's papers and what was said of each: mail scanners open every link."""
    return page(visit)


def rate(visit: Visit) -> Response:
    """Keep what the pressed button says, and show the page again."""
    reader = visit.token(Purpose.RATE)
    word, position = visit.form.get("verdict", ""), visit.form.get("paper", "")
    known = (*(value for value, _ in BUTTONS), feedback.NONE)
    if word not in known or not (position.isascii() and position.isdigit()):
        return page(visit, 422, problem="Press one of the buttons of a paper.")
    verdict = feedback.WORDS.get(word)
    store = visit.pages.store
    rated = feedback.rate_item(store, reader, int(position[:6]), verdict, visit.now)
    return page(visit, done=TOLD[verdict], title=rated.paper.title)


def page(
    visit: Visit, status: int = 200, done: str = "", title: str = "", problem: str = ""
) -> Response:
    """Return the page; raises TokenError or NotFoundError, also for another reader's issue."""
    subscriber_id, issue_id = visit.token(Purpose.RATE)
    with visit.pages.store.read() as tx:
        issue = issues.get(tx, issue_id)
        zone = subscribers.get(tx, subscriber_id).preferences.schedule.zone
        if issue.subscriber_id != subscriber_id:
            raise NotFoundError(f"issue {issue_id} is not this reader's")
        papers = works.rows_of(tx, [item.paper for item in issue.items])
        said = works.said(tx, subscriber_id)
    verdicts = [said[row][0] if row in said else None for row in papers]
    return visit.page(
        "rate",
        status,
        day=day(issue.due_at, zone),
        rows=rows(issue, verdicts),
        buttons=BUTTONS,
        none=feedback.NONE,
        done=done,
        title=title,
        problem=problem,
        saved_link=visit.link("saved", Purpose.RATE, subscriber_id, issue_id),
    )


def rows(issue: Issue, verdicts: list[Verdict | None]) -> list[Row]:
    """Return the issue's papers with what was said of each."""
    return [
        Row(
            position=item.position,
            title=item.paper.title,
            url=item.paper.url,
            authors=", ".join(item.paper.authors[:3]),
            said=verdict.value if verdict in RATED and verdict else "",
        )
        for item, verdict in zip(issue.items, verdicts, strict=True)
    ]
