"""From foreign text to clean Unicode on one line.

HTML goes only where it really is HTML, so `x<y`, `p<0.05` and a model's `<think>` stay; TeX
is turned into Unicode by latex.py; white space is folded and control characters go.
"""

import html
import re
import unicodedata

import nh3

from newsletter.feeds.latex import untexed
from newsletter.feeds.scripts import script

# How long a text of ours may be, in characters. No paper's comes near, and all that is done with a
# text here and in latex.py takes time by its length. One that is longer ends in " …".
LONGEST_TITLE = 1000
LONGEST_ABSTRACT = 20_000
LONGEST_NAME = 200  # a venue's too
LONGEST_LABEL = 80
MARKUP = 5  # times as long may the source be
LONGEST_SOURCE = 100_000
SURROGATE = re.compile("[\ud800-\udfff]")
# Controls but white space, soft hyphens, zero-width spaces, marks of writing direction, private
# use (latex.py has its own marks there) and noncharacters. Joiners stay: scripts need them.
UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069"
    "\ufeff\ufdd0-\ufdef\ue000-\uf8ff\ufffe\uffff]"
)
# For a long text: NFC sorts the marks on one letter in the square of their number.
MARKS = re.compile(r"[^\w\s\x00-\x7f]{31,}")
MOST_MARKS = 30  # on one letter (Unicode Standard Annex 15, section 13)
SEARCHED_FOR_MARKS = 2000  # characters from which on it matters
ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
BARE_AMPERSAND = re.compile(rf"&(?!{ENTITY.pattern[1:]})")
ATTRIBUTES = (  # what is found is not tried again in other ways, of which none could match
    r"""(?:\s++[a-zA-Z_:][-\w:.]*+(?:\s*+=\s*+(?:"[^"<]*+"|'[^'<]*+'|[^\s"'<>]++))?+)*+"""
)
# `<s>`, `<mask>` and `<summary>` are not here: in papers they are tokens of a model.
NAMES = (
    "a|abbr|article|b|big|blockquote|br|caption|center|cite|code|dd|div|dl|dt|em|figcaption|figure"
    "|font|h[1-6]|hr|i|iframe|img|ins|li|ol|p|pre|q|script|section|small|span|strike|strong|style"
    "|sub|sup|table|tbody|td|tfoot|th|thead|tr|tt|u|ul|jats:[a-z-]+"
)
MATHML_NAMES = (
    "(?:mml:)?(?:math|m(?:i|o|n|row|su[bp]|subsup|text|frac|sqrt|over|under|style|space|table|tr"
    "|td|fenced))"
)
TAG = re.compile(
    rf"<(/?)({NAMES}|{MATHML_NAMES})({ATTRIBUTES})\s*(/?)>|<!--.*?-->", re.IGNORECASE | re.DOTALL
)
ALONE = re.compile(r"br|hr|img|p|li", re.IGNORECASE)  # need no closing tag
JOINED = re.compile(  # tags between whose neighbours there is no space
    r"</?(?:a|abbr|b|big|cite|code|em|font|i|ins|q|small|span|strike|strong|su[bp]|tt|u"
    rf"|jats:(?:italic|bold|su[bp]|sc|monospace|underline)){ATTRIBUTES}\s*/?>",
    re.IGNORECASE,
)
RAISED = re.compile(r"<(?:jats:|mml:m)?(su[bp])\s*>([^<>]{1,40})</(?:jats:|mml:m)?\1\s*>", re.I)
MATHML = re.compile(rf"</?{MATHML_NAMES}{ATTRIBUTES}\s*/?>", re.IGNORECASE)  # nh3 drops its text


def clean(text: str, longest: int = LONGEST_ABSTRACT) -> str:
    """Return foreign text, which may hold HTML, entities and TeX, as clean Unicode on one line.

    It has at most `longest` characters; a longer one is cut at a word and ends in " …".
    """
    if not text:
        return ""
    text = shortened(text, MARKUP * longest)
    if ("<" in text and ">" in text) or "&" in text:
        text = without_html(storable(text))
    return clean_plain(text, longest)


