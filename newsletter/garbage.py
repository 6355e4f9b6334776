"""How often Python looks for cyclic garbage: seldom, for a mail leaves none, and much is kept."""

import gc

EVERY = 10_000  # objects that are more than at the last look; Python's own is 700 to 2,000


def look_seldom() -> None:
    """Look for it more seldom in this process: it takes a tenth of building a mail."""
    gc.set_threshold(EVERY, *gc.get_threshold()[1:])
