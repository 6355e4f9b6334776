"""What is said of a paper in short: one sentence, and up to three extracts, each with its place."""

from dataclasses import dataclass

WRITTEN = "written:"  # makers that are language models begin so, and no others
REFUSED = "refused:"  # so those whose sentence was not taken: it is not asked for again


@dataclass(frozen=True, slots=True)
class Extract:
    """A text and the stretch of the abstract that it was taken from.

    The text may be shorter than abstract[start:end]: lead-ins and parentheses are left off.
    """

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Summary:
    """A paper's sentence and card; None where the abstract has nothing of the kind."""

    maker: str  # what made it: the rule or the weights, with their version
    tldr: Extract | None = None
    problem: Extract | None = None
    idea: Extract | None = None
    result: Extract | None = None

    @property
    def is_written(self) -> bool:
        """Return whether a language model wrote the sentence; readers are told."""
        return self.maker.startswith(WRITTEN)
