"""Foreign bytes -> text: by their mark, by how they look, and by what they say of themselves.

What they say comes last, for it is often wrong: bytes that are valid UTF-8 are UTF-8, whatever a
server's template calls them.
"""

import codecs
import re

BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark begins it
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Which of the first four bytes are zero where an ASCII sign, or two, begin the text.
WIDE: dict[tuple[bool, ...], str] = {
    (False, True, True, True): "utf-32-le",
    (True, True, True, False): "utf-32-be",
    (False, True, False, True): "utf-16-le",
    (True, False, True, False): "utf-16-be",
}
DECLARED = re.compile(r"\s*<\?xml[^>]{0,300}?encoding\s*=\s*[\"']([\w.:-]{1,30})", re.ASCII)
LOOKED_AT = 400
EBCDIC = "cp037"
EBCDIC_TAG = b"\x4c"  # `<`
MARKUP = re.compile(r"<[?!a-zA-Z]")
# Names of one alphabet that mean a larger one, as browsers read them (WHATWG Encoding).
LARGER = {
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
}
# Of Python's codecs those that are plain alphabets; punycode and its like are traps.
ALPHABET = re.compile(r"iso8859|cp\d|koi8|mac|tis")
MULTIBYTE = re.compile(r"gb|hz|big5|cp932|cp949|shift_jis|euc|iso2022|johab|utf-7|cp95|cp936")
UNDEFINED = "\ufffd"


def decoded(body: bytes) -> str:
    """Return bytes as text; what is invalid in their encoding gives U+FFFD.

    A character that is cut at the very end goes.
    """
    for mark, encoding in BOMS:
        if body.startswith(mark):
            return body.decode(encoding, "replace").lstrip("\ufeff")
    wide = WIDE.get(tuple(not byte for byte in body[:4]))
    if wide and (body[0] or body[1] or body[3]) < 0x80:
        return body.decode(wide, "replace")
    head = body[:LOOKED_AT]
    if head.startswith(EBCDIC_TAG) and b" " not in head and is_markup(head.decode(EBCDIC)):
        return body.decode(declared(head.decode(EBCDIC), "cp") or EBCDIC, "replace")
    found = in_declared(body, head) if head.lstrip().startswith(b"<?xml") else None
    if found is not None:
        return found
    try:
        return codecs.utf_8_decode(body, "strict", False)[0]
    except UnicodeDecodeError:
        return guessed(body, declared(head.decode("latin-1")))


def is_markup(text: str) -> bool:
    """Return whether text begins like XML or HTML."""
    return bool(MARKUP.match(text))


def declared(head: str, family: str = "") -> str:
    """Return the codec that an XML declaration names, "" if none that can be used here."""
    named = DECLARED.match(head)
    try:
        codec = codecs.lookup(named[1]).name if named else ""
    except (LookupError, ValueError):
        return ""
    codec = LARGER.get(codec, codec)
    usable = ALPHABET.match(codec) or MULTIBYTE.match(codec)
    return codec if usable and codec.startswith(family) else ""


def in_declared(body: bytes, head: bytes) -> str | None:
    """Return the text in the encoding it names, if that is one that UTF-8 could be mistaken for."""
    codec = declared(head.decode("latin-1"))
    if not MULTIBYTE.match(codec):
        return None
    try:
        text = codecs.getincrementaldecoder(codec)("strict").decode(body)
    except (UnicodeDecodeError, ValueError):
        return None
    return text if is_markup(text.lstrip()) else None


def guessed(body: bytes, codec: str) -> str:
    """Return what is no valid UTF-8 in the encoding it names, or in UTF-8 with a few bad bytes.

    Where most of what is not ASCII is bad, it is an alphabet that nobody named.
    """
    text = body.decode("utf-8", "replace")
    bad = text.count(UNDEFINED)
    if 2 * bad <= len(text) - len(text.encode("ascii", "ignore")):
        return text
    if not codec:
        return windows(body) if body.count(b"\0") * 10 < len(body) else text
    told = body.decode(codec, "replace")
    return told if is_markup(told.lstrip()) or not is_markup(text.lstrip()) else text


def windows(body: bytes) -> str:
    """Return text of Windows; the five bytes that it has no letter for are controls."""
    return body.decode("latin-1").translate(OF_WINDOWS)


OF_WINDOWS = {
    code: bytes([code]).decode("cp1252")
    for code in range(0x80, 0xA0)
    if code not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
}
