"""The quick way through a well-formed feed: UTF-8 in, entries like feedparser's out.

feedparser is the truth, and takes ten times as long as expat alone. Most feeds are plain RSS 2.0,
RSS 1.0 or Atom: they are read here into the same fields with the same values, quirks and all.
Whatever is unusual (a document type, an unknown element or namespace, markup inside a text, a date
of another form, malformed XML) makes `entries` give up, and feedparser reads the whole feed; a test
holds both ways together. Nothing is loaded from outside and no entity is ever defined.
"""

from xml.parsers import expat

from newsletter.feeds.fields import OF_ATOM, OF_RSS, Attributes, Entry, Take, UnusualError, repaired

ATOM = "http://www.w3.org/2005/Atom"
RSS_1 = "http://purl.org/rss/1.0/"
XML = "http://www.w3.org/XML/1998/namespace"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
# Namespaces and the prefix of their fields. Any other may be declared, but not used.
NAMESPACES = {
    ATOM: "",
    RSS_1: "",
    RDF: "rdf",
    "http://arxiv.org/schemas/atom": "arxiv",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://purl.org/rss/1.0/modules/syndication/": "sy",
    "http://a9.com/-/spec/opensearch/1.1/": "opensearch",
    "http://prismstandard.org/namespaces/basic/2.0/": "prism",
    "http://prismstandard.org/namespaces/1.2/basic/": "prism",
}
PLAIN_ATTRIBUTES = frozenset(
    "href rel type title term scheme label domain isPermaLink version url length hreflang".split()
)
MOST_ENTRIES = 50_000
# As expat names them. `xml:base` is not here: feedparser works out addresses by it.
NAMED_ATTRIBUTES = frozenset([f"{XML} lang", f"{XML} space", f"{RDF} about", f"{RDF} resource"])
ATTRIBUTES = PLAIN_ATTRIBUTES | NAMED_ATTRIBUTES
# What feedparser keeps under its own name, for it has no rule of its own for it.
KEPT = ("arxiv_", "prism_", "opensearch_", "sy_")
DUBLIN_CORE = frozenset("dc_format dc_type dc_source dc_relation dc_coverage dc_identifier".split())
# What no reader asks for. Elements inside it are not passed over, for feedparser takes a title in
# there for the entry's own.
UNUSED = frozenset(
    "comments enclosure rights dc_rights dc_publisher dc_language dc_contributor".split()
)
OF_A_PERSON = frozenset(["name", "email", "uri"])
OF_THE_FEED = (UNUSED | DUBLIN_CORE) | frozenset(
    "title link description subtitle language copyright managingeditor webmaster pubdate"
    " lastbuilddate category generator docs ttl id updated icon logo"
    " dc_date dc_creator dc_subject dc_title".split()
)
INSIDE = {  # which elements outside of entries hold others, and which
    "": frozenset(["rss", "feed", "rdf_rdf"]),
    "rss": frozenset(["channel"]),
    "rdf_rdf": frozenset(["channel", "item", "image"]),
    "channel": OF_THE_FEED | {"item", "image", "skiphours", "skipdays", "items"},
    "feed": OF_THE_FEED | {"entry", "author", "contributor"},
    "image": frozenset("title url link width height description".split()),
    "skiphours": frozenset(["hour"]),
    "skipdays": frozenset(["day"]),
    "items": frozenset(["rdf_seq"]),
    "rdf_seq": frozenset(["rdf_li"]),
    "author": OF_A_PERSON,
    "contributor": OF_A_PERSON,
}


def entries(data: bytes) -> list[Entry] | None:
    """Return the entries of UTF-8 without XML declaration, None if feedparser must read it."""
    if data.startswith(b"<?"):  # feedparser would look for an encoding in it
        return None
    reader = Reader()
    try:
        reader.read(data)
    except (UnusualError, expat.ExpatError):
        return None
    return reader.entries or None


