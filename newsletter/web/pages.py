"""What the reader's pages are made with, and one visit to one of them: a request -> a response."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import jinja2
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from newsletter.actions.messages import Press
from newsletter.domain import token
from newsletter.domain.message import Site
from newsletter.domain.profile import Topic
from newsletter.domain.subscriber import Preferences
from newsletter.domain.token import Purpose
from newsletter.errors import TemplateError, TokenError
from newsletter.store.database import Store
from newsletter.web.guard import Allowance, Form

FOLDER = "pages"  # inside a folder of templates
# By one reader's links in ten minutes: each of 40 papers may be rated and saved.
CHANGES = 100
CONFIRMATIONS = 1000  # an hour, whoever asks


@dataclass(frozen=True, slots=True, eq=False)
class Pages:
    """What every page is made with."""

    store: Store
    keys: Sequence[bytes]  # of tokens, the newest first
    site: Site
    catalogue: Sequence[Topic]
    preferences: Preferences  # what a new subscriber starts with
    press: Press
    folders: Sequence[Path]  # of templates, the operator's first
    now: Callable[[], datetime]
    wake: Callable[[], None]  # something is due at once
    askers: Allowance = field(default_factory=Allowance)  # by client
    readers: Allowance = field(default_factory=lambda: Allowance(CHANGES))
    confirmations: Allowance = field(
        default_factory=lambda: Allowance(CONFIRMATIONS, timedelta(hours=1))
    )

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the catalogue's topics."""
        return tuple(topic.name for topic in self.catalogue)

    def reader_of(self, text: str, now: datetime) -> int:
        """Return the subscriber that a token was made for, whatever its purpose; 0 if nobody."""
        for purpose in Purpose:
            with suppress(TokenError):
                return token.read(self.keys, purpose, text, now)[0]
        return 0


@dataclass(frozen=True, slots=True, eq=False)
class Visit:
    """One request, its form (empty but for a POST) and the moment it came."""

    pages: Pages
    templates: jinja2.Environment
    request: Request
    form: Form
    now: datetime

    def token(self, purpose: Purpose) -> tuple[int, int]:
        """Return the subscriber and the issue (0 if none) of the address; raises TokenError."""
        return token.read(self.pages.keys, purpose, self.request.path_params["token"], self.now)

    def link(self, path: str, purpose: Purpose, subscriber: int, issue: int = 0) -> str:
        """Return the path of another page of this reader."""
        made = token.make(self.pages.keys[0], purpose, subscriber, issue)
        return f"{base_path(self.pages.site)}/{path}/{made}"

    def page(self, name: str, status: int = 200, **values: object) -> Response:
        """Return the page of this name with these values, each escaped."""
        return page(self.templates, name, status, **values)


def page(
    templates: jinja2.Environment, name: str, status: int = 200, **values: object
) -> HTMLResponse:
    """Return the template of this name as a response."""
    return HTMLResponse(templates.get_template(f"{FOLDER}/{name}.html").render(values), status)


def open_templates(pages: Pages) -> jinja2.Environment:
    """Return the page templates, each compiled once; raises TemplateError if one does not parse."""
    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(pages.folders),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    templates.globals |= {"site": pages.site, "base": base_path(pages.site)}
    for name in templates.list_templates(filter_func=is_page):
        try:
            templates.get_template(name)
        except jinja2.TemplateSyntaxError as error:
            reason = error.message or "does not parse"
            raise TemplateError(error.filename or name, error.lineno, reason) from error
    return templates


def is_page(name: str) -> bool:
    """Return whether the template is one of the pages."""
    return name.startswith(f"{FOLDER}/") and name.endswith(".html")


def base_path(site: Site) -> str:
    """Return what stands before our paths: a proxy may show us under https://example.org/papers."""
    return urlsplit(site.url).path


def style_of(templates: jinja2.Environment) -> str:
    """Return the style sheet of the pages; raises TemplateError if there is none."""
    name = f"{FOLDER}/style.css"
    try:
        if templates.loader is None:
            raise jinja2.TemplateNotFound(name)
        return templates.loader.get_source(templates, name)[0]
    except jinja2.TemplateNotFound as error:
        raise TemplateError(name, None, "there is no such file in templates/") from error
