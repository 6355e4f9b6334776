"""A paper in our shape, its identity over feeds, and what a reader makes of a feed's bytes."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
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
SUBJECT_CLASS = re.compile(r"\.[A-Za-z]{2}/")  # math.GT/0309136 and math/0309136 are one paper
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
ARXIV_DOI = "10.48550/arxiv."  # arXiv's own for each of its papers
DOI = re.compile(r"10\.\d{4,9}/[^\s\"<>?#]+", re.ASCII)


# Whose origin is told.
FIELDS = tuple(
    "title abstract authors categories published url arxiv_id doi venue code_url votes".split()
)


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
        """Return the public identity: the best of its keys."""
        return next(identities(self))


@dataclass(frozen=True, slots=True)
class Skipped:
    """An entry that gave no paper, and why."""

    entry: str  # its id, its title, or its place in the feed
    why: str


@dataclass(frozen=True, slots=True)
class Batch:
    """What a feed says of all it holds: its own date, with its offset, and its days off."""

    published: datetime | None = None
    skip_days: tuple[int, ...] = ()  # 0 is Monday


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader found in a feed's bytes, in the feed's order."""

    papers: tuple[Paper, ...]
    skipped: tuple[Skipped, ...] = ()
    batch: Batch = Batch()


def keys(paper: Paper) -> tuple[str, ...]:
    """Return every identity the paper is known by, best first.

    arXiv id without version, DOI, title with the first author's family name, and for a title long
    enough to be nobody else's the title alone. `same_work` says what a shared key proves.
    """
    return tuple(identities(paper))


def identities(paper: Paper) -> Iterator[str]:
    """Yield the paper's keys, best first; those behind it, hashes of texts, cost more."""
    number = arxiv_number(paper)
    if number:
        yield f"arxiv:{number}"
    if paper.doi and not paper.doi.startswith(ARXIV_DOI):
        yield f"doi:{paper.doi}"
    first = family_name(paper.authors[0]) if paper.authors else ""
    if not first and len(paper.title.split()) < DISTINCTIVE:
        first = paper.url  # many an "Editorial" has neither author nor number
    title = plain(paper.title) or paper.title  # of signs alone nothing would be left
    yield "title:" + digest(f"{title}|{plain(first)}")
    if is_telling(title):
        yield "bare:" + digest(title)


def same_work(one: Paper, other: Paper, key: str) -> bool:
    """Return whether two papers that share this key are one work.

    Two arXiv ids are two works, whatever else is the same. Two DOIs may be a preprint's and its
    journal's, if the first author and a telling title are shared. A title alone proves it only
    where one side names no authors.
    """
    numbers = arxiv_number(one), arxiv_number(other)
    if all(numbers) and numbers[0] != numbers[1]:
        return False
    kind = key.partition(":")[0]
    if kind in ("arxiv", "doi"):
        return True
    other_doi = bool(one.doi and other.doi and one.doi != other.doi)
    if kind == "bare":
        return not (one.authors and other.authors) and not other_doi
    return not other_doi or is_telling(plain(one.title))


def arxiv_number(paper: Paper) -> str:
    """Return the arXiv id, also where only arXiv's own DOI gives it, or ""."""
    if paper.arxiv_id or not paper.doi.startswith(ARXIV_DOI):
        return paper.arxiv_id
    return arxiv_id(paper.doi.removeprefix(ARXIV_DOI))[0]


def is_telling(title: str) -> bool:
    """Return whether a plain title is long enough that no second work has it by chance."""
    return len(title) >= 24 and title.count(" ") >= 3


def digest(text: str) -> str:
    """Return the same 16 hexadecimal digits for a text on every machine."""
    return blake2b(text.encode(), digest_size=8).hexdigest()


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
    number = SUBJECT_CLASS.sub("/", found.group(1))
    return number, int(version) if len(version) <= VERSION_DIGITS else 0


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
    """Return the last word of the family name in "Jan van der Berg" or "van der Berg, Jan"."""
    words = author.partition(",")[0].split()
    return words[-1] if words else ""


def merge(old: Paper, new: Paper) -> Paper:
    """Return what is known of a paper after another sight of it, from the same feed or another.

    The texts are those of the latest version that came with an abstract, and `version` says which
    one that is, so the order of the sights does not matter; a feed that gives no version (0) never
    overwrites arXiv's own text, only its own or another's that gave none, for it may have been
    edited. Votes are the newest count. What the old one lacks is taken from the new one. It stays
    announced as it was first.
    """
    later = text_rank(new) >= text_rank(old) if new.version == 0 else overrides(new, old)
    text = new if later else old
    return replace(
        old,
        title=text.title,
        abstract=text.abstract,
        source_title=text.source_title,
        source_abstract=text.source_abstract,
        authors=text.authors or old.authors or new.authors,
        categories=old.categories or new.categories,
        published=old.published or new.published,
        url=old.url or new.url,
        arxiv_id=old.arxiv_id or new.arxiv_id,
        version=text.version,
        doi=better_doi(old.doi, new.doi),
        venue=new.venue or old.venue,
        code_url=old.code_url or new.code_url,
        votes=old.votes if new.votes is None else new.votes,
        withdrawn=new.withdrawn if later else old.withdrawn or new.withdrawn,
    )


def text_rank(paper: Paper) -> tuple[bool, int]:
    """Return how good a source of the texts a sight is."""
    return bool(paper.abstract), paper.version


def overrides(new: Paper, old: Paper) -> bool:
    """Return whether the new texts stand; of two for one version the longer, whichever came."""
    ours = text_rank(old), len(old.abstract), old.abstract, old.title
    return (text_rank(new), len(new.abstract), new.abstract, new.title) > ours


def better_doi(one: str, other: str) -> str:
    """Return the DOI to show: a publisher's before arXiv's own, else the first by letters."""
    given = [found for found in (one, other) if found]
    return min(given, key=lambda found: (found.startswith(ARXIV_DOI), found), default="")


def differing(old: Paper, new: Paper) -> list[str]:
    """Return which fields differ: after a merge, what was taken from the second sight."""
    return [name for name in FIELDS if getattr(old, name) != getattr(new, name)]


def is_replaced(old: Paper, new: Paper) -> bool:
    """Return whether a later version really changed the text, not its signs and spaces alone."""
    if not 0 < old.version < new.version:
        return False
    texts = [plain(f"{one.title} {one.abstract}") for one in (old, new)]
    return texts[0] != texts[1]


def has_appeared(old: Paper, new: Paper) -> bool:
    """Return whether the paper gained a venue, or a DOI that is not arXiv's own."""
    if new.venue and not old.venue:
        return True
    published = [one.doi and not one.doi.startswith(ARXIV_DOI) for one in (old, new)]
    return bool(published[1] and not published[0])
