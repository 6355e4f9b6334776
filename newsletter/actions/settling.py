"""How an attempt ended -> the ledger: the state, the next try, and what follows."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from newsletter.domain.delivery import Kind, Outcome, Result, RetryPolicy, State, suppresses
from newsletter.store import deliveries, ledger, outbox, subscribers
from newsletter.store.deliveries import Delivery


def write_outcomes(
    tx: sa.Connection,
    settled: Sequence[tuple[Delivery, Outcome]],
    policy: RetryPolicy,
    now: datetime,
) -> Counter[str]:
    """Write how attempts ended and return how many ended in each state."""
    counted: Counter[str] = Counter()
    plain = [one for one in settled if one[1].result is Result.ACCEPTED]
    if plain:
        outbox.accept(tx, plain, now)
        counted[State.ACCEPTED.value] += len(plain)
    for delivery, outcome in settled:
        if outcome.result is not Result.ACCEPTED:
            counted[write_outcome(tx, delivery, outcome, policy, now).value] += 1
    return counted


def write_outcome(
    tx: sa.Connection, delivery: Delivery, outcome: Outcome, policy: RetryPolicy, now: datetime
) -> State:
    """Write state, attempt and what follows: the next try, the end of trying, a suppression."""
    state, again = verdict(delivery, outcome, policy, now)
    deliveries.settle(tx, delivery.id, outcome, state, now, again)
    if state is State.DEFERRED and again is None:
        state = State.EXPIRED
        deliveries.close(tx, delivery.id, state, f"given up: {outcome.reply}", now)
    elif state is State.DEFERRED and ledger.is_superseded(tx, delivery):
        state = State.EXPIRED
        deliveries.close(tx, delivery.id, state, "a newer issue was composed", now)
    if suppresses(outcome):
        subscribers.suppress(tx, delivery.address, outcome.reply, now)
    return state


def verdict(
    delivery: Delivery, outcome: Outcome, policy: RetryPolicy, now: datetime
) -> tuple[State, datetime | None]:
    """Return the state after an attempt and when to try again.

    A note (a confirmation) in doubt is sent again, with the same bytes: to repeat it harms nobody.
    A digest in doubt never is.
    """
    again = policy.next_attempt(delivery.attempts + 1, delivery.queued_at, now)
    if outcome.result is Result.IN_DOUBT and delivery.kind is not Kind.DIGEST:
        return State.DEFERRED, again
    if outcome.result is Result.DEFERRED:
        return State.DEFERRED, again
    return State(outcome.result.value), None
