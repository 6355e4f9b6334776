"""Papers to be ranked, written by us."""

from datetime import UTC, datetime

from newsletter.domain.paper import Paper
from newsletter.ranking.candidate import Ranked

NOW = datetime(2026, 3, 14, 6, tzinfo=UTC)


def ranked(*papers, first_seen=NOW):
    return [Ranked(row, paper, 1, first_seen) for row, paper in enumerate(papers, 10)]


SPINDLES = Paper(
    "Sleep Spindles Predict Learning",
    "We count sleep spindles of adults and relate them to memory.",
    ("Grace Mbeki", "Olu Adeyemi"),
    ("q-bio.NC",),
    votes=7,
)
TEA = Paper("Tea and Sleep", "Drinkers of tea sleep less.", ("Jun Sato",), ("physics.soc-ph",))
GRAPHS = Paper("Colouring Sparse Graphs", "We colour sparse graphs.", (), ("math.CO",), votes=63)
MICE = Paper("Spindles in Mice", "Mice have sleep spindles too.", ("Ada Okafor",), ("q-bio.NC",))
FILLERS = tuple(
    Paper(f"Filler {word}", f"About {word} alone.")
    for word in ("bread", "paint", "roads", "tides", "glass", "wool", "rain", "clocks")
)
PAPERS = (SPINDLES, TEA, GRAPHS, MICE, *FILLERS)
