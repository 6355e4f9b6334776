"""Papers without a summary by the current maker -> summaries, a few in each transaction."""

import logging
from collections.abc import Callable
from typing import NamedTuple

from newsletter.domain.summary import WRITTEN, Summary
from newsletter.store import summaries
from newsletter.store.database import Store
from newsletter.store.summaries import Unsummarised
from newsletter.summary import maker as current

log = logging.getLogger(__name__)

BATCH = 200  # papers in one transaction


class Maker(NamedTuple):
    """What makes summaries of a title and an abstract, and the name that it signs them with."""

    name: str
    make: Callable[[str, str], Summary]


CURRENT = Maker(current.MAKER, current.summarise)


def summarise(
    store: Store,
    progress: Callable[[int], None] | None = None,
    limit: int | None = None,
    maker: Maker = CURRENT,
) -> int:
    """Make the summaries that are missing, newest papers first, and return how many were made.

    What a language model wrote stays. With a limit, at most so many. The texts are read and worked
    on outside the write lock, which readers' clicks wait for. Two processes at a time make some
    twice, and keep each once.
    """
    done, before = 0, None
    while limit is None or done < limit:
        size = BATCH if limit is None else min(BATCH, limit - done)
        with store.read() as tx:
            found = summaries.missing(tx, (maker.name, f"{WRITTEN}%"), before, size)
        if not found:
            break
        made = {(one.row, one.number): summary(one, maker) for one in found}
        with store.write() as tx:
            summaries.keep(tx, made)
        done, before = done + len(found), found[-1].row
        if progress:
            progress(done)
    return done


def summary(text: Unsummarised, maker: Maker) -> Summary:
    """Return the text's summary, an empty one where the maker fails: it stops no other."""
    try:
        return maker.make(text.title, text.abstract)
    except Exception:  # one of a batch; foreign text breaks in ways nobody lists
        log.exception("paper not summarised row=%s", text.row)
        return Summary(maker.name)
