"""One issue on the web: the same HTML as its mail, for the reader whose issue it is."""

from starlette.responses import HTMLResponse, Response

from newsletter.actions.messages import speaking, write_digest
from newsletter.domain.token import Purpose
from newsletter.errors import NotFoundError
from newsletter.store import issues, subscribers
from newsletter.web.pages import Visit

# A mail's styles stand in its elements. Nothing else is allowed: no script, no image, no form.
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; "
    "frame-ancestors 'none'; base-uri 'none'"
)


def show(visit: Visit) -> Response:
    """Show the issue; raises TokenError or NotFoundError, also for another reader's issue."""
    subscriber_id, issue_id = visit.token(Purpose.READ)
    with visit.pages.store.read() as tx:
        issue = issues.get(tx, issue_id)
        reader = subscribers.get(tx, subscriber_id)
    if issue.subscriber_id != subscriber_id:
        raise NotFoundError(f"issue {issue_id} is not this reader's")
    press = speaking(visit.pages.press, reader.preferences.language)
    message = write_digest(press, issue, reader.address, f"web:{issue_id}")
    return HTMLResponse(
        message.rendered.html,
        headers={"Content-Security-Policy": POLICY},
    )
