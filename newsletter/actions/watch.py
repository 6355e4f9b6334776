"""What a run's answers say of the run: too many refused, or a policy that refuses us."""

import re
from contextlib import AbstractContextManager

from newsletter.domain.delivery import Outcome, Result, suppresses
from newsletter.errors import StoppedError
from newsletter.mail.shared import SharedLock, shared_numbers

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


# Where the counts stand; after them the last answers.
ANSWERED, REFUSED, BLOCKED, RECENT = range(4)


class Watch:
    """The answers of a run so far; for several threads, and processes if `shared`."""

    def __init__(self) -> None:
        # Answers about a recipient or a mail; those refused, dead addresses apart; those of policy
        # among the last; and of each of the last whether it was of policy.
        self._held = shared_numbers(RECENT + LAST)
        self._lock = SharedLock()

    def shared(self) -> AbstractContextManager[None]:
        """Count together with the processes that are forked within."""
        return self._lock.shared()

    def note(self, outcome: Outcome) -> None:
        """Count an outcome. Raises StoppedError when going on would make it worse.

        Once it has, it does so to all who come later, in each of the processes.
        """
        if outcome.answer is None:
            return
        is_refused = outcome.result is Result.REFUSED
        code = outcome.answer.enhanced if is_refused else ""
        held = self._held
        with self._lock:
            place, is_policy = RECENT + int(held[ANSWERED]) % LAST, code in POLICY
            if is_policy or held[place]:
                held[BLOCKED] += is_policy - held[place]
                held[place] = is_policy
            held[ANSWERED] += 1
            held[REFUSED] += is_refused and not suppresses(outcome)
            answered, refused, blocked = (int(held[one]) for one in (ANSWERED, REFUSED, BLOCKED))
        if blocked >= BURST:
            raise StoppedError(
                f"stopped: {BURST} of the last {min(answered, LAST)} mails were refused by "
                f"policy ({code or 'of late'}: {RULES.get(code, 'see the replies')}), the last "
                f"with {outcome.reply!r}. Nobody was suppressed for it, and what is pending "
                "waits; `newsletter doctor` looks at SPF, DKIM and DMARC"
            )
        if answered >= ENOUGH_ANSWERS and refused > MOST_REFUSED * answered:
            raise StoppedError(
                f"stopped: {refused} of {answered} mails were refused, the last with "
                f"{outcome.reply!r}; what is pending waits. Mend the cause, then run it again"
            )


def is_slow_down(outcome: Outcome) -> bool:
    """Return whether the server asks us to come later: 421, or a 4.7.x of policy (RFC 3463)."""
    answer = outcome.answer
    if outcome.result is not Result.DEFERRED or answer is None:
        return False
    return answer.code == 421 or POLICY_4XX.fullmatch(answer.enhanced) is not None
