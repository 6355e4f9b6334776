"""Papers -> BibTeX and RIS, for a reader's own library."""

import re
from collections.abc import Sequence

from newsletter.domain.paper import Paper, arxiv_number, family_name, plain

SPECIAL = re.compile(r"[\\{}&%$#_~^]")
TEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}
CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


def bibtex(papers: Sequence[Paper]) -> str:
    """Return one entry a paper, each with a key of its own: okafor2026folding."""
    taken: dict[str, int] = {}
    return "\n".join(entry(paper, fresh(citation_key(paper), taken)) for paper in papers)


def fresh(key: str, taken: dict[str, int]) -> str:
    """Return the key, with a number from its second use on."""
    taken[key] = taken.get(key, 0) + 1
    return key if taken[key] == 1 else f"{key}-{taken[key]}"


def citation_key(paper: Paper) -> str:
    """Return first author, year and first long word of the title, in plain letters."""
    first = plain(family_name(paper.authors[0])) if paper.authors else "anon"
    word = next((one for one in plain(paper.title).split() if len(one) > 3), "")
    year = str(paper.published.year) if paper.published else ""
    key = re.sub(r"[^a-z0-9]", "", f"{first}{year}{word}".lower())
    return key or "paper"


def entry(paper: Paper, key: str) -> str:
    """Return one entry; titles in double braces keep their capitals."""
    number = arxiv_number(paper)
    fields = {
        "title": f"{{{tex(paper.title)}}}",
        "author": " and ".join(tex(one) for one in paper.authors),
        "year": str(paper.published.year) if paper.published else "",
        "doi": tex(paper.doi),
        "eprint": number,
        "archivePrefix": "arXiv" if number else "",
        "url": CONTROL.sub("", paper.url).replace("{", "%7B").replace("}", "%7D"),
        "abstract": tex(paper.abstract),
    }
    kind = "misc" if number and not paper.doi else "article"
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@{kind}{{{key},", *lines, "}"]) + "\n"


def tex(text: str) -> str:
    """Return a text with TeX's own signs escaped, on one line."""
    return SPECIAL.sub(lambda found: TEX.get(found[0], f"\\{found[0]}"), CONTROL.sub(" ", text))


def ris(papers: Sequence[Paper]) -> str:
    """Return one reference a paper."""
    return "\n".join(reference(paper) for paper in papers)


def reference(paper: Paper) -> str:
    """Return one reference; a line ends nowhere but at its end."""
    number = arxiv_number(paper)
    fields = [
        ("TY", "UNPB" if number and not paper.doi else "JOUR"),
        ("TI", paper.title),
        *(("AU", one) for one in paper.authors),
        ("PY", str(paper.published.year) if paper.published else ""),
        ("DA", f"{paper.published:%Y/%m/%d}" if paper.published else ""),
        ("DO", paper.doi),
        ("AN", f"arXiv:{number}" if number else ""),
        ("UR", paper.url),
        ("AB", paper.abstract),
    ]
    lines = [f"{tag}  - {CONTROL.sub(' ', value)}" for tag, value in fields if value]
    return "\n".join([*lines, "ER  - "]) + "\n"
