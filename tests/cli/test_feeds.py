"""Adding, listing and removing feeds by the command line, with a real server on this machine."""

import http.server
import threading
import tomllib

import pytest

RSS = """<?xml version="1.0"?><rss version="2.0"><channel><title>Ours</title>
<item><title>A paper</title><description>We show it.</description></item></channel></rss>"""
PAGE = """<!doctype html><html><head><title>Blog</title>
<link rel="alternate" type="application/rss+xml" title="Our papers" href="/feed.xml">
</head></html>"""
OPML = """<opml version="2.0"><body><outline text="Science">
<outline text="One" xmlUrl="https://one.example/rss"/>
<outline text="Two" xmlUrl="https://two.example/atom"/></outline></body></opml>"""
BODIES = {"/feed.xml": RSS, "/": PAGE, "/none.html": "<!doctype html><html></html>"}


@pytest.fixture
def server(letter):
    """A server whose address the settings allow."""

    class Pages(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = BODIES[self.path].encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages) as made:
        thread = threading.Thread(target=made.serve_forever)
        thread.start()
        place = f"127.0.0.1:{made.server_port}"
        settings = f'[ingest]\nallowed_hosts = ["{place}"]\n'
        (letter.folder / "config/newsletter.toml").write_text(settings)
        yield f"http://{place}"
        made.shutdown()
        thread.join()


def feeds_in(letter):
    text = (letter.folder / "config/newsletter.toml").read_text()
    return tomllib.loads(text).get("feeds", [])


def test_a_feed_is_added_with_its_reader(letter, server):
    (added,) = letter.json("feeds", "add", f"{server}/feed.xml", "--name", "Ours")["added"]
    assert added == {"name": "Ours", "url": f"{server}/feed.xml", "reader": "rss"}
    assert feeds_in(letter) == [added]
    (source,) = letter.json("ingest", "Ours")["sources"]
    assert source["new"] == 1


def test_the_feed_that_a_page_links_is_found(letter, server):
    (added,) = letter.json("feeds", "add", f"{server}/")["added"]
    assert added == {"name": "Our papers", "url": f"{server}/feed.xml", "reader": "rss"}


def test_a_page_without_a_feed_is_named(letter, server):
    told = letter.run("feeds", "add", f"{server}/none.html")
    assert told.code == 1
    assert "web page" in told.err
    assert feeds_in(letter) == []


def test_a_list_of_feeds_is_added_once(letter, tmp_path):
    file = tmp_path / "list.opml"
    file.write_text(OPML)
    (letter.folder / "config/newsletter.toml").write_text("# my settings\n")
    assert len(letter.json("feeds", "add", file)["added"]) == 2
    assert letter.json("feeds", "add", file)["added"] == []
    assert [one["name"] for one in feeds_in(letter)] == ["One", "Two"]
    assert "# my settings" in (letter.folder / "config/newsletter.toml").read_text()


def test_ingest_refuses_a_list_of_feeds_and_says_what_does_it(letter, tmp_path):
    file = tmp_path / "list.opml"
    file.write_text(OPML)
    told = letter.run("ingest", file)
    assert told.code == 1
    assert "newsletter feeds add FILE" in told.err


def test_a_feed_is_removed_by_its_name_and_the_others_stay(letter, tmp_path):
    file = tmp_path / "list.opml"
    file.write_text(OPML)
    (letter.folder / "config/newsletter.toml").write_text("[site]\nname = 'Mine'  # kept\n")
    letter("feeds", "add", file)
    letter("feeds", "remove", "One")
    assert [one["name"] for one in feeds_in(letter)] == ["Two"]
    assert "'Mine'  # kept" in (letter.folder / "config/newsletter.toml").read_text()
    told = letter.run("feeds", "remove", "One")
    assert (told.code, "has no feed 'One'" in told.err) == (1, True)


def test_the_feeds_are_exported_as_a_list_that_can_be_added_again(letter, tmp_path):
    file = tmp_path / "list.opml"
    file.write_text(OPML)
    (letter.folder / "config/newsletter.toml").write_text("")
    letter("feeds", "add", file)
    out = tmp_path / "out.opml"
    out.write_text(letter("feeds", "export"))
    (letter.folder / "config/newsletter.toml").write_text("")
    assert [one["name"] for one in letter.json("feeds", "add", out)["added"]] == ["One", "Two"]
