"""The errors that this program raises, each with the thing it is about.

    NewsletterError
    |-- SettingsError      a settings file, key or template: exit 4
    |   `-- ModelError     an embedder's file that is missing, damaged or of another kind
    |-- BusyError          another process holds the folder, or try later: exit 75
    |   `-- PausedError    the database is a restored copy, and sends nothing
    |-- FeedError          a feed that could not be fetched or read
    |   `-- EmptyPageError  a page without entries though there are more: asked for again
    |-- StoreError         the database: missing, newer than the program, full disk
    |   `-- StoreBusyError other processes use it all the time: exit 75
    |-- TemplateError      a template: file, line, excerpt: exit 4
    |-- ProfileError       a profile's file, or a library in which nothing is found
    |-- SenderError        the relay or the outbox folder, as a whole
    |   |-- RelayBusyError the relay says that it takes mail later: exit 75
    |   `-- StoppedError   a run that its answers told to stop
    |-- AddressError       an address that cannot receive mail
    |-- TokenError         a link that is forged, out of date or for another purpose
    `-- NotFoundError      a subscriber, issue or paper that is not there

The text of each is one line for a person: what, why, what to do.
"""

from datetime import timedelta

LONGEST_REASON = 200  # characters


class NewsletterError(Exception):
    """Anything that this program tells a person in one line instead of a traceback."""


class SettingsError(NewsletterError):
    """A settings file that is missing, unreadable, or has an unknown or ill-typed key."""


class ModelError(SettingsError):
    """A file of an embedder, or a package that holds it, which cannot be used."""

    def __init__(self, place: object, reason: str) -> None:
        self.reason = one_line(reason)
        super().__init__(f"{place}: {self.reason}")


class BusyError(NewsletterError):
    """Another process is doing this now; later it will work."""


class PausedError(BusyError):
    """This copy of the database sends nothing until the operator says so."""


class FeedError(NewsletterError):
    """A feed that could not be fetched or read; the reason may hold a server's own words."""

    def __init__(self, url: str, reason: str, retry_after: timedelta | None = None) -> None:
        self.url = url
        self.reason = one_line(reason)
        self.retry_after = retry_after  # how long the server wants to be left alone
        super().__init__(f"{one_line(url)}: {self.reason}")


class EmptyPageError(FeedError):
    """A page that holds nothing although there should be more; the server is under load."""


class StoreError(NewsletterError):
    """The database could not be opened, read or written."""


class StoreBusyError(StoreError, BusyError):
    """Others have used the database for so long that this was not done; later it will work."""


class TemplateError(NewsletterError):
    """A template that does not compile or names something that is not there."""

    def __init__(self, file: str, line: int | None, reason: str, excerpt: str = "") -> None:
        place = f"{file}, line {line}" if line else file
        shown = f": {excerpt.strip()}" if excerpt.strip() else ""
        super().__init__(f"{place}: {reason}{shown}")
        self.file = file
        self.line = line
        self.reason = reason
        self.excerpt = excerpt


class ProfileError(NewsletterError):
    """A topic profile's file that cannot be read, or a library in which nothing is found."""


class SenderError(NewsletterError):
    """The way out is closed: no connection, no login, no TLS, or a folder that is not writable."""


class RelayBusyError(SenderError, BusyError):
    """The relay itself says, by a reply of 4xx before the first mail, to come again later."""


class StoppedError(SenderError):
    """So many mails were refused that to go on would make it worse."""


class AddressError(NewsletterError):
    """An address that cannot receive mail."""


class TokenError(NewsletterError):
    """A token that is forged, out of date, or made for another purpose."""


class NotFoundError(NewsletterError):
    """A thing asked for by name that is not stored."""


def one_line(text: str, longest: int = LONGEST_REASON) -> str:
    """Return foreign words as one printable line of at most `longest` characters."""
    start = text[: 5 * longest]  # what is cut off is never looked at
    line = "".join(sign if sign.isprintable() else " " for sign in start).strip()
    return line if len(line) <= longest else f"{line[: longest - 1]}…"
