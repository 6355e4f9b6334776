"""Where cards stand in an issue: a position and a topic, each made once for all who stand there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from newsletter.rendering.pieces import keep
from newsletter.rendering.plain import cut, tidy

LINE_LENGTH, SHORTEST_LINE = 80, 50
MOST_POSITIONS, MOST_TOPICS = 256, 2048


@dataclass(frozen=True, slots=True, eq=False)
class Spot:
    """Where in an issue a card stands. Made once for all who stand there: it is known by itself."""

    own: Sequence[Any]  # in the order of SPOT


class Spots(dict[int, Spot]):
    """The spots of a topic, by their position, each made at its first use."""

    def __init__(self, topic: str, is_brief: bool) -> None:
        super().__init__()
        self.topic, self.is_brief = cut(tidy(topic), LINE_LENGTH), is_brief

    def __missing__(self, position: int) -> Spot:
        """Return the spot, whose line above a title names position and topic, now kept."""
        kicker = f"{position} · {self.topic}" if self.topic else str(position)
        kicker = cut(kicker, SHORTEST_LINE) if self.is_brief else kicker
        return keep(self, position, Spot((kicker, position)), MOST_POSITIONS)


class Topics(dict[str, Spots]):
    """The spots of all topics."""

    def __init__(self, is_brief: bool) -> None:
        super().__init__()
        self.is_brief = is_brief

    def __missing__(self, topic: str) -> Spots:
        """Return those of a topic, now kept."""
        return keep(self, topic, Spots(topic, self.is_brief), MOST_TOPICS)
