"""The preview page: any subscriber's next issue, HTML and text, never stored or sent."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from newsletter.actions import preview
from newsletter.actions.compose import Order
from newsletter.actions.messages import Press
from newsletter.domain.issue import Issue, Item
from newsletter.domain.message import Message
from newsletter.errors import NewsletterError, TemplateError
from newsletter.rendering.fresh import Fresh
from newsletter.store.database import Store
from newsletter.summary.maker import explain

HERE = ("127.0.0.1", "localhost", "[::1]")
REASONS_SHOWN = 3
WIDTHS = (320, 375, 600, 1024)
# The frame is sandboxed: a mail runs no script and cannot reach the page around it.
PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; form-action 'self'"
MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"


@dataclass(frozen=True, slots=True, eq=False)
class Desk:
    """What the page is made with."""

    store: Store
    press: Press
    folders: Sequence[Path]  # templates/, the operator's first
    order: Callable[[str], Order]  # what to draft for an address


def site(desk: Desk) -> Starlette:
    """Return the operator's preview; it is to listen on this machine only."""
    pages = Environment(
        loader=FileSystemLoader([str(one) for one in desk.folders]),
        autoescape=True,
        undefined=StrictUndefined,
    )

    fresh = Fresh(desk.press.templates)

    def draft_of(address: str) -> Drafted:
        """Return the next issue by the newest templates that work."""
        shown = drafted(replace(desk, press=replace(desk.press, templates=fresh.look())), address)
        if fresh.trouble is None:
            return shown
        told = f"The template is broken; the last good one is shown. {fresh.trouble}"
        return replace(shown, trouble=f"{told} {shown.trouble}".strip())

    def index(request: Request) -> Response:
        """Show the chosen subscriber's next issue beside the list of all."""
        everybody = [one.address for one in preview.everybody(desk.store)]
        address = request.query_params.get("subscriber") or (everybody[0] if everybody else "")
        width = request.query_params.get("width", "")
        shown = draft_of(address)
        page = pages.get_template("pages/preview.html").render(
            everybody=everybody,
            address=address,
            width=int(width) if width in map(str, WIDTHS) else 600,
            widths=WIDTHS,
            tab="text" if request.query_params.get("tab") == "text" else "html",
            message=shown.message,
            issue=shown.issue,
            trouble=shown.trouble,
            sentences=sentences(shown.issue),
        )
        return guarded(HTMLResponse(page, 404 if shown.missing else 200), PAGE_POLICY)

    def mail(request: Request) -> Response:
        """Return the HTML part alone, for the frame."""
        shown = draft_of(request.query_params.get("subscriber", ""))
        if shown.message is None:
            return PlainTextResponse(shown.trouble, status_code=404)
        return guarded(HTMLResponse(shown.message.rendered.html), MAIL_POLICY)

    def raw(request: Request) -> Response:
        """Return the whole mail as a file."""
        shown = draft_of(request.query_params.get("subscriber", ""))
        if shown.message is None:
            return PlainTextResponse(shown.trouble, status_code=404)
        fields = {"Content-Disposition": f'attachment; filename="{shown.message.name}.eml"'}
        return Response(shown.message.raw, media_type="message/rfc822", headers=fields)

    routes = [Route("/", index), Route("/mail", mail), Route("/raw", raw)]
    # A foreign page whose name is turned to this machine must not read addresses and tokens.
    here = Middleware(TrustedHostMiddleware, allowed_hosts=list(HERE))
    return Starlette(routes=routes, middleware=[here])


@dataclass(frozen=True, slots=True)
class Drafted:
    """The message that would go out, or what is in its way, in a sentence."""

    message: Message | None = None
    issue: Issue | None = None
    trouble: str = ""
    missing: bool = False


def drafted(desk: Desk, address: str) -> Drafted:
    """Return the next issue of an address as a message; trouble is shown, never raised."""
    if not address:
        return Drafted(trouble="There are no subscribers yet: newsletter subscribers add ADDRESS")
    try:
        draft = preview.draft(desk.store, desk.press, desk.order(address))
    except TemplateError as error:
        return Drafted(trouble=f"The template is broken. {error}")
    except NewsletterError as error:
        return Drafted(trouble=str(error), missing=True)
    why = f"{draft.why[0].upper()}{draft.why[1:]}." if draft.why else ""
    return Drafted(draft.message, draft.issue, why)


def sentences(issue: Issue | None) -> dict[int, str]:
    """Return by position what is told of an item's sentence: which one it is, and why that one."""
    return {item.position: of_sentence(item) for item in issue.items} if issue else {}


def of_sentence(item: Item) -> str:
    """Return where the item's sentence comes from and what speaks for it, "" without one."""
    if item.summary is None or item.summary.tldr is None:
        return ""
    if item.summary.is_written:
        return f"written by {item.summary.maker.partition(':')[2]}"
    explained = explain(item.paper.title, item.paper.abstract)
    place = next((at for at, one in enumerate(explained, 1) if one.chosen), 0)
    if not place or explained[place - 1].start != item.summary.tldr.start:
        return f"made by {item.summary.maker}"
    told = [one.thing for one in explained[place - 1].reasons if one.value > 0][:REASONS_SHOWN]
    return f"sentence {place} of {len(explained)}" + (f": {'; '.join(told)}" if told else "")


def guarded(response: Response, policy: str) -> Response:
    """Return the response with its security headers."""
    response.headers["Content-Security-Policy"] = policy
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response