class Reader:
    """What has been read so far, and where in the feed we are."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.entry: Entry | None = None  # that we are in
        self.take: dict[str, Take] = {}  # what its elements become
        self.person: Entry | None = None  # that we are in, an author or a contributor
        self.open = [""]  # the elements around us that hold others
        self.field = ""  # the element around us that holds text
        self.attributes: Attributes = {}  # of that element
        self.pieces: list[str] = []  # of its text
        self.tags: dict[str, str] = {}  # expat's name of an element -> ours
        self.uris: dict[str, str] = {}  # prefix -> namespace

    def read(self, data: bytes) -> None:
        """Read the whole feed. Raises UnusualError or ExpatError if it is not plain."""
        parser = expat.ParserCreate("utf-8", " ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = refuse
        parser.StartNamespaceDeclHandler = self.declare
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end
        parser.CharacterDataHandler = self.text
        parser.Parse(data, True)

    def declare(self, prefix: str | None, uri: str | None) -> None:
        """Note a namespace; feedparser names fields by prefixes, so each must mean one thing."""
        known = NAMESPACES.get(uri or "")
        if not uri or self.uris.setdefault(prefix or "", uri) != uri or (known and prefix != known):
            raise UnusualError

    def tag(self, name: str) -> str:
        """Return our name of an element: `pubdate`, `dc_creator`."""
        uri, _, local = name.rpartition(" ")
        prefix = NAMESPACES.get(uri) if uri else ""
        if prefix is None:
            raise UnusualError
        self.tags[name] = f"{prefix}_{local.lower()}" if prefix else local.lower()
        return self.tags[name]

    def start(self, name: str, attributes: Attributes) -> None:
        """Go into an element."""
        tag = self.tags.get(name) or self.tag(name)
        if self.field or (attributes and not ATTRIBUTES.issuperset(attributes)):
            raise UnusualError
        self.pieces = []
        self.attributes = attributes
        if self.entry is None:
            self.outside(name, tag)
        elif self.person is not None:
            self.field = tag
            if tag not in OF_A_PERSON and tag != "arxiv_affiliation":
                raise UnusualError
        elif tag in self.take:
            self.field = tag
        elif tag in ("author", "contributor"):
            self.open.append(tag)
            self.person = {}
        elif tag in UNUSED or tag in DUBLIN_CORE or tag.startswith(KEPT):
            self.field = tag
        else:
            raise UnusualError

    def outside(self, name: str, tag: str) -> None:
        """Go into an element that stands in no entry."""
        if tag not in INSIDE[self.open[-1]] and not tag.startswith(KEPT):
            raise UnusualError
        if tag == "feed" and (name != f"{ATOM} feed" or RSS_1 in self.uris.values()):
            raise UnusualError
        if tag in ("item", "entry", "channel") and not NAMED_ATTRIBUTES.issuperset(self.attributes):
            raise UnusualError
        if tag in ("item", "entry"):
            if len(self.entries) >= MOST_ENTRIES:
                raise UnusualError
            about = self.attributes.get(f"{RDF} about")
            self.entry = {"id": about} if about else {}
            self.entries.append(self.entry)
            self.take = OF_ATOM if tag == "entry" else OF_RSS
        if tag in INSIDE or self.entry is not None:
            self.open.append(tag)
        else:
            self.field = tag

    def text(self, data: str) -> None:
        """Note a piece of text."""
        self.pieces.append(data)

    def end(self, _name: str) -> None:
        """Come out of an element."""
        field, self.field = self.field, ""
        if not field:
            self.close(self.open.pop())
        elif self.person is not None:
            if field == "name":
                self.name("".join(self.pieces).strip())
        elif self.entry is not None:
            value = repaired("".join(self.pieces).strip())
            if field in self.take:
                self.take[field](self.entry, value, self.attributes)
            elif field not in UNUSED:
                # One with attributes is kept as these, and its text is lost.
                self.entry[field] = self.attributes or value

    def name(self, value: str) -> None:
        """Note a person's name."""
        if self.person is None or "name" in self.person:
            raise UnusualError
        self.person["name"] = value

    def close(self, tag: str) -> None:
        """Come out of an element that holds others."""
        if tag in ("item", "entry"):
            self.entry = None
        elif self.entry is not None and self.person is not None:
            if "name" not in self.person:
                raise UnusualError
            if tag == "author":
                self.entry.setdefault("authors", []).append(self.person)
            self.person = None


def refuse(*_: object) -> None:
    """Leave a feed with a document type to feedparser, which throws it away."""
    raise UnusualError
