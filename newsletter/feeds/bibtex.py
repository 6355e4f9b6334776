"""BibTeX and BibLaTeX files: their entries as papers."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice, pairwise

from newsletter.domain.paper import Paper, Reading, Skipped, gather
from newsletter.errors import FeedError
from newsletter.feeds.bibliography import Reference, opened, to_paper
from newsletter.feeds.dates import day, written
from newsletter.feeds.record import LONGEST_TEXT, MOST_ENTRIES, FieldError, each, left_out
from newsletter.feeds.ungroup import plain_address, split_at_depth_0, ungrouped

OPENING = re.compile(r"@\s{0,9}([A-Za-z]{1,40})\s{0,9}([{(])")
# Where an entry surely begins: what is broken before never reaches beyond.
LINE_OPENING = re.compile(rf"^[ \t]{{0,20}}{OPENING.pattern}", re.MULTILINE)
KEY = re.compile(r"\s*+([^\s,={}]*+)\s*+(?=[,})])")
COMMAS = re.compile(r"[\s,]*")
SPACE = re.compile(r"\s*")
FIELD = re.compile(r"([^\s=,{}()\"#@]{1,100})\s*=\s*")
WORD = re.compile(r"[^\s,#{}\"()=]{1,200}")
BRACE = re.compile(r"[{}]")
QUOTE = re.compile(r"[{}\"]")
NO_ENTRIES = ("string", "preamble", "comment")
CLOSERS = {"{": "}", "(": ")"}
AND = re.compile(r" and (?=\S)| and$|^and ", re.IGNORECASE)
COMMA = re.compile(",")
LONGEST_ABBREVIATION = 1000  # characters
MOST_ABBREVIATED = 5_000_000  # characters that abbreviations may grow to in one file


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as it stands in the file, abbreviations resolved."""

    key: str
    fields: Mapping[str, str]


@dataclass(slots=True)
class Abbreviations:
    """What @string has named so far, and how much may yet be put in their place."""

    values: dict[str, str] = field(default_factory=dict)
    left: int = MOST_ABBREVIATED

    def learn(self, fields: Mapping[str, str]) -> None:
        """Keep what @string names."""
        if any(len(value) > LONGEST_ABBREVIATION for value in fields.values()):
            raise BrokenError(f"an abbreviation is longer than {LONGEST_ABBREVIATION} characters")
        self.values.update(fields)

    def meaning(self, word: str) -> str:
        """Return what a word stands for: itself if it is a number, a month or unknown."""
        value = self.values.get(word.lower(), word)
        self.left -= len(value)
        if self.left < 0:
            raise BrokenError("its abbreviations grow too long")
        return value


class BrokenError(FieldError):
    """An entry that cannot be understood; the text says why."""


def read(url: str, body: bytes) -> Reading:
    """Return the entries as papers, in the file's order. Raises FeedError if there is none."""
    found = list(islice(entries(opened(body)), MOST_ENTRIES + 1))
    if not found:
        raise FeedError(url, "this is no BibTeX: no entry begins in it (@article{...})")
    results: list[Paper | Skipped] = []
    for one in found[:MOST_ENTRIES]:
        results += [one] if isinstance(one, Skipped) else each([one], from_entry, name)
    return gather([*results, *left_out(len(found))])


def is_bibtex(start: str) -> bool:
    """Return whether a text looks like BibTeX."""
    return any(KEY.match(start, one.end()) for one in LINE_OPENING.finditer(start))


def name(entry: Entry) -> str:
    """Return what an entry is called in a note."""
    return entry.key or entry.fields.get("title", "")[:200]


def entries(text: str) -> Iterator[Entry | Skipped]:
    """Return each entry or why it could not be read; comments and preambles are none."""
    known = Abbreviations()
    bounds = [0, *(one.start() for one in LINE_OPENING.finditer(text)), len(text)]
    for place, (start, end) in enumerate(pairwise(bounds)):
        here = start
        while opening := OPENING.search(text, here, end):
            here = opening.end()
            line = text[max(start, opening.start() - 200) : opening.start()].rpartition("\n")[2]
            kind = opening[1].lower()
            if "%" in line:
                continue
            try:
                entry, here = parsed(text, opening, end, known)
                if kind == "string":
                    known.learn(entry.fields)
            except BrokenError as error:
                if kind == "comment":
                    break
                key = KEY.match(text, opening.end(), end)
                yield Skipped((key[1][:200] if key else "") or f"entry {place}", str(error))
                break
            if kind not in NO_ENTRIES:
                yield entry


