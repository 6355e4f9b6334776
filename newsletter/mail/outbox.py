"""Senders without a network: messages go in, `.eml` files or a Maildir's mails appear."""

import os
from contextlib import suppress
from pathlib import Path

from newsletter.domain.delivery import Answer, Outcome, Result, Stage, judge
from newsletter.domain.message import Message
from newsletter.errors import SenderError
from newsletter.mail.sender import Ahead, Arm, nobody

PRIVATE = 0o700  # mails hold addresses, and links that anybody may follow


class Outbox:
    """A folder that takes messages as a server does: a file is there whole and for good, or not."""

    may_ride = False  # a mail at a time

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def usable(self) -> bool:
        """Return True: a folder is never lost like a connection."""
        return True

    def send(self, message: Message, arm: Arm, _ahead: Ahead = nobody) -> Outcome:
        """Write the message to `NAME.eml`, in place of an earlier file of that name.

        `arm` is called when all bytes are on disk and before the file gets its name. Raises
        SenderError if the folder cannot be written; ValueError if the name leads out of it.
        """
        if not is_file_name(message.name):
            raise ValueError(f"the message's name {message.name!r} cannot be a file's")
        part, target = self._paths(message)
        try:
            self._fill(part, message.raw)
            if not arm():
                return Outcome(Result.NOT_ARMED, reason="it was not to be sent any more")
            return self._name(part, target)
        finally:
            with suppress(OSError):
                part.unlink(missing_ok=True)

    def _paths(self, message: Message) -> tuple[Path, Path]:
        """Return where the message is written, and where it then stands."""
        return self._folder / f".{message.name}.part", self._folder / f"{message.name}.eml"

    def cut(self) -> None:
        """Do nothing: a file waits for nobody."""

    def close(self) -> None:
        """Do nothing; no file stays open."""

    def _make_ready(self) -> None:
        self._folder.mkdir(PRIVATE, parents=True, exist_ok=True)

    def _fill(self, part: Path, raw: bytes) -> None:
        try:
            self._make_ready()
            with part.open("wb") as file:
                file.write(raw)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            advice = "make room, or a folder that can be written"
            text = f"{self._folder}: no message could be written ({error.strerror or error})"
            raise SenderError(f"{text}; {advice}") from error

    def _name(self, part: Path, target: Path) -> Outcome:
        """Give the file its name: the step after which the message may count as delivered."""
        stage = Stage.DATA
        try:
            part.replace(target)
            stage = Stage.DOT
            sync_folder(target.parent)
        except OSError as error:
            return judge(stage, None, f"{target}: {error.strerror or error}")
        return Outcome(Result.ACCEPTED, Answer(250, f"2.0.0 written to {target.name}"))


class Maildir(Outbox):
    """A Maildir that takes messages: written in tmp/, then named in new/, as its readers expect.

    A mail's name follows from its Message-ID, so that one that is written again after a crash
    takes the place of its first copy.
    """

    def _paths(self, message: Message) -> tuple[Path, Path]:
        digits = message.message_id.strip("<>").partition("@")[0]
        name = f"{message.name}.{digits if is_file_name(digits) else 'mail'}"
        return self._folder / "tmp" / name, self._folder / "new" / name

    def _make_ready(self) -> None:
        super()._make_ready()
        for one in ("tmp", "new", "cur"):
            (self._folder / one).mkdir(PRIVATE, exist_ok=True)


def is_file_name(name: str) -> bool:
    """Return whether a name can be a file's, in the very folder where it is put."""
    return bool(name) and Path(name).name == name and "\0" not in name and ":" not in name


def sync_folder(folder: Path) -> None:
    """Make the folder's names durable; without it a file could lose its name at a power cut."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
