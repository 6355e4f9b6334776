"""Papers without an id are looked up by title; the API's answers here are written by us."""

from urllib.parse import parse_qs, urlsplit

import pytest

from newsletter.actions import resolve
from newsletter.domain.paper import Paper
from newsletter.errors import FeedError
from newsletter.feeds.fetch import Fetched, Validators
from newsletter.store import library
from tests.actions.conftest import DAY, MONDAY

TITLE = "Fold: Lines & Shirts"
ENTRY = """<entry><id>http://arxiv.org/abs/{number}v1</id><title>{title}</title>
<summary>We fold.</summary><author><name>{author}</name></author></entry>"""


def answer(*entries):
    text = "".join(ENTRY.format(number=n, title=t, author=a) for n, t, a in entries)
    head = '<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>arXiv</title>'
    return f"{head}{text}</feed>".replace(" & ", " &amp; ").encode()


def ask(desk, body, asked=None):
    """Resolve with a server that always answers so."""

    def fetch(url, _validators):
        if asked is not None:
            asked.append(url)
        if isinstance(body, FeedError):
            raise body
        return Fetched(url, body, Validators())

    return resolve.by_asking(desk.store, fetch, MONDAY)


def stored(desk, key):
    with desk.store.read() as tx:
        return library.whole(tx, key)


def test_a_paper_gets_its_id_authors_and_abstract(desk):
    desk.keep([Paper(TITLE)], MONDAY - DAY)
    asked = []
    (found,) = ask(desk, answer(("2603.00001", "FOLD, lines & shirts", "Ada Okafor")), asked)
    assert found.key == "arxiv:2603.00001"
    (url,) = asked
    assert parse_qs(urlsplit(url).query)["search_query"] == ['ti:"fold lines shirts"']
    assert url.startswith("https://export.arxiv.org/api/query?")
    whole = stored(desk, found.key)
    assert (whole.paper.authors, whole.paper.abstract) == (("Ada Okafor",), "We fold.")
    assert whole.origins["abstract"] == "arXiv, by title"
    assert ask(desk, b"") == [], "it has an id now: nothing is asked"


def test_a_paper_that_is_kept_under_its_id_too_becomes_one_with_it(desk):
    desk.keep([Paper(TITLE)], MONDAY - DAY)
    known = Paper("Fold, lines & shirts!", "We fold.", ("Ada Okafor",), arxiv_id="2603.00001")
    desk.keep([known], MONDAY - DAY)
    ask(desk, answer(("2603.00001", TITLE, "Ada Okafor")))
    whole = stored(desk, "arxiv:2603.00001")
    assert [twin.why for twin in whole.twins] == ["same work"]
    with desk.store.read() as tx:
        assert len(library.listed(tx, library.Wish())) == 1


@pytest.mark.parametrize(
    ("entries", "why"),
    [
        ([("2603.00001", "Other Lines", "Ada Okafor")], "no paper with this title"),
        ([("2603.00001", TITLE, "Jun Sato")], "no paper with this title"),
        ([], "no paper with this title"),
        (
            [("2603.00001", TITLE, "Ada Okafor"), ("2603.00002", TITLE, "Ada Okafor")],
            "several papers have this title: 2603.00001, 2603.00002",
        ),
    ],
)
def test_what_is_not_plainly_the_same_is_told_and_left_alone(desk, entries, why):
    desk.keep([Paper(TITLE, authors=("Okafor, Ada",))], MONDAY - DAY)
    (found,) = ask(desk, answer(*entries))
    assert not found.key
    assert why in found.why


def test_an_unreachable_api_is_told_for_each_paper(desk):
    desk.keep([Paper("One"), Paper("Two")], MONDAY - DAY)
    found = ask(desk, FeedError("https://export.arxiv.org", "no answer within 30 s"))
    assert [one.why for one in found] == ["no answer within 30 s"] * 2
