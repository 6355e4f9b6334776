"""Written mails -> signed, and what shaped them put into the words of the record."""

from collections.abc import Callable
from dataclasses import dataclass

from newsletter.actions.tray import Mail
from newsletter.domain.imprint import to_print
from newsletter.domain.message import Message
from newsletter.mail.hub import Hub

Sign = Callable[[Message], Message]


@dataclass(frozen=True, slots=True)
class Sealer:
    """Seals mails, each by a task of its own: where another process signs, they do not wait."""

    hub: Hub
    sign: Sign | None = None

    def begin(self, mail: Mail) -> Mail:
        """Return the mail, which is sealed or soon will be."""
        if self.sign:
            self.hub.begin(lambda: self.seal(mail))
        else:
            self.seal(mail)
        return mail

    def seal(self, mail: Mail) -> None:
        """Sign the message if it is to be, and keep what its record is to hold, or the error."""
        try:
            if self.sign:
                mail.message = self.sign(mail.message)
            imprint = mail.message.imprint
            if imprint:
                mail.kept = to_print(imprint, mail.message.raw).to_text(mail.delivery.inputs)
        except Exception as error:
            mail.error = error
        mail.is_sealed = True
        self.hub.ring()
