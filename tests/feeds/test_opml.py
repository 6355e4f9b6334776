"""Lists of feeds."""

import pytest

from newsletter.errors import FeedError
from newsletter.feeds.opml import Outline, read_opml, write_opml

LIST = b"""<?xml version="1.0" encoding="ISO-8859-1"?><opml version="1.0"><body>
<outline text="Folder"><outline text="\xdcber A&amp;B" xmlUrl="https://a.example/?x=1&amp;y=2"/>
<outline text="deeper"><outline title="Titled" text="b" XMLURL="http://b.example/"/></outline></outline>
<outline text="again" xmlUrl="http://b.example/"/><outline text="no feed"/>
<outline text="script" xmlUrl="javascript:alert(1)"/><outline text="file" xmlUrl="file:///etc/x"/>
<outline xmlUrl="https://c.example/feed"/></body></opml>"""
FEEDS = (
    Outline("Über A&B", "https://a.example/?x=1&y=2"),
    Outline("Titled", "http://b.example/"),
    Outline("https://c.example/feed", "https://c.example/feed"),
)


def test_every_feed_of_every_folder_is_read_once():
    assert read_opml(LIST) == FEEDS


def test_what_is_written_is_read_again():
    feeds = (*FEEDS, Outline('"<q>" \x01', "https://d.example/'\"<"))
    again = read_opml(write_opml("Mine & yours", feeds))
    assert again[:3] == FEEDS
    assert again[3] == Outline('"<q>"', "https://d.example/'\"<")


def test_a_list_cut_short_keeps_what_came_before():
    assert read_opml(LIST[: LIST.index(b'<outline text="again')]) == FEEDS[:2]


@pytest.mark.parametrize("body", [b"", b"<rss/>", b"words", b"<opml>" * 100_000])
def test_what_is_no_list_is_an_error(body):
    with pytest.raises(FeedError):
        read_opml(body)
