"""A process that writes mails beside the sender, for tests: a press, and one that is ready."""

import time
from contextlib import contextmanager

from newsletter.actions import messages, scribe
from newsletter.actions.scribe import Scribe
from newsletter.domain.message import Site
from newsletter.rendering.templates import Templates
from newsletter.settings import defaults

SITE = Site("The Letter", from_address="letter@example.org", postal_address="1 Road, Town")


def a_press(*folders, sign=None):
    folders = [*folders, defaults() / "templates"]
    return messages.Press(
        Templates(folders), SITE, [b"k" * 32], "letter@example.org", False, "here", sign=sign
    )


@contextmanager
def beside(desk, press):
    """Give a process that is ready to write for this newsletter."""
    found = Scribe(press, desk.store.address)
    with found.beside(scribe.ENOUGH) as hand:
        until = time.monotonic() + 30
        while not hand.is_ready:
            assert time.monotonic() < until
            assert not hand.is_gone
            time.sleep(0.01)
    yield found, hand
    found.end()


def way_of(press, found):
    """Return what is more of a way by which that process writes."""
    return {
        "prepare": lambda tx, batch: messages.prepare(press, tx, batch),
        "scribe": found.beside,
    }
