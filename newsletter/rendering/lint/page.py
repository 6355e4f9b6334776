"""Rules over the links, images and tags of the HTML part; and a mail taken apart for all rules."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlsplit

from newsletter.rendering.lint.fields import Fields
from newsletter.rendering.lint.finding import ERROR, WARN, Finding, shown
from newsletter.rendering.lint.styles import Sheet, sheet_of
from newsletter.rendering.lint.tree import Element, Tree

LINK = re.compile(r"https?://[^/\s]+|mailto:[^\s?]+@|#[^\s]|tel:\+?\d", re.IGNORECASE)
HERE = re.compile(r"https?://(localhost|127\.|0\.0\.0\.0|\[::1\]|[^/]*\.localhost)", re.IGNORECASE)
UNRENDERED = re.compile(r"\{\{.{,200}?\}\}|\{%.{,200}?%\}|\[\[.{,200}?\]\]|\[%.{,200}?%\]")
# Of no use to those who hear a list of a mail's links. By "more" and "less" a reader rates.
VAGUE = (
    *("here", "click here", "click", "read more", "link", "this link", "this"),
    *("hier", "hier klicken", "mehr lesen", "weiter", "weiterlesen"),
)
ACTIVE = frozenset(
    "script iframe object embed applet form input button select textarea base frame".split()
)
MOST_LINKS = 2000  # that are looked at
HEADINGS = re.compile(r"h[1-6]")
WANTED = (  # what list mail with pages of its own links to: words of the address or of the text
    ("the preferences", ("preference", "einstellung", "settings", "manage"), ERROR),
    ("the issue on the web", ("/issues/", "/read", "view", "on the web", "im web", "online"), WARN),
)


@dataclass(frozen=True)
class Parts:
    """A mail taken apart."""

    fields: Fields
    text: str
    html: str

    @cached_property
    def tree(self) -> Tree:
        """Return the HTML's elements."""
        return Tree(self.html)

    @cached_property
    def sheet(self) -> Sheet:
        """Return the rules of its style elements."""
        return sheet_of(self.tree.inside("style"))

    @cached_property
    def anchors(self) -> tuple[tuple[Element, str], ...]:
        """Return the links with their words."""
        texts: dict[int, list[str]] = {}
        for one, text in self.tree.texts:
            for above in one.above():
                if above.tag == "a":
                    texts.setdefault(id(above), []).append(text)
        found = [one for one in self.tree.elements if one.tag == "a" and "href" in one.attributes]
        return tuple(
            (one, " ".join("".join(texts.get(id(one), [])).split())) for one in found[:MOST_LINKS]
        )

    @cached_property
    def pictured(self) -> frozenset[int]:
        """Return the identities of the elements that have an image in them."""
        images = (one for one in self.tree.elements if one.tag == "img")
        return frozenset(id(above) for one in images for above in one.above())


def check(parts: Parts) -> Iterator[Finding]:
    """Look at where the page leads and what it loads."""
    yield from links(parts)
    if parts.fields.is_list:
        yield from wanted(parts)
    yield from images(parts)
    yield from active(parts)
    yield from unrendered(parts)


def links(parts: Parts) -> Iterator[Finding]:
    """Look at each link's address and words."""
    for one, words in parts.anchors:
        href = one.get("href").strip()
        if UNRENDERED.search(href):
            told = f"the link {shown(href)} was not rendered; a value is missing in the template"
            yield Finding("links", ERROR, told)
        elif not LINK.match(href) or href == "#":
            told = f"{shown(href)} leads nowhere; links are https or mailto"
            yield Finding("links", ERROR, told)
        elif HERE.match(href):
            told = f"{shown(href)} leads to this machine; set site.url"
            yield Finding("local-links", WARN, told)
        elif href.lower().startswith("http://"):
            yield Finding("links", WARN, f"{shown(href)} is not https; readers are warned of it")
        if is_title(one):
            continue  # a paper may be called what it wants
        if not words and id(one) not in parts.pictured:
            told = f"the link to {shown(href)} has no words; say where it leads"
            yield Finding("link-text", ERROR, told)
        elif words.casefold().strip(" .…»>→") in VAGUE:
            told = f"the link to {shown(href)} says only {shown(words)}; say where it leads"
            yield Finding("link-text", ERROR, told)
        elif parts.fields.is_list and re.fullmatch(r"https?://\S+", words):
            told = f"the link {shown(words)} shows its bare address; say where it leads"
            yield Finding("link-text", ERROR, told)


