"""A paper in our shape, its identity over feeds, and what a reader makes of a feed's bytes."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b

from newsletter.errors import one_line

# Old ids begin with an archive of 1991 to 2007; with any word, `article/1234567` would be one.
ARCHIVES = """acc-phys adap-org alg-geom ao-sci astro-ph atom-ph bayes-an chao-dyn chem-ph cmp-lg
    comp-gas cond-mat cs dg-ga funct-an gr-qc hep-ex hep-lat hep-ph hep-th math math-ph mtrl-th nlin
    nucl-ex nucl-th patt-sol physics plasm-ph q-alg q-bio quant-ph solv-int supr-con""".split()
# New style 0704.0001 to 1501.00001, old style astro-ph/0601001 and math.GT/0309136.
ARXIV_ID = re.compile(
    rf"(\d{{4}}\.\d{{4,5}}|(?:{'|'.join(ARCHIVES)})(?:\.[A-Z]{{2}})?/\d{{7}})(?:v(\d+))?", re.ASCII
)
VERSION_DIGITS = 4  # a number that is longer counts nothing
ARXIV_PLACE = re.compile(
    rf"(?:^|arxiv[:/]|arxiv\.org[:/](?:abs/|pdf/|html/)?){ARXIV_ID.pattern}(?:\.pdf)?$",
    re.IGNORECASE | re.ASCII,
)
# Neither ? nor #: in an address they begin what is not the DOI, in a DOI they are not seen.
DISTINCTIVE = 4  # words: titles of fewer are not one work's own
WORD = re.compile(r"[^\W_]+")
COMBINING = re.compile(r"[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]")
LONGEST_DOI = 500  # characters
DOI = re.compile(r"10\.\d{4,9}/[^\s\"<>?#]+", re.ASCII)


class AnnounceType(StrEnum):
    """How arXiv announces an entry; every other feed's entries are new."""

    NEW = "new"
    CROSS = "cross"
    REPLACE = "replace"
    REPLACE_CROSS = "replace-cross"


@dataclass(frozen=True, slots=True)
class Paper:
    """One work. Only a title is required; the texts are clean Unicode, kept beside their source."""

    title: str
    abstract: str = ""
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    published: datetime | None = None
    url: str = ""
    arxiv_id: str = ""  # without version: 2609.26811
    version: int = 0  # arXiv's revision, 1 for the first; 0 if unknown
    doi: str = ""  # in lower case, without resolver
    venue: str = ""  # where it was published, as the feed says
    code_url: str = ""
    votes: int | None = None
    announce_type: AnnounceType = AnnounceType.NEW
    withdrawn: bool = False
    source_title: str = ""  # as the feed gave it
    source_abstract: str = ""

    @property
    def key(self) -> str:
        """Return the identity: arXiv id without version, else DOI, else title and first author."""
        if self.arxiv_id:
            return f"arxiv:{self.arxiv_id}"
        if self.doi:
            return f"doi:{self.doi}"
        first = family_name(self.authors[0]) if self.authors else ""
        if not first and len(self.title.split()) < DISTINCTIVE:
            first = self.url  # many an "Editorial" has neither author nor number
        title = plain(self.title) or self.title  # of signs alone nothing would be left
        digest = blake2b(f"{title}|{plain(first)}".encode(), digest_size=8)
        return f"title:{digest.hexdigest()}"


@dataclass(frozen=True, slots=True)
class Skipped:
    """An entry that gave no paper, and why."""

    entry: str  # its id, its title, or its place in the feed
    why: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader found in a feed's bytes, in the feed's order."""

    papers: tuple[Paper, ...]
    skipped: tuple[Skipped, ...] = ()


def gather(found: Sequence[Paper | Skipped]) -> Reading:
    """Return the papers and the skipped entries apart, each of these in one line."""
    skipped = (one for one in found if isinstance(one, Skipped))
    return Reading(
        tuple(one for one in found if isinstance(one, Paper)),
        tuple(Skipped(one_line(note.entry) or "an entry", one_line(note.why)) for note in skipped),
    )


def arxiv_id(text: str) -> tuple[str, int]:
    """Return the arXiv id without version and the version (0 if none) in an id, guid or address.

    Return ("", 0) if there is none. A bare number inside other text is not taken for an id.
    """
    found = ARXIV_PLACE.search(text.strip().split("?")[0].split("#")[0])
    if not found:
        return "", 0
    version = found.group(2) or "0"
    return found.group(1), int(version) if len(version) <= VERSION_DIGITS else 0


def doi(text: str) -> str:
    """Return the DOI in a text or address in its normal form (lower case), or ""."""
    found = DOI.search(text)
    whole = found.group().rstrip(".,;)").lower() if found else ""
    return whole if len(whole) <= LONGEST_DOI else ""  # cut, it would name another work


def plain(text: str) -> str:
    """Return the text's letters and digits only, folded, for comparing titles and names."""
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text)
    folded = text.casefold()
    if not folded.isascii():
        folded = COMBINING.sub("", folded)
    return " ".join(WORD.findall(folded))


def family_name(author: str) -> str:
    """Return the family name of "Ada B. Lovelace" or "Lovelace, Ada B."."""
    if "," in author:
        return author.split(",")[0].strip()
    return author.split()[-1] if author.split() else ""


def merge(old: Paper, new: Paper) -> Paper:
    """Return what is known of a paper after another sight of it, from the same feed or another.

    The texts are replaced by those of a later version only, or where there were none: a feed that
    gives no version (0) never overwrites arXiv's own text. Votes are the newest count. What the
    old one lacks is taken from the new one. It stays announced as it was first.
    """
    later = new.version > old.version or (new.version == old.version == 0)
    text = new if later and (new.abstract or not old.abstract) else old
    if not old.abstract and new.abstract:
        text = new
    return replace(
        old,
        title=text.title,
        abstract=text.abstract,
        source_title=text.source_title,
        source_abstract=text.source_abstract,
        authors=(new.authors if later else old.authors) or old.authors or new.authors,
        categories=old.categories or new.categories,
        published=old.published or new.published,
        url=old.url or new.url,
        arxiv_id=old.arxiv_id or new.arxiv_id,
        version=max(old.version, new.version),
        doi=old.doi or new.doi,
        venue=new.venue or old.venue,
        code_url=old.code_url or new.code_url,
        votes=old.votes if new.votes is None else new.votes,
        withdrawn=new.withdrawn if later else old.withdrawn or new.withdrawn,
    )
