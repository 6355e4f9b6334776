"""Papers without a language model's sentence -> sentences by an endpoint, cached for good."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from newsletter.domain.summary import REFUSED, WRITTEN, Extract, Summary
from newsletter.endpoint import write as endpoint
from newsletter.endpoint.chat import Endpoint
from newsletter.endpoint.prompt import PROMPT, Asked
from newsletter.endpoint.write import Bounds, Written
from newsletter.store import summaries
from newsletter.store.database import Store
from newsletter.store.summaries import Unsummarised

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Author:
    """The language model of the settings, and what one run may ask of it."""

    endpoint: Endpoint
    bounds: Bounds = field(default_factory=Bounds)

    @property
    def name(self) -> str:
        """Return what its sentences are cached under, beside the paper and its text's number."""
        return f"{self.endpoint.model}:{PROMPT}"


def write(
    store: Store,
    author: Author,
    progress: Callable[[int], None] | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Written:
    """Have the missing sentences written, newest papers first, and keep those that hold.

    A sentence that is not taken is not asked for again; a request that failed is, by the next run.
    When it is to stop, what was written by then is kept. The papers keep the sentence extracted
    from their abstract meanwhile, and its card for good.
    """
    makers = (WRITTEN + author.name, REFUSED + author.name)
    with store.read() as tx:
        texts = summaries.missing(tx, makers, None, author.bounds.papers)
        extracts = summaries.newest(tx, [(one.row, one.number) for one in texts])
    asked = [Asked(str(one.row), one.title, one.abstract) for one in texts]
    written = endpoint.write(author.endpoint, asked, author.bounds, progress, stop)
    made = {}
    for one in texts:
        _, extract = extracts.get((one.row, one.number), (0, Summary("")))
        sentence = written.sentences.get(str(one.row))
        if sentence:
            whole = Extract(sentence, 0, len(one.abstract))
            made[one.row, one.number] = replace(extract, maker=makers[0], tldr=whole)
        elif str(one.row) in written.refused or not has_text(one):
            made[one.row, one.number] = replace(extract, maker=makers[1])
    with store.write() as tx:
        summaries.keep(tx, made)
    for reason in dict.fromkeys(written.failed):
        log.warning("sentences not written why=%s", reason)
    return written


def has_text(text: Unsummarised) -> bool:
    """Return whether there is an abstract to be summarised."""
    return bool(text.abstract.strip())
