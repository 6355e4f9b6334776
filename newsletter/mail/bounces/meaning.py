"""One failure -> why it failed: by the server's words, then by its codes.

Words come first, for codes are used loosely: 550 5.1.1 stands before full mailboxes, 5.7.1 before
unknown users. What no words explain is judged by RFC 3463, and then counts as soft.
"""

import re

from newsletter.mail.bounces.gone import GONE, OPEN
from newsletter.mail.bounces.phrases import SHUT, SOFT_FIRST, Reason
from newsletter.mail.bounces.reports import ADDRESS, MOST_TOLD, REPLY, Failure, Spoken

Table = tuple[tuple[Reason, re.Pattern[str]], ...]


def compiled(*tables: tuple[tuple[Reason, str], ...]) -> Table:
    """Return the patterns of the tables, one after another."""
    return tuple((why, re.compile(words, re.I)) for table in tables for why, words in table)


FIRM = compiled(SOFT_FIRST, SHUT, GONE)
LOOSE = compiled(OPEN)
QUOTED = re.compile(rf"<?{ADDRESS}>?|https?://\S+|\[?\b\d{{1,3}}(?:\.\d{{1,3}}){{3}}\b\]?")
# Of our mail, as some reports tell which one they are about.
HEADER = re.compile(
    r"^[ \t]*(?:from|to|cc|subject|sent|date|message-?id|size)[ \t]*:.*$", re.I | re.M
)
BLANK = re.compile(r"\n[ \t]*\n")
# RFC 3463 and its registry; only what is surely about the address is hard.
CODES = {
    "1.1": Reason.UNKNOWN_USER, "1.2": Reason.UNKNOWN_HOST, "1.3": Reason.UNKNOWN_USER,
    "1.4": Reason.UNKNOWN_USER, "1.6": Reason.MOVED, "1.7": Reason.SENDER, "1.8": Reason.SENDER,
    "1.9": Reason.SENDER, "1.10": Reason.NO_MAIL, "2.1": Reason.DISABLED, "2.2": Reason.FULL,
    "2.3": Reason.TOO_BIG, "2.4": Reason.SYSTEM, "3.1": Reason.FULL, "3.2": Reason.SYSTEM,
    "3.4": Reason.TOO_BIG, "4.1": Reason.EXPIRED, "4.2": Reason.NETWORK, "4.4": Reason.UNKNOWN_HOST,
    "4.5": Reason.RATE, "4.6": Reason.NETWORK, "4.7": Reason.EXPIRED, "6.0": Reason.SPAM,
    "7.25": Reason.BLOCKED, "7.26": Reason.AUTHENTICATION,
}  # fmt: skip
# What a relay puts before any server's words, whatever they say.
LABELS = re.compile(
    r"5\.1\.0 - unknown address error"
    r"|remote server returned unknown recipient or mailbox unavailable ->",
    re.I,
)
# Said by servers that look at the recipients only when they have the whole mail.
LATE = re.compile(
    r"doesn'?t have an? \S+ ?account|delivery error: dd|requested mail action aborted, mailbox not",
    re.I,
)
# Rules of the owner of a domain speak here, whose words are free (Amazon SES, receiving).
FREE_WORDS = re.compile(r"inbound-smtp\.[\w-]+\.amazonaws\.com|active!hunter")
# Said of any refusal by filters before the mailbox, who do not name the address.
THIN = re.compile(r"\[user unknown\]", re.I)
AGAIN = re.compile(r"(?:not found|failure|failed|lookup|error)[,;:.]? (?:please )?try again", re.I)
EARLY = (Spoken.CONNECT, Spoken.MAIL)


def reason(failure: Failure) -> Reason:
    """Return why the delivery failed; UNTOLD where neither words nor codes say."""
    found = by_words(failure) or by_code(failure)
    if found is Reason.UNTOLD or found is None:
        found = meaning(FIRM, failure.around) or meaning(LOOSE, failure.around) or Reason.UNTOLD
    return tempered(found, failure)


def by_words(failure: Failure) -> Reason | None:
    """Return what the server's words mean: its last reply first, then all that is told."""
    words = failure.words[:MOST_TOLD]
    reply = REPLY.search(words)
    for start in dict.fromkeys([reply.start(1) if reply else 0, 0]):
        if found := meaning(FIRM, words[start:]):
            return found
    return None


def meaning(table: Table, words: str) -> Reason | None:
    """Return the reason of the first pattern that the words hold; addresses do not count."""
    named = QUOTED.sub(" ~ ", LABELS.sub("", HEADER.sub("", words[:MOST_TOLD])))
    # A line may be folded anywhere, but no sentence goes on behind a blank line.
    plain = "\n".join(" ".join(one.split()) for one in BLANK.split(named))
    return next((why for why, pattern in table if pattern.search(plain)), None)


def by_code(failure: Failure) -> Reason | None:
    """Return what the codes say."""
    _, _, detail = failure.status.partition(".")
    if detail in CODES:
        return CODES[detail]
    if detail.startswith("7."):
        return Reason.POLICY
    return meaning(LOOSE, failure.words)


def tempered(found: Reason, failure: Failure) -> Reason:
    """Return the reason, softened where the circumstances speak against a final word."""
    code = failure.status or failure.reply
    temporary = code.startswith("4")
    if failure.action == "delayed" and found in (Reason.UNKNOWN_USER, Reason.UNKNOWN_HOST):
        return Reason.EXPIRED
    if found is Reason.UNKNOWN_HOST and (
        temporary or AGAIN.search(" ".join(failure.words.split()))
    ):
        return Reason.NETWORK  # the name server may have been out of reach
    if failure.reply == "542" and found in (Reason.POLICY, Reason.UNTOLD):
        return Reason.UNKNOWN_USER  # MessageLabs has a code of its own for it
    if found is Reason.UNKNOWN_USER:
        return doubted(failure)
    return found


def doubted(failure: Failure) -> Reason:
    """Return what "user unknown" means where it was said; some say it of any refusal."""
    if FREE_WORDS.search(failure.reporter) or failure.status in ("5.2.0", "5.2.1", "5.2.2"):
        return Reason.FILTERED
    if failure.status.startswith("5.1."):
        return Reason.UNKNOWN_USER
    if failure.spoken in EARLY:
        return Reason.SENDER
    if failure.spoken is Spoken.DATA and not LATE.search(failure.words):
        return Reason.FILTERED  # the address had been taken at RCPT
    if failure.spoken is Spoken.UNKNOWN and is_thin(failure):
        return Reason.FILTERED
    return Reason.UNKNOWN_USER


def is_thin(failure: Failure) -> bool:
    """Return whether a reply, told without command and code, does not name the address."""
    at = failure.words.find(failure.reply) if failure.reply else -1
    said = failure.words[at:].lower()
    unnamed = at >= 0 and failure.address.lower() not in said and failure.reply != "542"
    return bool(THIN.search(failure.words)) or unnamed
