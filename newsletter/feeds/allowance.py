"""How much TeX may be read of one body, for a feed of nothing but formulas would take minutes."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

REMEMBERED = 4096  # formulas, by mathematics.py


class Allowance:
    """How many characters of formulas may yet be read, and which formulas have been."""

    def __init__(self, characters: int) -> None:
        self.characters = characters
        self.seen = set[str]()

    def takes(self, formula: str) -> bool:
        """Return whether the formula may be read; one that is remembered costs nothing."""
        if formula in self.seen and len(self.seen) <= REMEMBERED:
            return True
        if len(formula) > self.characters:
            return False
        self.characters -= len(formula)
        self.seen.add(formula)
        return True


ALLOWANCE: ContextVar[Allowance | None] = ContextVar("allowance", default=None)


@contextmanager
def allowance(characters: int) -> Iterator[None]:
    """Let so many characters of formulas be read and no more; each takes some 25 microseconds."""
    token = ALLOWANCE.set(Allowance(characters))
    try:
        yield
    finally:
        ALLOWANCE.reset(token)


def affordable(formula: str) -> bool:
    """Return whether a formula may be read; without an allowance every one may."""
    left = ALLOWANCE.get()
    return left is None or left.takes(formula)
