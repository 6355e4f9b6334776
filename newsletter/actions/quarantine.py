"""A reader -> the same reader, but for bodies at which it failed three times."""

from datetime import datetime
from hashlib import blake2b

from newsletter import __version__
from newsletter.actions.reading import ReadPage
from newsletter.domain.paper import Reading
from newsletter.errors import EmptyPageError, FeedError
from newsletter.feeds.readers import READERS
from newsletter.store import quarantine
from newsletter.store.database import Store


def careful(store: Store, feed_id: int, reader: str, now: datetime) -> ReadPage:
    """Return the reader as one that counts its failures at each body and stops at the third.

    Another version of this program or another reader begins anew. An empty page is no failure of
    the reader.
    """
    read = READERS[reader]
    salt = f"{__version__} {reader}".encode()[:64]

    def read_page(url: str, body: bytes) -> Reading:
        body_hash = blake2b(body, key=salt, digest_size=16).hexdigest()
        with store.read() as tx:
            known = quarantine.reason_against(tx, feed_id, body_hash)
        if known:
            told = "set aside after three failures (newsletter feeds quarantine)"
            raise FeedError(url, f"{known}; {told}")
        try:
            return read(url, body)
        except EmptyPageError:
            raise
        except Exception as error:
            failure = quarantine.Failure(feed_id, body_hash, reader, __version__)
            with store.write() as tx:
                quarantine.count(tx, failure, reason_of(error), now)
            raise

    return read_page


def reason_of(error: Exception) -> str:
    """Return what went wrong in a line."""
    if isinstance(error, FeedError):
        return error.reason
    return f"{type(error).__name__}: {error}"[:500]