def parsed(text: str, opening: re.Match[str], end: int, known: Abbreviations) -> tuple[Entry, int]:
    """Return the entry that opens here and where it ends. Raises BrokenError if it does not."""
    here, closer = opening.end(), CLOSERS[opening[2]]
    if opening[1].lower() in ("preamble", "comment"):
        return Entry("", {}), closed(text, here, end) if closer == "}" else here
    key = None if opening[1].lower() == "string" else KEY.match(text, here, end)
    here = key.end() if key else here
    fields: dict[str, str] = {}
    while True:
        here = past(COMMAS, text, here, end)
        if here < end and text[here] == closer:
            return Entry(key[1] if key else "", fields), here + 1
        named = FIELD.match(text, here, end)
        if not named:
            shown = text[here : min(here + 20, end)]
            raise BrokenError(f"no field begins at {shown!r}" if shown else "it is not closed")
        value, here = valued(text, named.end(), end, known)
        fields.setdefault(named[1].lower(), value)


def past(pattern: re.Pattern[str], text: str, here: int, end: int) -> int:
    """Return where the pattern, which may be empty, ends."""
    found = pattern.match(text, here, end)
    return found.end() if found else here


def valued(text: str, here: int, end: int, known: Abbreviations) -> tuple[str, int]:
    """Return a field's value, its parts joined, and where it ends."""
    parts, length = list[str](), 0
    while True:
        here = past(SPACE, text, here, end)
        sign = text[here : here + 1] if here < end else ""
        if sign in ("{", '"'):
            last = closed(text, here + 1, end) if sign == "{" else quoted(text, here + 1, end)
            parts.append(text[here + 1 : last - 1])
        elif word := WORD.match(text, here, end):
            last = word.end()
            parts.append(known.meaning(word[0]))
        else:
            raise BrokenError("it is not closed" if not sign else "a field has no value")
        here = past(SPACE, text, last, end)
        length += len(parts[-1])
        if length > LONGEST_TEXT:
            raise BrokenError(f"a field is longer than {LONGEST_TEXT} characters")
        if here >= end or text[here] != "#":
            return "".join(parts), here
        here += 1


def closed(text: str, here: int, end: int) -> int:
    """Return the place behind the brace that closes what was opened. Raises BrokenError if none."""
    depth = 1
    for brace in BRACE.finditer(text, here, end):
        depth += 1 if brace[0] == "{" else -1
        if not depth:
            return brace.end()
    raise BrokenError("it is not closed")


def quoted(text: str, here: int, end: int) -> int:
    """Return the place behind the closing quotation mark, which stands in no braces."""
    depth = 0
    for sign in QUOTE.finditer(text, here, end):
        if sign[0] == '"' and depth <= 0:
            return sign.end()
        depth += {"{": 1, "}": -1, '"': 0}[sign[0]]
    raise BrokenError("it is not closed")


def from_entry(entry: Entry) -> Paper:
    """Return an entry as a paper. Raises FieldError if it cannot be one."""
    said = entry.fields.get
    title, abstract = said("title", ""), said("abstract", "")
    subtitle = said("subtitle", "")
    keywords = re.split(r"[,;]", said("keywords", ""))
    archive = (said("archiveprefix", "") or said("eprinttype", "") or "arxiv").lower()
    venue = said("journal") or said("journaltitle") or said("booktitle") or ""
    links = [plain_address(said(name, "")) for name in ("url", "howpublished")]
    return to_paper(
        Reference(
            title=ungrouped(f"{title}: {subtitle}" if subtitle else title),
            abstract=ungrouped(abstract),
            authors=people(said("author", "")),
            keywords=tuple(map(ungrouped, [said("primaryclass", ""), *keywords])),
            published=written(said("date", ""))
            or day(said("year", ""), said("month", ""), said("day", "") or said("month", "")),
            venue=ungrouped(venue),
            doi=plain_address(said("doi", "")),
            links=tuple(links),
            notes=notes(said("note", ""), said("volume", "")),
            eprint=plain_address(said("eprint", "")) if archive == "arxiv" else "",
            source_title=title,
            source_abstract=abstract,
        )
    )


def notes(note: str, volume: str) -> tuple[str, ...]:
    """Return where some write an arXiv id: "arXiv:2609.26811", or DBLP's volume abs/2609.26811.

    A longer note may be about another paper.
    """
    of_dblp = f"arXiv:{volume.removeprefix('abs/')}" if volume.startswith("abs/") else ""
    return (ungrouped(note) if len(note.split()) <= 3 else "", of_dblp)


def people(text: str) -> tuple[str, ...]:
    """Return the authors, given names first; "and others" names nobody."""
    found = split_at_depth_0(" ".join(text.split()), AND)
    return tuple(person(one) for one in found if one.strip() not in ("", "others"))


def person(text: str) -> str:
    """Return "von Last, Jr, First" as "First von Last, Jr"; in braces stands a whole name."""
    parts = [ungrouped(part).strip() for part in split_at_depth_0(text, COMMA)]
    if len(parts) == 3:
        return f"{parts[2]} {parts[0]}, {parts[1]}" if parts[1] else f"{parts[2]} {parts[0]}"
    return f"{parts[1]} {parts[0]}".strip() if len(parts) == 2 else ", ".join(parts)
