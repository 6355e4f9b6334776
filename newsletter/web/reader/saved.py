"""What a reader saved: a list to go through, to take along as BibTeX or RIS, and to undo."""

from starlette.responses import Response

from newsletter.actions import feedback
from newsletter.domain.library import Verdict
from newsletter.domain.paper import Paper
from newsletter.domain.token import Purpose
from newsletter.rendering import references
from newsletter.store import subscribers, works
from newsletter.web.pages import Visit


def show(visit: Visit) -> Response:
    """Show the list, what was saved last first."""
    return page(visit)


def undo(visit: Visit) -> Response:
    """Take one paper off the list."""
    subscriber_id, _ = visit.token(Purpose.RATE)
    paper = feedback.rate(
        visit.pages.store, subscriber_id, visit.form.get("paper", ""), None, visit.now
    )
    return page(visit, done=paper.title)


def bibtex(visit: Visit) -> Response:
    """Give the list as BibTeX."""
    _, papers = load(visit)
    return download(references.bibtex(papers), "application/x-bibtex", "papers.bib")


def ris(visit: Visit) -> Response:
    """Give the list as RIS."""
    _, papers = load(visit)
    return download(references.ris(papers), "application/x-research-info-systems", "papers.ris")


def download(text: str, kind: str, name: str) -> Response:
    """Return a file to keep."""
    attached = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text, headers=attached, media_type=f"{kind}; charset=utf-8")


def load(visit: Visit) -> tuple[tuple[int, int], list[Paper]]:
    """Return the reader with the issue of the link, and the saved papers; raises TokenError."""
    subscriber_id, issue_id = visit.token(Purpose.RATE)
    with visit.pages.store.read() as tx:
        subscribers.get(tx, subscriber_id)
        return (subscriber_id, issue_id), works.papers_of(tx, subscriber_id, Verdict.SAVED)


def page(visit: Visit, done: str = "") -> Response:
    """Return the page."""
    reader, papers = load(visit)
    return visit.page(
        "saved",
        papers=[(one.key, one) for one in papers],
        done=done,
        here=visit.link("saved", Purpose.RATE, *reader),
        rate_link=visit.link("rate", Purpose.RATE, *reader) if reader[1] else "",
    )
