"""What an answer means, when to try again, and which moves there are."""

from datetime import UTC, datetime, timedelta

import pytest

from newsletter.domain.delivery import (
    MOVES,
    UNDELIVERED,
    UNSEEN,
    Answer,
    Outcome,
    Result,
    RetryPolicy,
    Stage,
    State,
    judge,
    suppresses,
)

NOW = datetime(2026, 3, 14, 6, tzinfo=UTC)
FINAL = {State.ACCEPTED, State.REFUSED, State.SUPPRESSED, State.EXPIRED, State.CANCELLED}


@pytest.mark.parametrize(
    ("failures", "minutes"),
    [(1, 30), (2, 60), (3, 120), (4, 240), (5, 480), (6, 480), (20, 480), (10_000, 480)],
)
def test_each_wait_is_twice_the_one_before_up_to_eight_hours(failures, minutes):
    at = RetryPolicy().next_attempt(failures, NOW, NOW)
    assert at == NOW + timedelta(minutes=minutes)


def test_after_four_days_it_is_given_up():
    last = NOW + timedelta(days=4) - timedelta(hours=8)
    policy = RetryPolicy()
    assert policy.next_attempt(9, NOW, last) is None
    before = last - timedelta(seconds=1)
    assert policy.next_attempt(9, NOW, before) == before + timedelta(hours=8)


@pytest.mark.parametrize(
    ("written", "code", "result"),
    [
        (Stage.CONNECT, 220, Result.DEFERRED),
        (Stage.MAIL, 250, Result.DEFERRED),
        (Stage.RCPT, 250, Result.DEFERRED),
        (Stage.RCPT, 421, Result.DEFERRED),
        (Stage.RCPT, 450, Result.DEFERRED),
        (Stage.RCPT, 499, Result.DEFERRED),
        (Stage.RCPT, 500, Result.REFUSED),
        (Stage.RCPT, 550, Result.REFUSED),
        (Stage.DATA, 354, Result.DEFERRED),
        (Stage.DATA, 554, Result.REFUSED),
        (Stage.DOT, 250, Result.ACCEPTED),
        (Stage.DOT, 299, Result.ACCEPTED),
        (Stage.DOT, 354, Result.IN_DOUBT),
        (Stage.DOT, 421, Result.DEFERRED),
        (Stage.DOT, 451, Result.DEFERRED),
        (Stage.DOT, 554, Result.REFUSED),
    ],
)
def test_only_a_yes_to_the_dot_accepts_and_only_a_5xx_refuses(written, code, result):
    answer = Answer(code, "so it is")
    assert judge(written, answer) == Outcome(result, answer)


@pytest.mark.parametrize("written", Stage)
def test_silence_is_a_doubt_after_the_dot_and_nothing_before_it(written):
    outcome = judge(written, None)
    expected = Result.IN_DOUBT if written is Stage.DOT else Result.DEFERRED
    assert outcome.result is expected
    assert outcome.reply == "the connection ended without an answer"


def test_the_reply_is_the_servers_words_or_ours_where_it_said_nothing():
    assert judge(Stage.RCPT, Answer(550, "5.1.1 No such user")).reply == "550 5.1.1 No such user"
    assert judge(Stage.DOT, None, "no answer in 600 s").reply == "no answer in 600 s"


@pytest.mark.parametrize(
    ("text", "enhanced"),
    [
        ("5.1.1 No such user", "5.1.1"),
        ("5.1.1", "5.1.1"),
        ("2.0.0 Ok: queued as 5.1.1", "2.0.0"),
        ("4.7.28 Slow down", "4.7.28"),
        ("No such user 5.1.1", ""),
        ("5.1.1.1 What", ""),
        ("3.1.1 What", ""),
        ("5.1.1234 What", ""),
        ("", ""),
    ],
)
def test_an_enhanced_code_counts_only_at_the_beginning(text, enhanced):
    assert Answer(550, text).enhanced == enhanced


@pytest.mark.parametrize(
    ("code", "text", "expected"),
    [
        (550, "5.1.1 No such user", True),
        (550, "5.1.2 No such host", True),
        (553, "5.1.3 Bad address", True),
        (551, "5.1.6 Moved", True),
        (556, "5.1.10 Null MX", True),
        (553, "5.1.7 Bad sender syntax", False),
        (550, "5.1.8 Sender address rejected: domain not found", False),
        (550, "5.2.1 Mailbox disabled", False),
        (552, "5.2.2 Mailbox full", False),
        (550, "5.7.1 Blocked for spam", False),
        (550, "5.7.26 Unauthenticated", False),
        (550, "No such user", False),
        (550, "5.10.1 What", False),
        (554, "5.0.0 Something", False),
    ],
)
def test_only_a_dead_recipient_suppresses_never_a_fault_of_the_sender(code, text, expected):
    assert suppresses(judge(Stage.RCPT, Answer(code, text))) is expected


def test_a_temporary_answer_or_none_never_suppresses():
    assert not suppresses(judge(Stage.RCPT, Answer(450, "5.1.1 odd but temporary")))
    assert not suppresses(judge(Stage.RCPT, None))
    assert not suppresses(Outcome(Result.REFUSED, None, "5.1.1 by our own word"))


def test_every_state_has_its_moves_and_every_move_ends_in_a_state():
    assert set(MOVES) == set(State)
    assert set().union(*MOVES.values()) <= set(State)


def test_from_a_final_state_nothing_moves_and_from_every_other_a_final_one_is_reached():
    for state in State:
        assert (not MOVES[state]) == (state in FINAL)
        reached, found = {state}, {state}
        while found:
            found = set().union(*(MOVES[one] for one in found)) - reached
            reached |= found
        assert reached & FINAL, state


def test_nothing_is_accepted_that_was_not_armed_or_in_doubt():
    assert {state for state in State if State.ACCEPTED in MOVES[state]} == {
        State.ARMED,
        State.IN_DOUBT,
    }


def test_what_nobody_can_have_seen_never_includes_what_may_have_arrived():
    assert not set(UNSEEN + UNDELIVERED) & {State.ARMED, State.IN_DOUBT, State.ACCEPTED}
