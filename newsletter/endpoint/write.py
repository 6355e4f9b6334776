"""Many papers -> the model's sentences that hold, within limits of requests, tokens and time."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice

from newsletter.endpoint.chat import Answer, ChatError, ClosedError, Endpoint, ask
from newsletter.endpoint.prompt import Asked, request_body, sentences
from newsletter.endpoint.verdict import objection, tidied

BROKEN = 3  # requests in a row without an answer: the endpoint is down for this run


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a run may cost."""

    batch: int = 8  # papers in a request
    concurrency: int = 4  # requests at a time
    papers: int = 1000
    tokens: int = 1_000_000


@dataclass(slots=True)
class Written:
    """What came of a run: papers without a sentence keep the one extracted from the abstract."""

    sentences: dict[str, str] = field(default_factory=dict)  # by the papers' ids
    refused: dict[str, str] = field(default_factory=dict)  # by id, why the answer was not taken
    failed: list[str] = field(default_factory=list)  # requests without an answer, each why
    tokens: int = 0


def write(
    endpoint: Endpoint,
    papers: Sequence[Asked],
    bounds: Bounds,
    progress: Callable[[int], None] | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Written:
    """Ask for a sentence for each paper, and take those that its own abstract bears out.

    One answer that is odd costs its own papers only. The run stops asking when the tokens are
    spent, when the endpoint says that it will not answer (a wrong key), after three rounds of
    silence, or when it is to stop.
    """
    written = Written()
    waiting = in_batches(papers[: bounds.papers], bounds.batch)
    silent = 0
    with ThreadPoolExecutor(bounds.concurrency) as pool:
        while silent < BROKEN and written.tokens < bounds.tokens and not stop():
            batches = list(islice(waiting, bounds.concurrency))
            if not batches:
                break
            answers = list(pool.map(lambda batch: asked(endpoint, batch), batches))
            for batch, found in zip(batches, answers, strict=True):
                take(written, batch, found)
            if any(isinstance(one, ClosedError) for one in answers):
                break
            silent = 0 if any(isinstance(one, Answer) for one in answers) else silent + 1
            if progress:
                progress(sum(len(batch) for batch in batches))
    return written


def in_batches(papers: Sequence[Asked], size: int) -> Iterator[Sequence[Asked]]:
    """Yield the papers that have an abstract, a few at a time."""
    with_text = [one for one in papers if one.abstract.strip()]
    for start in range(0, len(with_text), size):
        yield with_text[start : start + size]


def asked(endpoint: Endpoint, batch: Sequence[Asked]) -> Answer | ChatError:
    """Return the answer for a batch, or why there is none."""
    try:
        return ask(endpoint, request_body(endpoint.model, batch))
    except ChatError as error:
        return error


def take(written: Written, batch: Sequence[Asked], found: Answer | ChatError) -> None:
    """Add what an answer brought; an id that was not asked for is passed over."""
    if isinstance(found, ChatError):
        written.failed.append(str(found))
        return
    written.tokens += found.tokens
    try:
        given = sentences(found.content)
    except ValueError as error:
        written.failed.append(str(error))
        return
    for one in batch:
        sentence = tidied(given.get(one.id, ""))
        why = objection(sentence, one.title, one.abstract) if sentence else "no answer for it"
        if why:
            written.refused[one.id] = why
        else:
            written.sentences[one.id] = sentence
