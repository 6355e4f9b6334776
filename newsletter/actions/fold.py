"""Papers that came in -> near-duplicates folded, a few papers in each transaction."""

from newsletter.store import twins
from newsletter.store.database import Store


def fold(store: Store) -> int:
    """Compare all papers that were not compared yet and return how many were folded."""
    total = 0
    while True:
        with store.write() as tx:
            compared, folded = twins.fold_next(tx)
        total += folded
        if not compared:
            return total
