"""Papers that came in -> ready for issues: near-duplicates folded, summaries made."""

from collections.abc import Callable

from newsletter.actions.fold import fold
from newsletter.actions.summarise import summarise
from newsletter.store.database import Store

IN_HASTE = 2000  # summaries made where issues or other feeds wait: a new maker has an archive to do


def prepare(
    store: Store, progress: Callable[[int], None] | None = None, limit: int | None = IN_HASTE
) -> None:
    """Fold all papers that were not compared yet and make the missing summaries, up to a limit.

    Neither is part of a feed's own transaction: both take longer than storing, and readers' clicks
    wait for the write lock.
    """
    fold(store)
    summarise(store, progress, limit)