def clean_plain(text: str, longest: int = LONGEST_ABSTRACT) -> str:
    """Return text that is known to hold no HTML as clean Unicode on one line."""
    text = shortened(text, MARKUP * longest)
    # All that may have to go is not printable, nor is any space but the plain one.
    if not text.isprintable() or "  " in text or text.strip() != text:
        text = " ".join(text.split())
        if not text.isprintable():
            text = " ".join(UNSEEN.sub("", storable(text)).split())
    text = shortened(text, longest)
    if len(text) > SEARCHED_FOR_MARKS:
        text = MARKS.sub(fewer_marks, text)
    composed = unicodedata.normalize("NFC", untexed(text))
    if composed is text:
        return text
    return storable(shortened(" ".join(composed.split()), longest))


def shortened(text: str, longest: int) -> str:
    """Return the text, cut at a word if it is longer than that many characters."""
    if len(text) <= longest:
        return text
    start = text[: longest - 1]  # a space and the sign follow; a word may end just here
    return f"{start.rpartition(' ')[0] or start[:-1]} …"


def fewer_marks(run: re.Match[str]) -> str:
    """Return a run of signs with as many marks as a letter can bear."""
    return run[0][:MOST_MARKS] if any(map(unicodedata.combining, run[0])) else run[0]


def kept(text: str) -> str:
    """Return a text as the feed gave it, to be stored beside the clean one."""
    return storable(shortened(text, LONGEST_SOURCE))


def storable(text: str) -> str:
    """Return the text as it is, but for what no database and no mail can hold.

    Halves of a surrogate pair are joined; a half that is alone becomes U+FFFD; NUL goes.
    """
    if not text.isascii() and SURROGATE.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text.replace("\x00", "")


def without_html(text: str) -> str:
    """Return the text without tags and entities, if they are HTML; once or twice escaped."""
    text = unclosed(text)
    tags = html_tags(text)
    if not tags:
        if "&" not in text or not ENTITY.search(text):
            return text
        text = unclosed(ENTITY.sub(lambda found: html.unescape(found.group()), text))
        tags = html_tags(text)
    return stripped(text, tags) if tags else text


def unclosed(text: str) -> str:
    """Return the text with a mark in each comment that never ends; UNSEEN takes it out again.

    Unmarked, TAG would look for the end of each up to the end of the text.
    """
    if "<!--" not in text:
        return text
    end = text.rfind("-->") + 1
    return text[:end] + text[end:].replace("<!--", "<\ufddf!--")


def html_tags(text: str) -> list[tuple[int, int]]:
    """Return where HTML's tags stand; one that opens and never closes is not HTML."""
    found = list(TAG.finditer(text)) if "<" in text and ">" in text else []
    opened = {one[2].lower() for one in found if one[2] and not one[1]}
    closed = {one[2].lower() for one in found if one[2] and one[1]}
    return [one.span() for one in found if is_html(one, text, opened, closed)]


def is_html(tag: re.Match[str], text: str, opened: set[str], closed: set[str]) -> bool:
    """Return whether what looks like a tag is one."""
    if not tag[2]:  # a comment
        return True
    name = tag[2].lower()
    if name in opened and name in closed:
        return True
    if tag[3].strip() or tag[4]:
        return "=" in tag[3] or bool(tag[4])
    # `x<p>y` are three variables; a paragraph begins after a space, a stop or a tag.
    return bool(ALONE.fullmatch(name)) and (tag.start() == 0 or text[tag.start() - 1] in " \n\t.>")


def stripped(text: str, tags: list[tuple[int, int]]) -> str:
    """Return the text without the tags at these places, entities decoded; nh3 is the border."""
    parts, last = [], 0
    for start, end in tags:
        parts += [escaped(text[last:start]), text[start:end]]
        last = end
    marked = "".join([*parts, escaped(text[last:])])
    marked = RAISED.sub(lambda one: script(html.unescape(one[2]), one[1].lower() == "sup"), marked)
    marked = MATHML.sub("", marked)
    marked = TAG.sub(lambda one: one[0] if JOINED.fullmatch(one[0]) else f" {one[0]} ", marked)
    return html.unescape(nh3.clean(marked, tags=set()))


def escaped(text: str) -> str:
    """Return text between tags so that nh3 takes nothing in it for a tag or entity."""
    return BARE_AMPERSAND.sub("&amp;", text).replace("<", "&lt;").replace(">", "&gt;")
