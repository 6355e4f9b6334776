"""Template files, compiled once: MJML in two stages to HTML, plain text in one.

A `.mjml` file is first built by Jinja with `[% %]` and `[[ ]]` (layout, partials, colours), then
compiled to HTML, and is then a Jinja template with `{% %}` and `{{ }}` for the values of one mail.
A `.txt` file is a Jinja template without autoescape. In: folders and values; out: text.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import jinja2
from jinja2 import Environment, FunctionLoader, StrictUndefined, Template

from newsletter.errors import TemplateError
from newsletter.rendering.mjml import MjmlError, compile_mjml
from newsletter.rendering.plain import wrap

BUILD_TAG = re.compile(r"(\[%.*?%\]|\[\[.*?\]\]|\[#.*?#\])", re.DOTALL)
MARK = re.compile(r"\x01(\d+)\x02(\d+)\x03")
STRING = "<template>"  # the file name that Jinja gives to a template without a file
SUFFIXES = (".mjml", ".css", ".txt")
# What an expression in a template can raise; anything else is a fault of ours.
FAILURES = (
    jinja2.TemplateError,
    TypeError,
    ValueError,
    ArithmeticError,
    AttributeError,
    LookupError,
)


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a template file."""

    file: Path
    line: int

    @property
    def excerpt(self) -> str:
        """Return the line's words."""
        lines = self.file.read_text(encoding="utf-8").split("\n")
        return lines[self.line - 1].strip() if self.line <= len(lines) else ""


@dataclass(frozen=True, slots=True)
class Built:
    """MJML after the build stage, and the place in a file that each of its lines came from."""

    text: str
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """A compiled `.mjml` file."""

    built: Built
    template: Template


class Templates:
    """The template files of some folders: a name is looked up in each in order, first found wins.

    All failures are TemplateError with the file and the line in which they were written.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self.folders = tuple(folders)
        self.files: list[Path] = []  # the number in a mark is an index in here
        self.pages: dict[str, Page] = {}
        self.build = Environment(  # noqa: S701 - only template files pass here, no foreign text
            loader=FunctionLoader(self.load_marked),
            block_start_string="[%",
            block_end_string="%]",
            variable_start_string="[[",
            variable_end_string="]]",
            comment_start_string="[#",
            comment_end_string="#]",
            undefined=StrictUndefined,
        )
        self.run = Environment(autoescape=True, undefined=StrictUndefined)
        self.text = Environment(  # noqa: S701 - plain text has no markup to escape
            loader=FunctionLoader(self.load),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        self.text.filters["wrap"] = wrap

    def html(self, name: str, values: Mapping[str, object]) -> str:
        """Return the HTML of the `.mjml` file with these values, each escaped."""
        page = self.page(name)
        try:
            return page.template.render(values)
        except FAILURES as error:
            raise self.explain(page, values, error) from error

    def plain(self, name: str, values: Mapping[str, object]) -> str:
        """Return the text of the `.txt` file with these values."""
        try:
            return self.text.get_template(name).render(values)
        except FAILURES as error:
            raise self.located(name, error) from error

    def page(self, name: str) -> Page:
        """Return the compiled `.mjml` file, compiled at its first use."""
        if name not in self.pages:
            self.pages[name] = self.compile(name)
        return self.pages[name]

    def compile(self, name: str) -> Page:
        """Return the file compiled through both stages."""
        try:
            built = self.unmark(self.build.get_template(name).render())
        except FAILURES as error:
            raise self.located(name, error) from error
        try:
            # Parsed before MJML too: there its lines are still those of the files.
            self.run.parse(built.text)
            return Page(built, self.run.from_string(compile_mjml(built.text)))
        except jinja2.TemplateSyntaxError as error:
            raise located_in(built, error.lineno, words(error)) from error
        except MjmlError as error:
            raise located_in(built, error.line, error.reason, self.find(name)) from error

    def explain(self, page: Page, values: Mapping[str, object], error: Exception) -> TemplateError:
        """Return the error with its place, found by failing once more on the text before MJML."""
        try:
            self.run.from_string(page.built.text).render(values)
        except FAILURES as again:
            _, line = steps(again, (STRING,))[-1]
            return located_in(page.built, line, words(again))
        return located_in(page.built, None, words(error))

    def located(self, name: str, error: Exception) -> TemplateError:
        """Return the error of a template that Jinja read from its file, with file and line."""
        if isinstance(error, jinja2.TemplateSyntaxError) and error.filename:
            place = Place(Path(error.filename), error.lineno)
            return TemplateError(str(place.file), place.line, words(error), place.excerpt)
        for file, line in reversed(steps(error, SUFFIXES)):
            excerpt = Place(Path(file), line).excerpt
            return TemplateError(file, line, self.reason(error), excerpt)
        return TemplateError(str(self.find(name) or name), None, self.reason(error))

    def reason(self, error: Exception) -> str:
        """Return the error's words; for a file that is missing, where it was looked for."""
        if isinstance(error, jinja2.TemplateNotFound):
            looked = ", ".join(str(folder) for folder in self.folders)
            return f"there is no template {error.name} in {looked}"
        return words(error)

    def find(self, name: str) -> Path | None:
        """Return the file of this name in the first folder that has it."""
        paths = (folder / name for folder in self.folders)
        return next((path for path in paths if path.is_file()), None)

    def load(self, name: str) -> tuple[str, str, None] | None:
        """Return a file's text and path as Jinja's loaders want it; None if it is missing."""
        path = self.find(name)
        return (path.read_text(encoding="utf-8"), str(path), None) if path else None

    def load_marked(self, name: str) -> tuple[str, str, None] | None:
        """Return the same with a mark at the start of each line, which survives the build."""
        found = self.load(name)
        if found is None:
            return None
        text, path, _ = found
        self.files.append(Path(path))
        return mark(text, len(self.files) - 1), path, None

    def unmark(self, marked: str) -> Built:
        """Return the built text without its marks, which become the places of its lines."""
        places: list[Place] = []
        for line in marked.split("\n"):
            found = MARK.search(line)
            if found:
                places.append(Place(self.files[int(found[1])], int(found[2])))
            elif places:
                places.append(places[-1])  # the rest of a line after a partial
        return Built(MARK.sub("", marked), tuple(places))


def mark(text: str, file: int) -> str:
    """Return the text with file and line number before each line, but not inside build tags."""
    pieces, line = [f"\x01{file}\x021\x03"], 1
    for number, piece in enumerate(BUILD_TAG.split(text)):
        is_tag = number % 2 == 1
        for at, part in enumerate(piece.split("\n")):
            if at:
                line += 1
                pieces.append("\n" if is_tag else f"\n\x01{file}\x02{line}\x03")
            pieces.append(part)
    return "".join(pieces)


def located_in(
    built: Built, line: int | None, reason: str, file: Path | None = None
) -> TemplateError:
    """Return the error at a line of the built text, under its name in the template files."""
    if line and line <= len(built.places):
        place = built.places[line - 1]
        return TemplateError(str(place.file), place.line, reason, place.excerpt)
    return TemplateError(str(file or built.places[-1].file), None, reason)


def words(error: Exception) -> str:
    """Return what the error says on one line."""
    return " ".join(str(error).split()) or type(error).__name__


def steps(error: Exception, ending: tuple[str, ...]) -> list[tuple[str, int]]:
    """Return file and line of each step to the error, outermost first, in files so named."""
    found, step = [], error.__traceback__
    while step:
        file = step.tb_frame.f_code.co_filename
        if file.endswith(ending):
            found.append((file, step.tb_lineno))
        step = step.tb_next
    return found
