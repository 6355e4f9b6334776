"""Template files, compiled once: MJML in two stages to HTML, plain text in one.

A `.mjml` file is first built by Jinja with `[% %]` and `[[ ]]` (layout, partials, colours), then
compiled to HTML, and is then a Jinja template with `{% %}` and `{{ }}` for the values of one mail.
A `.txt` file is a Jinja template without autoescape. In: folders and values; out: text.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

import jinja2
from jinja2 import Environment, FunctionLoader, StrictUndefined, Template

from newsletter.errors import TemplateError
from newsletter.rendering.card import Cards
from newsletter.rendering.failures import left_open, steps, words
from newsletter.rendering.language import SOURCE, Language, spoken
from newsletter.rendering.language import language as find_language
from newsletter.rendering.marks import mark, read
from newsletter.rendering.mjml import Built, MjmlError, Place, compile_mjml
from newsletter.rendering.octets import closed, segment
from newsletter.rendering.plain import wrap
from newsletter.rendering.rows import Shown
from newsletter.rendering.sheet import Sheet, sheet, shown
from newsletter.rendering.spots import Spot

MARK = re.compile(r"\x01(\d+)\x02(\d+)\x03")
THEME = "mail/theme.mjml"
NOT_SET = re.compile(r"'jinja2\.environment\.TemplateModule object' has no attribute '(\w+)'")
UNDEFINED = re.compile(r"'(\w+)' is undefined")
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
class Page:
    """A compiled `.mjml` file."""

    built: Built
    text: str  # of the run stage
    template: Template
    sheet: Sheet


class Templates:
    """The template files of some folders: a name is looked up in each in order, first found wins.

    All failures are TemplateError with the file and the line in which they were written.
    """

    def __init__(self, folders: Sequence[Path], language: Language | None = None) -> None:
        self.folders = tuple(folders)
        self.language = language or find_language(SOURCE)
        self.spoken = {self.language.code: self}  # the same in other languages
        self.files: list[Path] = []  # the number in a mark is an index in here
        self.pages: dict[str, Page] = {}
        self.sheets: dict[str, Sheet] = {}
        self.cards = Cards(self.language)
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
        self.words = self.build.overlay(
            loader=FunctionLoader(self.load_file), keep_trailing_newline=True
        )
        for environment in (self.build, self.words):
            environment.globals |= spoken(self.language)
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
            raise self.explain(name, values, error) from error

    def plain(self, name: str, values: Mapping[str, object]) -> str:
        """Return the text of the `.txt` file with these values."""
        try:
            return self.text.get_template(name).render(values)
        except FAILURES as error:
            raise self.located(name, error) from error

    def octets(
        self,
        name: str,
        values: Mapping[str, object],
        cards: Sequence[Shown],
        spots: Sequence[Spot],
    ) -> list[bytes]:
        """Return the file with these values and cards as it goes over the wire, to be joined."""
        try:
            return self.sheet(name).octets(values, cards, spots)
        except FAILURES:
            # Once more as a whole, which tells the file and the line.
            printed = self.plain if name.endswith(".txt") else self.html
            return closed([segment(printed(name, {**values, "cards": shown(cards, spots)}))])

    def sheet(self, name: str) -> Sheet:
        """Return the file in pieces, cut at its first use."""
        if not name.endswith(".txt"):
            return self.page(name).sheet
        if name not in self.sheets:
            self.sheets[name] = sheet(self.text, self.load_text(name))
        return self.sheets[name]

    def load_text(self, name: str) -> str:
        """Return the text of a `.txt` file; raises TemplateNotFound."""
        found = self.load(name)
        if found is None:
            raise jinja2.TemplateNotFound(name)
        return found[0]

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
        except jinja2.TemplateSyntaxError as error:
            raise self.misread(name, built, error) from error
        try:
            html = compile_mjml(built.text)
            return self.ready(built, html)
        except jinja2.TemplateSyntaxError as error:
            raise self.failed(name, None, words(error)) from error
        except MjmlError as error:
            place = None if error.at is None else built.place(error.at)
            raise self.failed(name, place, error.reason) from error

    def ready(self, built: Built, html: str) -> Page:
        """Return the compiled page of the run stage's text."""
        return Page(built, html, self.run.from_string(html), sheet(self.run, html))

    def misread(self, name: str, built: Built, error: jinja2.TemplateSyntaxError) -> TemplateError:
        """Return the syntax error of the run stage with its place, found by parsing once more."""
        text, places = built.apart()
        try:
            self.run.parse(text)
        except jinja2.TemplateSyntaxError as again:
            line = left_open(self.run, text, again)
            return self.failed(name, places[min(line, len(places)) - 1], words(again))
        return self.failed(name, None, words(error))

    def explain(self, name: str, values: Mapping[str, object], error: Exception) -> TemplateError:
        """Return the error with its place, found by failing once more on the text before MJML."""
        text, places = self.page(name).built.apart()
        try:
            self.run.from_string(text).render(values)
        except FAILURES as again:
            found = steps(again, (STRING,))
            place = places[found[-1][1] - 1] if found else None
            return self.failed(name, place, words(again))
        return self.failed(name, None, words(error))

    def failed(self, name: str, place: Place | None, reason: str) -> TemplateError:
        """Return the error at this place, or in the file of this name if none was found."""
        if place:
            return TemplateError(str(place.file), place.line, reason, place.excerpt)
        return TemplateError(str(self.find(name) or name), None, reason)

    def located(self, name: str, error: Exception) -> TemplateError:
        """Return the error of a template that Jinja read from its file, with file and line."""
        reason = self.reason(error)
        if isinstance(error, jinja2.TemplateSyntaxError) and error.filename:
            return self.failed(name, Place(Path(error.filename), error.lineno), reason)
        found = steps(error, SUFFIXES)
        place = Place(Path(found[-1][0]), found[-1][1]) if found else None
        return self.failed(name, self.cause(error, place), reason)

    def cause(self, error: Exception, place: Place | None) -> Place | None:
        """Return the line of a theme that sets a colour to a name that is not there.

        Jinja tells only where that colour is used; all other errors keep their place.
        """
        missing = UNDEFINED.fullmatch(words(error))
        if not missing or (place and missing[1] in place.excerpt):
            return place
        is_cause = re.compile(rf"=.*\b{missing[1]}\b").search
        for file in self.find_all(THEME):
            for number, line in enumerate(read(file).split("\n"), start=1):
                if is_cause(line):
                    return Place(file, number)
        return place

    def reason(self, error: Exception) -> str:
        """Return the error's words; for a file that is missing, where it was looked for."""
        if isinstance(error, jinja2.TemplateNotFound):
            looked = ", ".join(str(folder) for folder in self.folders)
            return f"there is no template {error.name} in {looked}"
        # What is imported is the theme, unless the operator imports a file of their own.
        return NOT_SET.sub(rf"'\1' is set in no {THEME}", words(error))

    def find(self, name: str) -> Path | None:
        """Return the file of this name in the first folder that has it."""
        return next(self.find_all(name), None)

    def find_all(self, name: str) -> Iterator[Path]:
        """Yield the files of this name, in the order of the folders."""
        paths = (folder / name for folder in self.folders)
        return (path for path in paths if path.is_file())

    def speaking(self, code: str) -> "Templates":
        """Return these templates in another language, made at its first use.

        Raises ValueError if there is no such language.
        """
        if code not in self.spoken:
            found = Templates(self.folders, find_language(code))
            found.spoken = self.spoken
            self.spoken[code] = found
        return self.spoken[code]

    def load(self, name: str) -> tuple[str, str, None] | None:
        """Return a `.txt` file in our language as Jinja's loaders want it; None if missing."""
        path = self.find(name)
        return (self.words.get_template(name).render(), str(path), None) if path else None

    def load_file(self, name: str) -> tuple[str, str, None] | None:
        """Return a file's text and path as they are."""
        path = self.find(name)
        return (read(path), str(path), None) if path else None

    def load_marked(self, name: str) -> tuple[str, str, None] | None:
        """Return the same with a mark at the start of each line, which survives the build.

        A theme stands after those of the later folders, so that it may set some names only.
        """
        paths = tuple(self.find_all(name))
        if not paths:
            return None
        text = self.marked(paths[0])
        for other in paths[1:] if name == THEME else ():
            under = self.marked(other)
            self.build.parse(under, filename=str(other))
            # On the first line: the lines of the theme above stay what they are in its file.
            text = under.replace("\n", " ") + text
        return text, str(paths[0]), None

    def marked(self, path: Path) -> str:
        """Return the file's text with marks that lead back to it."""
        self.files.append(path)
        return mark(read(path), len(self.files) - 1)

    def unmark(self, marked: str) -> Built:
        """Return the built text without its marks, which become the places of its pieces."""
        _, *split = MARK.split(marked)
        files, lines, pieces = split[::3], split[1::3], split[2::3]
        places = (Place(self.files[int(f)], int(n)) for f, n in zip(files, lines, strict=True))
        starts = accumulate((len(piece) for piece in pieces[:-1]), initial=0)
        return Built("".join(pieces), tuple(starts), tuple(places))
