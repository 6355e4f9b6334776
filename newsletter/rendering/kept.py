"""Templates of earlier days: the texts of their run stage, gathered, and used again."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from jinja2 import meta

from newsletter.rendering.language import Language
from newsletter.rendering.mjml import Built, Place
from newsletter.rendering.templates import Page, Templates


def shaping(templates: Templates, names: Sequence[str]) -> dict[str, str]:
    """Return all that shapes what these templates print, by name: the run stage's texts.

    Of a `.txt` file also what it includes. Raises TemplateError.
    """
    found: dict[str, str] = {}
    left = list(names)
    while left:
        name = left.pop()
        if name.endswith(".txt"):
            found[name] = templates.load_text(name)
            named = meta.find_referenced_templates(templates.text.parse(found[name]))
            left += [one for one in named if one and one not in found]
        else:
            found[name] = templates.page(name).text
    return found


class KeptTemplates(Templates):
    """Templates from their kept texts, by name, and from no files."""

    def __init__(self, texts: Mapping[str, str], language: Language) -> None:
        super().__init__([], language)
        self.texts = texts

    def load(self, name: str) -> tuple[str, str, None] | None:
        """Return a text as Jinja's loaders want it; None if it was not kept."""
        return (self.texts[name], name, None) if name in self.texts else None

    def compile(self, name: str) -> Page:
        """Return the page of the kept text, which MJML has been through."""
        text = self.load_text(name)
        return self.ready(Built(text, (0,), (Place(Path(name), 1),)), text)
