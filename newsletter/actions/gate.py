"""The first message of an edition -> the lint: what is wrong with it is wrong with all of them."""

import logging
from dataclasses import dataclass, field

from newsletter.domain.message import Message
from newsletter.errors import TemplateError
from newsletter.rendering.lint import ERROR, lint

log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class Gate:
    """Lets the messages of an edition through once its first one was found sound."""

    allowed: frozenset[str] = frozenset()  # rules that block nothing
    passed: set[object] = field(default_factory=set)

    def admit_once(self, message: Message, name: str, template: object) -> Message:
        """Return the message; the first of this name and template is looked at first.

        Raises TemplateError as `admit` does, and then again for the next of them.
        """
        key = (name, template)
        if key not in self.passed:
            message = message.sealed()  # the rules want its signatures
            admit(message, self.allowed)
            self.passed.add(key)
        return message


def admit(message: Message, allowed: frozenset[str]) -> None:
    """Raise TemplateError if the message has an error of a rule that is not allowed."""
    found = [one for one in lint(message.raw) if one.level == ERROR]
    for one in found:
        if one.rule in allowed:
            log.warning("allowed by lint.allow rule=%s what=%s", one.rule, one.text)
    stops = [one for one in found if one.rule not in allowed]
    if stops:
        first = stops[0]
        more = f" (and {len(stops) - 1} more errors)" if len(stops) > 1 else ""
        raise TemplateError(
            f"{message.name}.eml",
            None,
            f"not sent, nor any like it: {first.rule}: {first.text}{more}; mend the template, or "
            f'set lint.allow = ["{first.rule}"] in config/newsletter.toml',
        )