def is_title(one: Element) -> bool:
    """Return whether the link stands in a heading: there it is a paper's title."""
    return any(HEADINGS.fullmatch(above.tag) for above in one.above())


def wanted(parts: Parts) -> Iterator[Finding]:
    """Look for the links that every issue has."""
    offered = set(re.findall(r"<([^<>]*)>", parts.fields.get("List-Unsubscribe")))
    known = [
        (one.get("href"), f"{one.get('href')} {words}".casefold()) for one, words in parts.anchors
    ]
    if not any(href in offered or "unsubscribe" in all_ for href, all_ in known):
        told = "no link unsubscribes; the foot has one that everybody finds"
        yield Finding("foot-links", ERROR, told)
    if not any(one.startswith("http") for one in offered):
        return  # without pages of its own the rest is by mail
    has_papers = any(is_title(one) for one, _ in parts.anchors)
    for name, words, level in WANTED:
        if level == WARN and not has_papers:
            continue  # a quiet day is told in a line, of which a page would say no more
        if not any(word in all_ for _, all_ in known for word in words):
            told = f"no link leads to {name}; the templates' head and foot have it"
            yield Finding("foot-links", level, told)


def images(parts: Parts) -> Iterator[Finding]:
    """Look at each image."""
    for one in parts.tree.elements:
        if one.tag != "img":
            continue
        source = one.get("src")
        if "alt" not in one.attributes:
            told = f'the image {shown(source)} has no alt; alt="" if it is decoration'
            yield Finding("images", ERROR, told)
        if source.lower().startswith("data:"):
            told = f"the image {shown(source)} is a data: address, which Gmail drops; host it"
            yield Finding("images", ERROR, told)
        elif not re.match(r"https://|cid:", source, re.IGNORECASE):
            told = f"the image {shown(source)} is not loaded by https or cid:"
            yield Finding("images", ERROR, told)
        if not one.get("width").rstrip("%").isdigit():
            told = f"the image {shown(source)} has no width; Outlook shows it in its own size"
            yield Finding("images", ERROR, told)
        if {one.get("width"), one.get("height")} <= {"0", "1"}:
            told = f"the image {shown(source)} of one point follows the reader; leave it out"
            yield Finding("tracking", WARN, told)


def active(parts: Parts) -> Iterator[Finding]:
    """Look for what runs, asks or loads by itself; mail programs drop it or drop the mail."""
    for one in parts.tree.elements:
        if one.tag in ACTIVE:
            told = f"<{one.tag}> in line {one.line} runs or asks; no mail program shows it safely"
            yield Finding("active", ERROR, f"{told}: leave it out")
        if one.tag == "link" and "stylesheet" in one.get("rel").lower():
            told = f"a style sheet of {shown(one.get('href'))} is loaded; put it into <style>"
            yield Finding("active", ERROR, told)
        if one.tag == "meta" and one.get("http-equiv").lower() == "refresh":
            yield Finding("active", ERROR, "a meta refresh leads away; leave it out")
        for name, value in one.attributes.items():
            loads = name in ("src", "href", "background", "action", "poster")
            if name.startswith("on") or (loads and re.match(r"\s*(java|vb)script:", value, re.I)):
                told = f"{name} of <{one.tag}> in line {one.line} runs a script; leave it out"
                yield Finding("active", ERROR, told)
    for address in parts.sheet.loads:
        if urlsplit(address).scheme in ("http", "https", ""):
            told = f"the styles load {shown(address)}; mail programs do not"
            yield Finding("active", WARN, told)


def unrendered(parts: Parts) -> Iterator[Finding]:
    """Look for what a template left behind."""
    for one in parts.tree.elements:
        for name, value in one.attributes.items():
            # What addresses hold is judged with the links; alt and title may be a paper's words.
            if name in ("style", "class", "lang", "dir", "src", "width") and UNRENDERED.search(
                value
            ):
                told = f"{name} of <{one.tag}> holds {shown(value)}; a value is missing"
                yield Finding("unrendered", ERROR, told)
    text, html = parts.text, "".join(text for _, text in parts.tree.seen())
    for name, body, other in (("text", text, html), ("HTML", html, text)):
        beside = re.sub(r"\s", "", other)
        for left in UNRENDERED.findall(body)[:MOST_LINKS]:
            # What both parts hold is a paper's own; each part has a template of its own.
            if re.sub(r"\s", "", left) not in beside:
                told = f"the {name} part holds {shown(left)}; was a value not rendered?"
                yield Finding("unrendered", WARN, told)
