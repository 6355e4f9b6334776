"""A paper -> the address at which a reader finds it, whatever a feed gave."""

from urllib.parse import quote, urlencode, urlsplit

from newsletter.domain.paper import Paper
from newsletter.rendering.plain import cut, tidy

SEARCHED_LENGTH = 150  # characters of a title
LINK_LENGTH = 600  # characters; no honest address of a paper is longer


def paper_link(paper: Paper) -> str:
    """Return where the paper is to be read; without an address, arXiv's search by its title."""
    if reachable(paper.url):
        return reachable(paper.url)
    if paper.arxiv_id:
        return f"https://arxiv.org/abs/{quoted(paper.arxiv_id)}"
    if paper.doi:
        # The older name of the resolver: filters count doi.org among the shorteners of addresses,
        # and "More: " in a subject as a false reply.
        return f"https://dx.doi.org/{quoted(paper.doi)}"
    return search_link(cut(tidy(paper.title), SEARCHED_LENGTH).rstrip("…"))


def quoted(identity: str) -> str:
    """Return an id as it may stand in an address, whatever a feed gave."""
    return quote(cut(tidy(identity), SEARCHED_LENGTH), errors="replace")


def search_link(words: str) -> str:
    """Return arXiv's search for these words of a title, for as many as make no endless address."""
    asked = urlencode({"query": words, "searchtype": "title"})
    if len(asked) > LINK_LENGTH:  # a letter may take twelve characters
        return search_link(cut(words, len(words) // 2).rstrip("…"))
    return f"https://arxiv.org/search/?{asked}"


def reachable(url: str) -> str:
    """Return the address if a reader anywhere can open it: http or https, not this machine's."""
    if len(url) > LINK_LENGTH:
        return ""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return ""
    here = host in ("", "localhost", "::1", "0.0.0.0") or host.startswith("127.")  # noqa: S104 - refused
    if parts.scheme not in ("http", "https") or here or host.endswith(".localhost"):
        return ""
    return url if url.isprintable() and " " not in url else ""
