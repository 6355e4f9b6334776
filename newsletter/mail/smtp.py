"""One SMTP connection (RFC 5321): messages go in, one outcome each comes out.

A mail takes three steps: the envelope and DATA (in one write where the server offers PIPELINING),
the whole body but its final dot, and the dot. Before the dot the server owns nothing, so the
attempt is put on record (`arm`) right before it: what may have been delivered is always known.
The next mail's envelope and DATA, and never more of it, may ride in the dot's write.
"""

import re
from types import TracebackType
from typing import Self

from newsletter.domain.delivery import Answer, Outcome, Result, Stage, judge
from newsletter.domain.message import Message
from newsletter.mail.opening import Offer, begin
from newsletter.mail.relay import Relay, Security, Timeouts
from newsletter.mail.sender import Ahead, Arm, nobody
from newsletter.mail.wire import Wire

__all__ = ["Connection", "Relay", "Security", "Timeouts"]

DOT = b".\r\n"
GRANTED = {Stage.MAIL: 2, Stage.RCPT: 2, Stage.DATA: 3}  # the first digit of a yes
# Three usual ones together.
ALL_GRANTED = re.compile(rb"(?:2[0-9][0-9] [ -~]{0,1000}\r?\n){2}3[0-9][0-9] [ -~]{0,1000}\r?\n")
# What would end an address or its command and let another parameter or command begin.
OUT_OF_PLACE = re.compile(r"[\x00-\x20\x7f<>]")
NO_SMTPUTF8 = "5.6.7 the relay takes no addresses beyond ASCII (it offers no SMTPUTF8)"


class Connection:
    """A connection ready for mail, for one thread at a time; `usable` until it is lost."""

    may_ride = True  # False once something went wrong with a dot or an envelope that went together

    def __init__(self, relay: Relay, wire: Wire, offer: Offer) -> None:
        self._timeouts = relay.timeouts
        self._within = {
            Stage.MAIL: relay.timeouts.mail,
            Stage.RCPT: relay.timeouts.rcpt,
            Stage.DATA: relay.timeouts.data,
        }
        self._wire = wire
        self._offer = offer
        self._pipelined = "PIPELINING" in offer  # RFC 2920
        self._begun: Message | None = None  # its envelope is written, its answers are not read
        self._lost = False

    @classmethod
    def open(cls, relay: Relay) -> Self:
        """Connect, encrypt, log in. Raises SenderError if that cannot be had."""
        return cls(relay, *begin(relay))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def usable(self) -> bool:
        """Return whether another mail can be sent over this connection."""
        # A server that speaks unasked says 421, or is gone: seen here, it costs no mail an attempt.
        if not (self._lost or self._begun) and self._wire.spoken():
            self._drop()
        return not self._lost

    def send(self, message: Message, arm: Arm, ahead: Ahead = nobody) -> Outcome:
        """Send one message; `arm` is called after its body and before its final dot.

        If it returns False or raises, the connection is closed without the dot, and nothing was
        sent. Raises ValueError, before anything is written, for a message that could be taken for
        more than one: lines not ended by CRLF, or a control character in an address.

        The message that `ahead` gives is to be sent next: another one finds the connection closed.
        """
        body = message.raw if message.is_clean else stuffed(message.raw)
        begun, self._begun = self._begun, None
        if begun and begun is not message:
            self._drop()  # the server waits for that one's body
        commands = b"" if begun is message else envelope(message, self._offer)
        if not (commands or begun):
            return Outcome(Result.REFUSED, reason=NO_SMTPUTF8)  # RFC 6531, section 3.5
        if self._lost or not (begun or self.usable):
            return judge(Stage.CONNECT, None, "the connection had ended before")
        try:
            return self._ask(commands) or self._write(body) or self._finish(arm, ahead)
        except BaseException:
            self._drop()  # nobody knows what the server waits for
            raise

    def close(self) -> None:
        """Say QUIT if the server still listens, and close; never raises."""
        if not (self._lost or self._begun):  # else QUIT might be taken for a line of a body
            self._reply(b"QUIT\r\n", 221)
        self._drop()

    def cut(self) -> None:
        """End the connection while another thread waits for the server's word."""
        self._wire.cut()

    def _ask(self, commands: bytes) -> Outcome | None:
        """Write MAIL, RCPT and DATA and read their answers; return the outcome if one is a no.

        Of several noes the first counts; the answers after it only keep us in step. Without
        commands: they have ridden in the last dot's write.
        """
        pipelined, has_ridden = self._pipelined, not commands
        verdict: Outcome | None = None
        stage = Stage.MAIL
        try:
            if pipelined and commands:
                self._wire.write(commands, self._timeouts.block)
            if pipelined and self._wire.takes(ALL_GRANTED, self._timeouts.mail):
                return None
            steps = commands.splitlines(keepends=True) or [b""] * len(GRANTED)
            for stage, command in zip(GRANTED, steps, strict=True):
                if verdict and not pipelined:
                    break
                if not pipelined:
                    self._wire.write(command, self._timeouts.block)
                reply = self._wire.read(self._within[stage])
                if reply.code // 100 != GRANTED[stage]:
                    answer = reply.answer
                    verdict = verdict or weigh(stage, answer)
                    self._heed(answer)
                    if has_ridden and stage is Stage.MAIL:
                        self.may_ride = False  # it may be this that the server does not take
                        self._drop()
                elif verdict and stage is Stage.DATA:
                    # The server waits for a mail to nobody. RFC 2920, section 3.1, would end it by
                    # a dot; closed, it cannot be accepted either, whatever the server is.
                    self._drop()
                if self._lost:
                    return verdict
        except OSError as error:
            self.may_ride = self.may_ride and not has_ridden
            outcome = self._lose(stage, error)
            return verdict or outcome
        if verdict:
            self._reply(b"RSET\r\n", 250)
        return verdict

    def _write(self, body: bytes) -> Outcome | None:
        """Write the body but its dot; return the outcome if it could not be written."""
        try:
            self._wire.write(body, self._timeouts.block)
        except OSError as error:
            # A server that closes in the midst of a body has often said why.
            return self._interrupted() or self._lose(Stage.DATA, error)
        return self._interrupted() if self._wire.spoken() else None

    def _finish(self, arm: Arm, ahead: Ahead) -> Outcome:
        """Arm, write the dot and return what the server, or its silence, says."""
        following, riding = self._riding(ahead)
        if not arm():
            self._drop()
            return Outcome(Result.NOT_ARMED, reason="it was not to be sent any more")
        # Arming may have taken a while; a server that went meanwhile has accepted nothing.
        if self._wire.spoken() and (stopped := self._interrupted()):
            return stopped
        self._begun = following
        try:
            self._wire.write(DOT + riding, self._timeouts.block)
            answer = self._wire.answer(self._timeouts.dot)
        except OSError as error:
            self.may_ride = self.may_ride and not riding
            return self._lose(Stage.DOT, error)
        if answer.code // 100 != 2:
            self._heed(answer)
        if answer.code // 100 == 3:  # neither yes nor no
            return judge(Stage.DOT, None, f"the server answered the dot with {answer}")
        return judge(Stage.DOT, answer)

    def _riding(self, ahead: Ahead) -> tuple[Message | None, bytes]:
        """Return the next message whose envelope rides in the dot's write, and that envelope.

        RFC 2920, section 3.1, lets the end of a mail be the first of a group of commands.
        """
        following = ahead() if self._pipelined and self.may_ride else None
        if following is None:
            return None, b""
        try:
            commands = envelope(following, self._offer)
        except ValueError:  # said when its own turn has come
            return None, b""
        return (following, commands) if commands else (None, b"")

    def _interrupted(self) -> Outcome | None:
        """Return the outcome if the server spoke or went before the dot.

        Such words may be a no; left unread, they would be taken for the answer to the dot.
        """
        if not self._wire.spoken():
            return None
        try:
            return weigh(Stage.DATA, self._wire.answer(self._timeouts.data))
        except OSError as error:
            return self._lose(Stage.DATA, error)
        finally:
            self._drop()

    def _heed(self, answer: Answer) -> None:
        """After a no: close where the server does (421) or where we are out of step."""
        if answer.code == 421 or answer.code < 400:
            self._drop()

    def _reply(self, command: bytes, wanted: int) -> None:
        """Write a command on which no mail depends; close if it is not answered as it should be."""
        try:
            self._wire.write(command, self._timeouts.quit)
            if self._wire.read(self._timeouts.quit).code != wanted:
                self._drop()
        except OSError:
            self._drop()

    def _lose(self, written: Stage, error: OSError) -> Outcome:
        """Return what it means that the connection failed with no answer to what was written."""
        self._drop()
        return judge(written, None, str(error))

    def _drop(self) -> None:
        self._lost, self._begun = True, None
        self._wire.close()


