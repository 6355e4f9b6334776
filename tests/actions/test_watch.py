"""What a run's answers say of the run."""

import pytest

from newsletter.actions.watch import Watch, is_slow_down
from newsletter.domain.delivery import Answer, Outcome, Result
from newsletter.errors import SenderError

TAKEN = Outcome(Result.ACCEPTED, Answer(250, "2.0.0 taken"))
BLOCKED = Outcome(Result.REFUSED, Answer(550, "5.7.1 blocked"))
ODD = Outcome(Result.REFUSED, Answer(554, "5.0.0 no"))
DEAD = Outcome(Result.REFUSED, Answer(550, "5.1.1 no such user"))


def test_a_run_goes_on_while_few_are_refused():
    watch = Watch()
    for _ in range(20):
        for outcome in (*[TAKEN] * 19, ODD):
            watch.note(outcome)


def test_more_than_five_of_a_hundred_refused_end_the_run():
    watch = Watch()
    for outcome in [*[ODD] * 6, *[TAKEN] * 93]:
        watch.note(outcome)
    with pytest.raises(SenderError, match="6 of 100 mails were refused"):
        watch.note(TAKEN)


def test_dead_addresses_end_no_run():
    watch = Watch()
    for _ in range(500):
        watch.note(DEAD)


def test_a_burst_of_policy_answers_ends_the_run_and_names_the_rule():
    watch = Watch()
    for _ in range(9):
        watch.note(BLOCKED)
        watch.note(TAKEN)
    with pytest.raises(SenderError, match=r"5\.7\.1: it refuses this sender"):
        watch.note(BLOCKED)


def test_policy_answers_far_apart_end_no_run():
    watch = Watch()
    for _ in range(40):
        for outcome in (BLOCKED, *[TAKEN] * 30):
            watch.note(outcome)


@pytest.mark.parametrize(
    ("code", "text", "slow"),
    [
        (421, "4.3.2 later", True),
        (450, "4.7.1 too fast", True),
        (451, "4.7.650 rate", True),
        (450, "4.2.1 too much for this box", True),
        (450, "4.2.2 box full", False),
        (452, "4.3.1 disk full", False),
    ],
)
def test_which_answers_ask_to_slow_down(code, text, slow):
    assert is_slow_down(Outcome(Result.DEFERRED, Answer(code, text))) is slow


def test_a_refusal_asks_for_nothing():
    assert not is_slow_down(BLOCKED)
    assert not is_slow_down(Outcome(Result.DEFERRED, None, "the connection ended"))


def test_a_wary_watch_ends_the_run_if_its_first_mail_is_refused():
    with pytest.raises(SenderError, match=r"the run before .* refused with '554 5\.0\.0 no'"):
        Watch(is_wary=True).note(ODD)


def test_a_wary_watch_minds_neither_a_dead_address_nor_the_usual_refusals_of_a_list():
    watch = Watch(is_wary=True)
    watch.note(DEAD)
    for _ in range(20):
        for outcome in (*[TAKEN] * 30, ODD):
            watch.note(outcome)


def test_a_wary_watch_ends_at_half_as_many_answers_of_policy():
    watch = Watch(is_wary=True)
    for outcome in (TAKEN, *[BLOCKED] * 4):
        watch.note(outcome)
    with pytest.raises(SenderError, match="5 of the last 6 mails were refused by policy"):
        watch.note(BLOCKED)


def test_what_is_told_is_the_last_refusal_and_not_what_came_after():
    watch = Watch()
    for outcome in [*[ODD] * 6, *[TAKEN] * 93]:
        watch.note(outcome)
    with pytest.raises(SenderError, match=r"the last with '554 5\.0\.0 no'"):
        watch.note(TAKEN)
