"""What a run's answers say of the run: too many refused, or a policy that refuses us."""

import logging
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from newsletter.domain.delivery import Outcome, Result, suppresses
from newsletter.errors import StoppedError, StoreError
from newsletter.mail.shared import SharedLock, shared_numbers
from newsletter.store import deliveries
from newsletter.store.database import Store

log = logging.getLogger(__name__)

ENOUGH_ANSWERS = 100
MOST_REFUSED = 0.05
BURST = 10  # answers of policy, of the last so many
WARY_BURST = 5
LAST = 50
AGAIN = "run `newsletter deliver`, or start `serve` anew"
POLICY = ("5.7.1", "5.7.26", "5.7.515")
POLICY_4XX = re.compile(r"4\.7\.\d+|4\.2\.1")
RULES = {
    "5.7.1": "it refuses this sender or what is in the mail",
    "5.7.26": "SPF or DKIM does not prove who we are",
    "5.7.515": "SPF, DKIM and DMARC must all pass for a sender of so many",
}


# Where the counts stand; after them the last answers.
ANSWERED, REFUSED, BLOCKED, ACCEPTED, RECENT = range(5)


class Watch:
    """The answers to a run's digests so far; for several threads, and processes if `shared`.

    Notes do not count: to whom a confirmation goes is for strangers to say.

    A wary one, after a run that was stopped, ends if its first mail is refused, too, and at half
    as many answers of policy.
    """

    def __init__(self, is_wary: bool = False) -> None:
        self.is_wary = is_wary
        self._last = ""  # refusal
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
            counts = is_refused and not suppresses(outcome)
            held[ANSWERED] += 1
            held[REFUSED] += counts
            held[ACCEPTED] += outcome.result is Result.ACCEPTED
            answered, refused, blocked = (int(held[one]) for one in (ANSWERED, REFUSED, BLOCKED))
        self._last = outcome.reply if counts else self._last
        last = self._last or "the replies of `newsletter deliveries list --state refused`"
        if self.is_wary and refused and not self.went_well:
            raise StoppedError(
                "stopped: the run before was stopped, too, and the first mail of this one was "
                f"refused with {last!r}; what is pending waits. Mend the cause, then {AGAIN}"
            )
        burst = WARY_BURST if self.is_wary else BURST
        if blocked >= burst:
            raise StoppedError(
                f"stopped: {burst} of the last {min(answered, LAST)} mails were refused by "
                f"policy ({code or 'of late'}: {RULES.get(code, 'see the replies')}), the last "
                f"with {last!r}. Nobody was suppressed for it, and what is pending "
                f"waits; `newsletter doctor` looks at SPF, DKIM and DMARC. Mend it, then {AGAIN}"
            )
        if answered >= ENOUGH_ANSWERS and refused > MOST_REFUSED * answered:
            raise StoppedError(
                f"stopped: {refused} of {answered} mails were refused, the last with "
                f"{last!r}; what is pending waits. See `newsletter deliveries list --state "
                f"refused`, mend the cause, then {AGAIN}"
            )

    @property
    def went_well(self) -> bool:
        """Return whether mails were accepted."""
        return self._held[ACCEPTED] > 0


@contextmanager
def watched(store: Store) -> Iterator[Watch]:
    """Give the watch of a run, and keep for the next one whether its answers stopped it."""
    with store.read() as tx:
        before = deliveries.stopped(tx)
    watch = Watch(is_wary=bool(before))
    try:
        yield watch
    except StoppedError as error:
        keep(store, before, str(error))
        raise
    if watch.went_well:
        keep(store, before, "")


def keep(store: Store, before: str, now: str) -> None:
    """Keep why a run was stopped; that it cannot be kept is no more than logged."""
    if before == now:
        return
    try:
        with store.write() as tx:
            deliveries.note_stopped(tx, now)
    except StoreError as error:
        log.error("not kept that sending was stopped why=%s", error)


def is_slow_down(outcome: Outcome) -> bool:
    """Return whether the server asks us to come later: 421, or a 4.7.x of policy (RFC 3463)."""
    answer = outcome.answer
    if outcome.result is not Result.DEFERRED or answer is None:
        return False
    return answer.code == 421 or POLICY_4XX.fullmatch(answer.enhanced) is not None