def stuffed(raw: bytes) -> bytes:
    """Return the body as it goes over the wire, without its final dot (RFC 5321, section 4.5.2).

    Raises ValueError for a bare CR or LF, which some servers take for a line's end, so that text
    could be smuggled out of the mail, and for a last line without end.
    """
    if not raw.count(b"\r\n") == raw.count(b"\n") == raw.count(b"\r"):
        raise ValueError("the message has a CR or LF that is not part of a CRLF")
    if not raw.endswith(b"\r\n"):
        raise ValueError("the message does not end in CRLF")
    lines = raw.replace(b"\r\n.", b"\r\n..")
    return b"." + lines if raw.startswith(b".") else lines


def envelope(message: Message, offer: Offer) -> bytes:
    """Return the commands before the body, b"" if the server takes no such address.

    Raises ValueError for an address that is more than one.
    """
    sender, recipient = message.envelope_sender, message.recipient
    if OUT_OF_PLACE.search(sender + recipient):
        wrong = sender if OUT_OF_PLACE.search(sender) else recipient
        raise ValueError(f"the address {wrong!r} cannot stand in an envelope")
    if not recipient:
        raise ValueError("the message has no recipient")
    parameters = ""
    if "SIZE" in offer:
        parameters = f" SIZE={len(message.raw)}"  # RFC 1870: before the dots are doubled
    is_ascii = (sender + recipient).isascii()  # else our own mails hold its letters, too
    if "8BITMIME" in offer and not ((message.is_clean and is_ascii) or message.raw.isascii()):
        parameters += " BODY=8BITMIME"
    if not is_ascii:
        if "SMTPUTF8" not in offer:
            return b""
        parameters += " SMTPUTF8"
    return f"MAIL FROM:<{sender}>{parameters}\r\nRCPT TO:<{recipient}>\r\nDATA\r\n".encode()


def weigh(stage: Stage, answer: Answer) -> Outcome:
    """Return what a no before the dot means for the delivery.

    A 5xx to RCPT is about the recipient (RFC 5321, section 3.3). To MAIL it is about the envelope
    sender, the login or our standing, to DATA about the transaction: the recipient did nothing
    wrong, and the next attempt may find it mended. The answer is kept.
    """
    if stage is Stage.RCPT or answer.code < 500:
        return judge(stage, answer)
    return Outcome(Result.DEFERRED, answer)
