"""What a sender is: a way out for messages. An SMTP connection, a program, or a folder."""

from collections.abc import Callable
from typing import Protocol

from newsletter.domain.delivery import Outcome
from newsletter.domain.message import Message

# Puts on record that the final step of one mail is about to be taken; False: it may not be.
Arm = Callable[[], bool]
# Gives the message that this sender is to send next, if one is ready.
Ahead = Callable[[], Message | None]


def nobody() -> None:
    """Return that no message is ready."""


class Sender(Protocol):
    """A way out for messages, used by one thread at a time."""

    # Whether some of the next message may go before the answer to this one; once it did harm, no.
    may_ride: bool

    @property
    def usable(self) -> bool:
        """Return whether another message can be sent; if not, a new sender is to be opened."""

    def send(self, message: Message, arm: Arm, ahead: Ahead = nobody, /) -> Outcome:
        """Hand one message over and return how it went.

        `arm` is called once everything else is done, right before the step after which the message
        may count as delivered; that step is taken only if it returns True. Before, `ahead` may be
        asked, once: whoever gives a message there sends it next.
        """

    def cut(self) -> None:
        """End what another thread waits for in `send`; the only thing that a second one may do."""

    def close(self) -> None:
        """Let go of what the sender holds; never raises."""
