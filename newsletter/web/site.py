"""The readers' site: which page answers where, and what is said when none can.

In: `Pages`, what they are made with. Out: an ASGI application. A site shown under a path
(https://example.org/papers) wants a proxy that takes that path off.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import jinja2
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from newsletter.errors import NotFoundError, StoreError, TokenError
from newsletter.web.guard import (
    NO_FORM,
    SecurityHeaders,
    client_of,
    headers_for,
    is_from_elsewhere,
    read_form,
)
from newsletter.web.pages import Pages, Visit, open_templates, page, style_of
from newsletter.web.reader import (
    archive,
    confirm,
    library,
    pause,
    preferences,
    rate,
    saved,
    subscribe,
    unsubscribe,
)

__all__ = ["Pages", "reader_site"]

log = logging.getLogger(__name__)

Answer = Callable[[Visit], Response]

# HEAD is answered like GET. GET never changes anything: programs open the links of a mail.
TABLE: tuple[tuple[str, str, Answer], ...] = (
    ("GET", "/", subscribe.show),
    ("GET", "/subscribe", subscribe.show),
    ("POST", "/subscribe", subscribe.request),
    ("GET", "/confirm/{token}", confirm.show),
    ("POST", "/confirm/{token}", confirm.confirm),
    ("GET", "/preferences/{token}", preferences.show),
    ("POST", "/preferences/{token}", preferences.change),
    ("GET", "/library/{token}", library.show),
    ("POST", "/library/{token}", library.remove),
    ("GET", "/pause/{token}", pause.show),
    ("POST", "/pause/{token}", pause.pause),
    ("GET", "/unsubscribe/{token}", unsubscribe.show),
    ("POST", "/unsubscribe/{token}", unsubscribe.unsubscribe),
    ("GET", "/issues/{token}", archive.show),
    ("GET", "/rate/{token}", rate.show),
    ("POST", "/rate/{token}", rate.rate),
    ("GET", "/saved/{token}", saved.show),
    ("POST", "/saved/{token}", saved.undo),
    ("GET", "/saved/{token}/papers.bib", saved.bibtex),
    ("GET", "/saved/{token}/papers.ris", saved.ris),
)
ONE_CLICK = "/unsubscribe/{token}"  # mail programs post here, from wherever they are (RFC 8058)
RATIONED = "/subscribe"

WORDS = {
    403: ("Sent from another site", "This form was not sent from this site, so nothing was done."),
    404: ("There is no such page", "If you followed a link in a mail, copy it whole."),
    405: ("That does not work here", "This page cannot be used in that way."),
    408: ("That took too long", "The form did not arrive in time. Please send it again."),
    413: ("That is too much", "The form is larger than this site reads. Nothing was changed."),
    429: (
        "Too often",
        "Many requests came from your network or by this link. Try again in ten minutes.",
    ),
    500: ("Something went wrong", "The fault is ours. Please try again in a few minutes."),
    503: ("Not just now", "Nothing was changed. Please try again in a few minutes."),
}
OTHERWISE = ("That could not be read", "Please go back and send it again.")


def reader_site(pages: Pages) -> Starlette:
    """Return the site; raises TemplateError if a page's template is missing or does not parse."""
    templates = open_templates(pages)
    site = Starlette(
        routes=routes(pages, templates),
        middleware=[Middleware(SecurityHeaders, headers=headers_for(pages.site.url))],
        exception_handlers=error_pages(pages, templates),
    )
    # A redirect would be built from the Host header, which anybody may write.
    site.router.redirect_slashes = False
    return site


def routes(pages: Pages, templates: jinja2.Environment) -> list[Route]:
    """Return a route for each path of the table, and one for the style sheet."""
    by_path: dict[str, dict[str, Answer]] = {}
    for method, path, answer in TABLE:
        by_path.setdefault(path, {})[method] = answer
    style = style_of(templates)

    def show_style(_request: Request) -> Response:
        """Return the style sheet, which may be kept for an hour."""
        kept = {"Cache-Control": "max-age=3600"}
        return Response(style, headers=kept, media_type="text/css")

    made = [to_route(pages, templates, *entry) for entry in by_path.items()]
    return [*made, Route("/style.css", show_style)]


def to_route(
    pages: Pages,
    templates: jinja2.Environment,
    path: str,
    answers: Mapping[str, Answer],
) -> Route:
    """Return the route of a path, where each method has its answer."""

    async def respond(request: Request) -> Response:
        """Read the form and let the page answer in a thread: it waits for the database."""
        now, form = pages.now(), NO_FORM
        method = "GET" if request.method == "HEAD" else request.method
        if method == "POST":
            if path != ONE_CLICK and is_from_elsewhere(request, pages.site.url):
                raise HTTPException(403)
            if not is_granted(pages, path, request, now):
                raise HTTPException(429, headers={"Retry-After": "600"})
            form = await read_form(request)
        return await run_in_threadpool(answers[method], Visit(pages, templates, request, form, now))

    return Route(path, respond, methods=list(answers))


def is_granted(pages: Pages, path: str, request: Request, now: datetime) -> bool:
    """Count a form and return whether its sender may send it so often.

    Mail programs unsubscribe as often as they like.
    """
    if path == RATIONED:
        return pages.askers.grants(client_of(request), now)
    reader = 0 if path == ONE_CLICK else pages.reader_of(request.path_params["token"], now)
    return not reader or pages.readers.grants(str(reader), now)


def error_pages(
    pages: Pages, templates: jinja2.Environment
) -> dict[Any, Callable[[Request, Any], Response]]:
    """Return the page of each kind of trouble; none tells what went on inside."""

    def refused(_request: Request, error: HTTPException) -> Response:
        """Answer what HTTP has a number for."""
        status = error.status_code
        response = page(templates, "error", status, **words(status))
        response.headers.update(error.headers or {})
        return response

    def bad_link(_request: Request, error: TokenError | NotFoundError) -> Response:
        """Say why the link does not work; that somebody is gone looks like any wrong link."""
        told = str(error) if isinstance(error, TokenError) else "it leads to nothing any more"
        text = f"{told[0].upper()}{told[1:]}."
        return page(templates, "error", 404, title="This link does not work", text=text)

    def busy(_request: Request, error: StoreError) -> Response:
        """Ask to come again when the database is locked, full or gone."""
        log.error("page not answered reason=%s", error)
        return page(templates, "error", 503, **words(503))

    def broken(_request: Request, _error: Exception) -> Response:
        """Say that the fault is ours; the traceback goes to the log. No layer adds headers here."""
        try:
            response: Response = page(templates, "error", 500, **words(500))
        except jinja2.TemplateError:
            response = PlainTextResponse(words(500)["text"], 500)
        response.headers.update(headers_for(pages.site.url))
        return response

    return {
        HTTPException: refused,
        TokenError: bad_link,
        NotFoundError: bad_link,
        StoreError: busy,
        Exception: broken,
    }


def words(status: int) -> dict[str, str]:
    """Return what the page of this status says."""
    title, text = WORDS.get(status, OTHERWISE)
    return {"title": title, "text": text}
