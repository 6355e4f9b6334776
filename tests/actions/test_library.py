"""Libraries looked up at arXiv; a server on loopback answers with feeds of the API's form."""

from datetime import UTC, datetime
from urllib.parse import quote

import pytest

from newsletter.actions import library, profiles
from newsletter.actions.lookup import Arxiv, is_person
from newsletter.actions.reading import Limits
from newsletter.domain.library import Verdict
from newsletter.domain.paper import Paper
from newsletter.domain.profile_file import read
from newsletter.store import works
from tests.actions.conftest import DAY, MONDAY
from tests.feeds.servers import asking, reply, running

FOLD = "Folding Shirts by Their Fold Lines Alone"
TEA = "A Study of Tea in the Spring of 1987"
HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:arxiv="http://arxiv.org/schemas/atom"
 xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/">
<title>arXiv Query</title><id>http://arxiv.org/api/x</id>
<opensearch:totalResults>{total}</opensearch:totalResults>
<opensearch:startIndex>{start}</opensearch:startIndex>{entries}</feed>"""
ENTRY = """<entry><id>http://arxiv.org/abs/{number}v2</id><title>{title}</title>
<summary>We study {title}.</summary><published>2026-02-0{day}T10:00:00Z</published>
<author><name>{author}</name></author>
<arxiv:primary_category term="cs.RO"/></entry>"""
QUERY = "sortBy=submittedDate&sortOrder=descending&start={}&max_results=100"


def answer(*found, start=0, total=None):
    entries = "".join(
        ENTRY.format(number=number, title=title, author=author, day=place)
        for place, (number, title, author) in enumerate(found, 1)
    )
    total = len(found) if total is None else total
    return reply(HEAD.format(entries=entries, start=start, total=total).encode())


@pytest.fixture
def server():
    with running() as server:
        yield server


@pytest.fixture
def arxiv(server):
    get = asking(server)
    return Arxiv(
        lambda url, validators: get(url, validators), server.url("/api"), server.url("").rstrip("/")
    )


@pytest.fixture
def reader(desk):
    return desk.reader()


def means(arxiv, **options):
    return library.Means(arxiv, Limits(2**20), MONDAY, **options)


def add(desk, reader, arxiv, *sources, **options):
    return library.add(desk.store, reader, list(map(str, sources)), means(arxiv, **options))


def shelf(desk, reader):
    with desk.store.read() as tx:
        return [(one.key, one.verdict, one.at) for one in works.of(tx, reader)]


def write(folder, text, name="titles.txt"):
    (folder / name).write_text(text, "utf-8")
    return folder / name


def test_an_authors_own_papers_come_over_pages_and_a_namesakes_do_not(desk, reader, arxiv, server):
    first = "/api?search_query=" + quote('au:"ada okafor"') + "&" + QUERY.format(0)
    server.answers[first] = answer(
        ("2602.00001", FOLD, "Ada Okafor"), ("2602.00002", TEA, "Adam Okafor"), total=3
    )
    server.answers[first.replace("start=0", "start=2")] = answer(
        ("2602.00003", "Old", "A. Okafor"), start=2, total=3
    )
    report = add(desk, reader, arxiv, "author:Ada Okafor")
    assert (report.added, report.sources[0].reader) == (2, "arxiv-author")
    assert shelf(desk, reader) == [
        ("arxiv:2602.00001", Verdict.OWN, datetime(2026, 2, 1, 10, tzinfo=UTC)),
        ("arxiv:2602.00003", Verdict.OWN, datetime(2026, 2, 1, 10, tzinfo=UTC)),
    ]


def test_an_arxiv_author_id_leads_to_the_authors_feed(desk, reader, arxiv, server):
    server.answers["/a/okafor_a_1.atom2"] = answer(("2602.00001", FOLD, "Ada Okafor"))
    assert add(desk, reader, arxiv, "okafor_a_1").added == 1
    with desk.store.read() as tx:
        (paper,) = works.papers_of(tx, reader, Verdict.OWN)
    assert (paper.abstract, paper.categories) == (f"We study {FOLD}.", ("cs.RO",))


def test_an_unknown_author_is_told(desk, reader, arxiv, server):
    server.answers["/a/nobody_x_1.atom2"] = answer()
    report = add(desk, reader, arxiv, "nobody_x_1")
    assert report.sources[0].error == "arXiv knows no paper of this author"


def test_ids_that_are_not_here_are_asked_for_in_one_question(desk, reader, arxiv, server, tmp_path):
    desk.keep([Paper(TEA, "Tea.", arxiv_id="2602.00002")], MONDAY - DAY)
    server.answers["/api?id_list=2602.00001,2602.00009&max_results=2"] = answer(
        ("2602.00001", FOLD, "Ada Okafor")
    )
    ids = write(tmp_path, "2602.00001v3\narXiv:2602.00002\n2602.00009\n")
    report = add(desk, reader, arxiv, ids)
    assert report.added == 2
    ((entry, why),) = [(one.entry, one.why) for one in report.not_found]
    assert (entry, why) == ("2602.00009", "arXiv knows no paper with this id")
    assert len(server.heads) == 1
    assert {key for key, _, _ in shelf(desk, reader)} == {"arxiv:2602.00001", "arxiv:2602.00002"}


def test_titles_are_asked_for_only_on_request(desk, reader, arxiv, server, tmp_path):
    desk.keep([Paper(FOLD, "We fold.", ("Ada Okafor",))], MONDAY - DAY)
    words = quote('ti:"a study of tea in the spring of 1987"')
    server.answers[f"/api?search_query={words}&max_results=5"] = answer(
        ("2602.00002", TEA, "Jun Sato"), ("2602.00003", "Another", "Jun Sato")
    )
    titles = write(tmp_path, f"- {FOLD}\n- {TEA}\n")
    report = add(desk, reader, arxiv, titles)
    assert (report.added, [one.entry for one in report.not_found]) == (1, [TEA])
    assert server.heads == []
    report = add(desk, reader, arxiv, titles, ask_titles=True)
    assert (report.added, report.known, report.not_found) == (1, 1, [])
    assert "arxiv:2602.00002" in {key for key, _, _ in shelf(desk, reader)}


def test_a_silent_arxiv_is_asked_once_and_the_rest_is_kept(desk, reader, arxiv, server, tmp_path):
    desk.keep([Paper(FOLD, "We fold.")], MONDAY - DAY)
    titles = write(tmp_path, f"{TEA}\n{FOLD}\nA Third Title of Some Length\n")
    report = add(desk, reader, arxiv, titles, ask_titles=True)
    assert report.added == 1
    assert [one.why for one in report.not_found] == [
        "there is nothing at this address (HTTP 404)"
    ] * 2
    assert len(server.heads) == 1


def test_what_the_reader_has_said_stays_but_liked_may_become_own(desk, reader, arxiv, tmp_path):
    bib = "@article{{a, title={{{}}}, abstract={{x}}, doi={{10.1000/{}}}}}\n"
    refs = write(tmp_path, bib.format(FOLD, 1) + bib.format(TEA, 2), "refs.bib")
    assert add(desk, reader, arxiv, refs).added == 2
    with desk.store.write() as tx:
        rows = works.by_keys(tx, ["doi:10.1000/1"])
        said = library.Judged(rows["doi:10.1000/1"], Verdict.LESS, MONDAY)
        works.judge(tx, reader, [said])
    assert add(desk, reader, arxiv, refs, verdict=Verdict.OWN).added == 0
    assert {(key, verdict) for key, verdict, _ in shelf(desk, reader)} == {
        ("doi:10.1000/1", Verdict.LESS),
        ("doi:10.1000/2", Verdict.OWN),
    }


def test_a_bad_source_stops_no_other(desk, reader, arxiv, tmp_path):
    good = write(tmp_path, "TY  - JOUR\nTI  - A Study of Tea\nAB  - Tea.\nER  -\n", "a.ris")
    report = add(desk, reader, arxiv, tmp_path / "none.ris", good, tmp_path)
    assert [bool(one.error) for one in report.sources] == [True, False, True]
    assert report.added == 1


def test_examples_of_a_topic_come_from_arxiv_on_request(desk, reader, arxiv, server):
    server.answers["/api?id_list=2602.00001&max_results=1"] = answer(
        ("2602.00001", FOLD, "Ada Okafor")
    )
    filed = read("[[topics]]\nname='Cloth'\nexamples=['2602.00001']", "f", MONDAY)
    done = profiles.take(desk.store, reader, filed, MONDAY, add=False, arxiv=None)
    assert done.unknown == ("arxiv:2602.00001",)
    done = profiles.take(desk.store, reader, filed, MONDAY, add=False, arxiv=arxiv)
    assert done.unknown == ()
    with desk.store.read() as tx:
        (one,) = works.of(tx, reader)
    assert (one.topic, one.title, one.verdict) == ("Cloth", FOLD, Verdict.LIKED)
    later = profiles.take(desk.store, reader, filed, MONDAY + DAY, add=False, arxiv=None)
    assert later.unknown == ()
    with desk.store.read() as tx:
        assert works.of(tx, reader) == [one], "it keeps its date"


@pytest.mark.parametrize(
    ("wanted", "name", "same"),
    [
        ("Ada Okafor", "Ada Okafor", True),
        ("Ada Okafor", "A. B. Okafor", True),
        ("A. Okafor", "Ada Okafor", True),
        ("Ada Okafor", "Adam Okafor", False),
        ("Ada Okafor", "Ada Sato", False),
        ("José Núñez", "Jose Nunez", True),
        ("Okafor", "Ada Okafor", False),
        ("李明", "李明", True),
    ],
)
def test_who_may_be_the_wanted_author(wanted, name, same):
    assert is_person(wanted, name) is same
