"""Feeds made malformed in every way that servers, editors and broken lines make them."""

import re

from tests.feeds.unusual import ENTRIES, ITEM, ITEMS, NOTE, TITLE, atom, rdf, rss

DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'


def changes(text):
    """Yield the feed with one thing wrong, and what."""
    yield "whole", text
    yield "note first", NOTE + text
    yield "declared", DECLARATION + text
    yield "declared, note", DECLARATION + NOTE + text
    yield "note, then declared", NOTE + DECLARATION + text
    yield "spaces, then declared", "\n\n  " + DECLARATION + text
    yield "declared twice", DECLARATION * 2 + text
    yield (
        "words, then declared",
        "<br />\n<b>Warning</b>: mysql in <b>/a.php</b>\n" + DECLARATION + text,
    )
    yield "plain words, then declared", "Warning: mysql_connect() in /a.php\n" + DECLARATION + text
    yield "open declaration", '<?xml version="1.0"' + text
    yield "version 1.1", '<?xml version="1.1"?>' + text
    yield "standalone", '<?xml version="1.0" standalone="no" ?>' + text
    yield "instruction", '<?xml-stylesheet href="a.xsl" type="text/xsl"?>' + text
    yield "type", "<!DOCTYPE x>" + text
    yield "type with all", '<!DOCTYPE x SYSTEM "a.dtd" [<!ELEMENT a (b)><!ENTITY c "d">]>' + text
    yield "open type", "<!DOCTYPE x [" + text
    yield "bad note", "<!-- a -- b --->" + text
    yield "open note", text.replace("</title>", "<!-- </title>", 1)
    yield "comment with an item", text.replace("<title>", f"<!--{ITEM}--><title>", 1)
    yield "lower than", text.replace("first", "1 < 2 first")
    yield "ampersand", text.replace("first", "R&D, AT&T & co&; &#; &#x;")
    yield "unknown entities", text.replace("first", "&nbsp;&eacute;&bogus;&copy")
    yield "bad numbers", text.replace("first", "&#0;&#8;&#xFFFE;&#xD800;&#x110000;&#99999999999;")
    yield "controls", text.replace("first", "a\x00b\x01c\x08d\x0be\x1ff\x7f")
    yield "not to be seen", text.replace("first", "\ufeff\u200b\u202e\ufffe")
    yield "open CDATA", text.replace("first", "<![CDATA[first", 1)
    yield "end of CDATA", text.replace("first", "first]]>", 1)
    yield "CDATA in CDATA", text.replace("first", "<![CDATA[a<![CDATA[b]]>c]]>", 1)
    yield "bare attribute", text.replace("<title>", "<title type=html lang>")
    yield "same attribute twice", text.replace("<title>", '<title a="1" a="2">')
    yield "open attribute", text.replace("<title>", '<title a="1>', 1)
    yield "bound to nothing", text.replace("<title>", "<foo:bar>x</foo:bar><title>")
    yield "bound to empty", text.replace("<title>", '<title xmlns:b="">')
    yield "bad name", text.replace("<title>", "<1a>x</1a><title>")
    yield "crossed", text.replace("</title>", "</title></b>").replace("<title>", "<b><title>")
    yield "mixed up", text.replace("</title>", "</item></title>", 1)
    yield "html inside", text.replace("computes", "<p>a<br>b<img src=x>&nbsp;<script>x</script>")
    yield "end twice", text + text[text.rfind("</") :]
    yield "two feeds", text + text
    yield "words behind", text + "\n<script>var a = 1 < 2;</script> trailing"
    yield "NUL behind", text + "\0" * 20
    yield "carriage returns", text.replace(">", ">\r")
    yield "windows lines", text.replace(">", ">\r\n")
    yield "no ends of titles", text.replace("</title>", "")
    yield "no ends of entries", re.sub("</(item|entry)>", "", text)
    yield "no ends at all", re.sub("</[^>]*>", "", text)
    yield "no beginnings", text.replace("<title>", "")
    yield "spaces in tags", text.replace("<item", "< item").replace("</title", "</ title")
    yield (
        "spaces behind names",
        text.replace("<item>", "<item  >").replace("</title>", "</title\n>"),
    )
    yield "long item", text.replace("computes", "computes and " * 20_000)
    yield "doubly escaped", text.replace("<", "&lt;")


def malformed():
    """Yield every name and text."""
    for name, text in (("rss", rss()), ("atom", atom()), ("rdf", rdf())):
        for what, changed in changes(text):
            yield f"{name}, {what}", changed
        for share in range(5, 100, 5):
            yield f"{name}, {share} of 100", text[: len(text) * share // 100]
    for number in (0, 1, 2, 50, 900):
        yield f"{number} without a title", rss("<item><link>http://e.org/</link></item>" * number)
        yield f"{number} of nothing", atom("<entry/>" * number)
    yield "deep", rss(f"<item>{TITLE}<description>{'<b>' * 500}{'</b>' * 500}</description></item>")
    yield "tables", rss(ITEMS.replace("It computes", "<table><tr><td>a<td>b<ul><li>c<li>d" * 50))
    yield "unclosed last", atom(ENTRIES + "<entry><title>cut")[: -len("</feed>")]
