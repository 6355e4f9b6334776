"""An issue's lines about papers that are none of its items, in groups under a heading."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from newsletter.domain.issue import Mention, News
from newsletter.rendering.language import Language
from newsletter.rendering.plain import cut, tidy
from newsletter.rendering.spots import LINE_LENGTH

TITLE_LENGTH = 200
NEWS = {
    News.WITHDRAWN: "withdrawn",
    News.REPLACED: "title or abstract changed",
    News.PUBLISHED: "published",
}


class Line(NamedTuple):
    """A paper in one line."""

    title: str
    link: str
    note: str  # "" where the heading says it all


class Group(NamedTuple):
    """Lines under one heading."""

    heading: str
    lines: tuple[Line, ...]


@lru_cache(maxsize=4096)
def groups(mentions: tuple[Mention, ...], tongue: Language) -> tuple[Group, ...]:
    """Return the groups that there are: papers perhaps missed, then what became of earlier ones."""
    missed = [one for one in mentions if one.news is News.MISSED]
    later = [one for one in mentions if one.news is not News.MISSED]
    found = (
        Group(tongue.say("You may have missed"), lines(missed, tongue)),
        Group(tongue.say("News of papers you have had"), lines(later, tongue)),
    )
    return tuple(group for group in found if group.lines)


def lines(mentions: Sequence[Mention], tongue: Language) -> tuple[Line, ...]:
    """Return the mentions as lines."""
    return tuple(
        Line(cut(tidy(one.title), TITLE_LENGTH), one.link, note(one, tongue)) for one in mentions
    )


def note(one: Mention, tongue: Language) -> str:
    """Return what has become of the paper, "" where nothing has."""
    if one.news is News.PUBLISHED and one.venue:
        venue = cut(tidy(one.venue), LINE_LENGTH)
        return tongue.say("published in {venue}", venue=venue)
    return tongue.say(NEWS[one.news]) if one.news in NEWS else ""
