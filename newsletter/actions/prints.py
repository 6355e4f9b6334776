"""What shapes mails -> texts under their hashes, made once for the many mails that share them."""

import json
import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from hashlib import blake2b
from importlib.metadata import version

from newsletter import __version__
from newsletter.domain.imprint import Imprint, hash_of
from newsletter.domain.issue import Issue
from newsletter.domain.message import Site
from newsletter.domain.paper import AnnounceType, Paper
from newsletter.rendering.kept import shaping
from newsletter.rendering.templates import Templates

NAMES = ("mail/digest.mjml", "mail/digest.txt")
Names = tuple[str, ...]  # of templates
MOST_KEPT = 8192


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """What shapes all mails of a press."""

    templates: Templates
    site: Site
    pages: bool
    instance: str
    key: bytes  # of the tokens
    signs: Sequence[str]


@dataclass(slots=True, eq=False)
class Prints:
    """The imprints made so far."""

    papers: dict[int, tuple[Paper, str, str]] = field(default_factory=dict)  # by identity
    shapes: dict[tuple[int, Names], tuple[Templates, str, Mapping[str, str]]] = field(
        default_factory=dict
    )

    def of(self, shape: Shape, issue: Issue) -> Imprint:
        """Return what shapes the digest of an issue; raises TemplateError."""
        name, texts = self.shape(shape)
        found = [self.paper(item.paper) for item in issue.items]
        hashes = tuple(one for one, _ in found)
        return Imprint(name, hashes, Pairs(texts, dict(found)))

    def of_note(self, shape: Shape, names: Names) -> Imprint:
        """Return what shapes a note that is made by these templates; raises TemplateError."""
        name, texts = self.shape(shape, names)
        return Imprint(name, (), texts)

    def shape(self, shape: Shape, names: Names = NAMES) -> tuple[str, Mapping[str, str]]:
        """Return the hash of what shapes all mails of these templates, and the texts behind it."""
        known = self.shapes.get((id(shape.templates), names))
        if known:
            return known[1], known[2]
        templates = shaping(shape.templates, names)
        tongue = shape.templates.language
        text = json.dumps(
            {
                **self.program(),
                "templates": {name: hash_of(body) for name, body in sorted(templates.items())},
                "language": tongue.code,
                "catalogue": hash_of(tongue.catalogue),
                "site": asdict(shape.site),
                "pages": shape.pages,
                "instance": shape.instance,
                "key": fingerprint(shape.key),
                "signs": list(shape.signs),
            },
            ensure_ascii=False,
        )
        parts = (text, tongue.catalogue, *templates.values())
        texts = {hash_of(one): one for one in parts}
        self.shapes[id(shape.templates), names] = (shape.templates, hash_of(text), texts)
        return hash_of(text), texts

    @staticmethod
    def program() -> dict[str, str]:
        """Return which program writes."""
        names = {"program": __version__, "python": platform.python_version()}
        return {**names, "mjml": version("mjml-python"), "babel": version("babel")}

    def paper(self, paper: Paper) -> tuple[str, str]:
        """Return the paper as it stands as a text, and its hash before it."""
        known = self.papers.get(id(paper))
        if known is None:
            if len(self.papers) >= MOST_KEPT:
                self.papers.clear()
            text = paper_text(paper)
            known = self.papers[id(paper)] = (paper, hash_of(text), text)
        return known[1], known[2]


class Pairs(Mapping[str, str]):
    """Two mappings as one, without a copy for each mail."""

    def __init__(self, shared: Mapping[str, str], own: Mapping[str, str]) -> None:
        self.shared, self.own = shared, own

    def __getitem__(self, name: str) -> str:
        """Return the text."""
        return self.own[name] if name in self.own else self.shared[name]

    def __iter__(self) -> Iterator[str]:
        """Return the hashes."""
        yield from self.shared
        yield from self.own

    def __len__(self) -> int:
        """Return how many texts there are."""
        return len(self.shared) + len(self.own)


def fingerprint(key: bytes) -> str:
    """Return what tells a key from another, and nothing of it."""
    return blake2b(key, digest_size=16, person=b"fingerprint").hexdigest()


def paper_text(paper: Paper) -> str:
    """Return the paper as a text, the feed's own wording apart."""
    kept = asdict(paper)
    kept.pop("source_title")
    kept.pop("source_abstract")
    kept["published"] = paper.published.isoformat() if paper.published else None
    return json.dumps(kept, ensure_ascii=False)


def to_paper(text: str) -> Paper:
    """Return the paper of its text."""
    kept = json.loads(text)
    kept["authors"], kept["categories"] = tuple(kept["authors"]), tuple(kept["categories"])
    kept["announce_type"] = AnnounceType(kept["announce_type"])
    if kept["published"]:
        kept["published"] = datetime.fromisoformat(kept["published"])
    return Paper(**kept)
