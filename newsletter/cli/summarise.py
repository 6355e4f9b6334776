"""`newsletter summarise`: try what is said of a paper in one sentence, and see why."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from newsletter.cli.common import Json, emit, note, say

if TYPE_CHECKING:
    from newsletter.summary.maker import Explained

Explain = Annotated[bool, typer.Option("--explain", help="Show every sentence with its score.")]
LINES = ("problem", "idea", "result")


def summarise(
    file: Annotated[
        Path | None,
        typer.Argument(
            help="An abstract as text, below its title and an empty line if it has one; or any "
            "file that `newsletter ingest` reads. Without it, standard input."
        ),
    ] = None,
    explain: Explain = False,
    as_json: Json = False,
) -> None:
    """Summarise abstracts: one sentence, the card, and which sentence it came from and why.

    Examples: `newsletter summarise abstract.txt --explain`,
    `newsletter summarise papers.jsonl --json`, `pbpaste | newsletter summarise`
    """
    from newsletter.errors import FeedError

    name = str(file) if file else "standard input"
    try:
        body = file.read_bytes() if file else sys.stdin.buffer.read()
    except OSError as error:
        raise FeedError(name, f"it cannot be read: {error.strerror}") from error
    papers, skipped = read(name, body)
    told = [to_payload(title, abstract) for title, abstract in papers]
    if as_json:
        emit({"papers": told, "skipped": skipped})
        return
    for at, one in enumerate(told):
        if at:
            say("")
        tell(one, explain)
    for left in skipped:
        note(f"skipped {left['entry'] or 'an entry'}: {left['why']}")


def read(name: str, body: bytes) -> tuple[list[tuple[str, str]], list[dict[str, str]]]:
    """Return the titles and abstracts of a text or of a feed, and what was left out.

    Raises FeedError if there is nothing to read.
    """
    from newsletter.errors import FeedError
    from newsletter.feeds.clean import clean
    from newsletter.feeds.readers import READERS, SIGNATURES, decoded, guess

    if not body.strip():
        raise FeedError(name, "it is empty; give an abstract, or a file of papers")
    for signature, reason in SIGNATURES:
        if body.startswith(signature):
            raise FeedError(name, reason)
    text = decoded(body).replace("\r\n", "\n").strip()
    if b"\0" in body or text.count("\ufffd") > len(text) // 10:
        raise FeedError(name, "this is no text; an abstract or a file of papers is wanted")
    try:
        reader = guess(name, body)
    except FeedError:
        if text[0] in "<{":
            raise
        first, empty, rest = text.partition("\n\n")
        title = first if empty and "\n" not in first and rest.strip() else ""
        return [(clean(title), clean(rest if title else text))], []
    found = READERS[reader](name, body)
    skipped = [{"entry": one.entry, "why": one.why} for one in found.skipped]
    if not found.papers and skipped:
        raise FeedError(name, f"no paper could be read: {skipped[0]['why']}")
    return [(paper.title, paper.abstract) for paper in found.papers], skipped


def to_payload(title: str, abstract: str) -> dict[str, Any]:
    """Return all that is said of one paper, each text with its place in the abstract."""
    from newsletter.summary.maker import explain, summarise

    made = summarise(title, abstract)
    sentences = explain(title, abstract)
    return {
        "title": title,
        "maker": made.maker,
        "tldr": asdict(made.tldr) if made.tldr else None,
        "card": {line: asdict(found) if (found := getattr(made, line)) else None for line in LINES},
        "source": abstract[made.tldr.start : made.tldr.end] if made.tldr else "",
        "sentences": [to_row(one) for one in sentences],
    }


def to_row(one: "Explained") -> dict[str, Any]:
    """Return one sentence's part of the JSON."""
    return {
        "text": one.text,
        "start": one.start,
        "end": one.end,
        "role": one.role,
        "score": one.score,
        "chosen": one.chosen,
        "reasons": [{"thing": each.thing, "value": each.value} for each in one.reasons],
    }


def tell(paper: dict[str, Any], explain: bool) -> None:
    """Say one paper's sentence, card and reasons."""
    if paper["title"]:
        say(paper["title"])
    if paper["tldr"] is None:
        say("  no abstract, so no sentence")
        return
    say(f"  {paper['tldr']['text']}")
    for line, found in paper["card"].items():
        if found:
            say(f"  {line.capitalize()}: {found['text']}")
    say(f"  taken from: {paper['source']}")
    for one in paper["sentences"]:
        if one["chosen"] or explain:
            why = "; ".join(f"{r['value']:+.3f} {r['thing']}" for r in one["reasons"][:4])
            mark = "*" if one["chosen"] else " "
            said = f"{one['score']:+.3f} {one['text'][:90]}" if explain else "why:"
            say(f" {mark}{said}" + (f"\n      {why}" if explain else f" {why}"))
