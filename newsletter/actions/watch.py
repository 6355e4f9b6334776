"""What a run's answers say of the run: too many refused, or a policy that refuses us."""

import re
import threading
from dataclasses import dataclass, field

from newsletter.domain.delivery import Outcome, Result, suppresses
from newsletter.errors import StoppedError

ENOUGH_ANSWERS = 100
MOST_REFUSED = 0.05
BURST = 10  # answers of policy, of the last so many
LAST = 50
POLICY = ("5.7.1", "5.7.26", "5.7.515")
POLICY_4XX = re.compile(r"4\.7\.\d+|4\.2\.1")
RULES = {
    "5.7.1": "it refuses this sender or what is in the mail",
    "5.7.26": "SPF or DKIM does not prove who we are",
    "5.7.515": "SPF, DKIM and DMARC must all pass for a sender of so many",
}


@dataclass(slots=True)
class Watch:
    """The answers of a run so far; safe to be asked by several threads."""

    answered: int = 0  # about a recipient or a mail
    refused: int = 0  # of them, dead addresses apart
    recent: list[str] = field(default_factory=list)  # of the last answers, the code if of policy
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, outcome: Outcome) -> None:
        """Count an outcome. Raises StoppedError when going on would make it worse."""
        if outcome.answer is None:
            return
        with self.lock:
            self.answered += 1
            self.refused += outcome.result is Result.REFUSED and not suppresses(outcome)
            code = outcome.answer.enhanced if outcome.result is Result.REFUSED else ""
            self.recent = [*self.recent[1 - LAST :], code if code in POLICY else ""]
            if sum(map(bool, self.recent)) >= BURST:
                raise StoppedError(
                    f"stopped: {BURST} of the last {len(self.recent)} mails were refused by "
                    f"policy ({code or 'of late'}: {RULES.get(code, 'see the replies')}), the last "
                    f"with {outcome.reply!r}. Nobody was suppressed for it, and what is pending "
                    "waits; `newsletter doctor` looks at SPF, DKIM and DMARC"
                )
            if self.answered >= ENOUGH_ANSWERS and self.refused > MOST_REFUSED * self.answered:
                raise StoppedError(
                    f"stopped: {self.refused} of {self.answered} mails were refused, the last with "
                    f"{outcome.reply!r}; what is pending waits. Mend the cause, then run it again"
                )


def is_slow_down(outcome: Outcome) -> bool:
    """Return whether the server asks us to come later: 421, or a 4.7.x of policy (RFC 3463)."""
    answer = outcome.answer
    if outcome.result is not Result.DEFERRED or answer is None:
        return False
    return answer.code == 421 or POLICY_4XX.fullmatch(answer.enhanced) is not None
