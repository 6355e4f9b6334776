"""A feed's address or file -> its bytes -> the papers of all its pages, one after the other."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from newsletter.domain.paper import Reading
from newsletter.errors import EmptyPageError, FeedError
from newsletter.feeds.fetch import NO_VALIDATORS, Fetched, Validators
from newsletter.feeds.readers import PAGES, READERS, guess

EMPTY_PAGES = 2  # how often a page that should not be empty is asked for again

Fetch = Callable[[str, Validators], Fetched]
ReadPage = Callable[[str, bytes], Reading]
NextPage = Callable[[str, bytes], str]


Progress = Callable[[int, int], None]  # how many papers of a feed are stored, and of how many


def no_progress(_done: int, _of: int) -> None:
    """Tell nobody."""


def no_chance() -> float:
    """Return that chance adds nothing."""
    return 0.0


@dataclass(frozen=True, slots=True)
class Origin:
    """Where papers come from: a feed of the settings, or a file or address given by hand."""

    url: str  # an http(s) address, or a path
    name: str
    reader: str = ""  # found by looking if empty
    poll_every: timedelta = timedelta(hours=2)

    @property
    def is_file(self) -> bool:
        """Return whether it is a path."""
        return not self.url.lower().startswith(("http://", "https://"))


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one visit may take: octets of a file, and pages; and who is told how far it is."""

    max_octets: int
    max_pages: int = 10
    chance: Callable[[], float] = no_chance  # 0 to 1: spreads the visits after a failure
    progress: Progress = no_progress


@dataclass(frozen=True, slots=True)
class Pages:
    """What the pages of one visit hold; never none."""

    readings: tuple[Reading, ...]
    note: str = ""  # why not all pages were asked for
    trouble: FeedError | None = None  # what went wrong behind the pages that are here

    @property
    def all(self) -> Reading:
        """Return them as one reading, in their order."""
        return Reading(
            tuple(paper for one in self.readings for paper in one.papers),
            tuple(lost for one in self.readings for lost in one.skipped),
            self.readings[0].batch,
        )


def load(origin: Origin, limits: Limits) -> Fetched:
    """Return a file's bytes; raises FeedError if it cannot be read or is too large."""
    if "://" in origin.url:
        raise FeedError(origin.url, "only http and https addresses and files are read")
    path = Path(origin.url)
    try:
        if path.is_dir():
            raise FeedError(origin.url, "this is a folder, not a file")
        with path.open("rb") as file:
            body = file.read(limits.max_octets + 1)
        if len(body) > limits.max_octets:
            raise FeedError(
                origin.url,
                f"it is larger than ingest.max_megabytes = {limits.max_octets // 2**20}; raise it, "
                "or split the file",
            )
        return Fetched(origin.url, body, Validators())
    except (OSError, ValueError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise FeedError(origin.url, f"cannot be read: {reason}") from error


def read(origin: Origin, body: bytes) -> tuple[str, Reading]:
    """Return the reader's name, the given or the guessed one, and what it read."""
    reader = origin.reader or guess(origin.url, body)
    return reader, READERS[reader](origin.url, body)


def rehearse(origin: Origin, fetch: Fetch, limits: Limits) -> tuple[str, Reading]:
    """Fetch and read one page, and store nothing; raises FeedError."""
    fetched = load(origin, limits) if origin.is_file else fetch(origin.url, NO_VALIDATORS)
    return read(origin, fetched.body or b"")


def read_pages(
    reader: str, first: Fetched, read_page: ReadPage, fetch: Fetch, limits: Limits
) -> Pages:
    """Return what the first page and those behind it hold, up to the limit.

    A failure behind the first page is told beside what was read. Raises FeedError if the first
    page cannot be read.
    """
    next_page = PAGES.get(reader, no_page)
    readings: list[Reading] = []
    try:
        for reading, following in each_page(first, read_page, next_page, fetch):
            readings.append(reading)
            if following and len(readings) >= limits.max_pages:
                note = f"it has more than {limits.max_pages} pages; ingest.max_pages is the limit"
                return Pages(tuple(readings), note)
    except FeedError as error:
        if not readings:
            raise
        return Pages(tuple(readings), trouble=error)
    return Pages(tuple(readings))


def no_page(_url: str, _body: bytes) -> str:
    """Return that there is no other page."""
    return ""


def each_page(
    first: Fetched, read_page: ReadPage, next_page: NextPage, fetch: Fetch
) -> Iterator[tuple[Reading, str]]:
    """Yield each page's papers and the address of the one behind it. Raises FeedError."""
    page, asked = first, {first.url}
    while True:
        reading, page = patiently(page, read_page, fetch)
        following = next_page(page.url, page.body or b"")
        if following in asked:  # a server in a circle would be asked for ever
            following = ""
        if following and place(following) != place(first.url):
            raise FeedError(page.url, f"its next page lies on another host: {following[:200]}")
        yield reading, following
        if not following:
            return
        asked.add(following)
        page = fetch(following, NO_VALIDATORS)
        if place(page.url) != place(first.url):
            raise FeedError(following, f"its next page leads to another host: {page.url[:200]}")


def patiently(page: Fetched, read_page: ReadPage, fetch: Fetch) -> tuple[Reading, Fetched]:
    """Return a page read, asked for again if it is empty though it should not be."""
    for _ in range(EMPTY_PAGES):
        try:
            return read_page(page.url, page.body or b""), page
        except EmptyPageError:
            if not page.url.lower().startswith(("http://", "https://")):
                raise  # a file stays as it is
            page = fetch(page.url, NO_VALIDATORS)
    return read_page(page.url, page.body or b""), page


def place(url: str) -> tuple[str, int | None]:
    """Return the host and the port that an address names."""
    parts = urlsplit(url)
    return (parts.hostname or "").lower(), parts.port
