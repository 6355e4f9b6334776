"""What is kept in two generations: what is asked for again stays, what is not goes."""

import pytest

from newsletter.rendering.pieces import Generations


@pytest.fixture
def made():
    return []


@pytest.fixture
def ask(made):
    kept = Generations(3)

    def get(key):
        def make():
            made.append(key)
            return f"made of {key}"

        found = kept.get(key)
        found = kept.make(key, make) if found is None else found
        assert found == f"made of {key}"
        return kept

    return get


def test_what_is_asked_for_again_is_made_once_however_much_else_is_made(ask, made):
    for number in range(40):
        ask("shared")
        ask(f"one reader's {number}")
    assert made.count("shared") == 1
    assert len(made) == 41


def test_what_is_not_asked_for_goes(ask, made):
    for key in ("first", *range(6), "first"):
        ask(key)
    assert made.count("first") == 2


def test_no_more_is_kept_than_so_many_and_as_many_from_before(ask):
    for number in range(100):
        kept = ask(number)
        assert len(kept) <= 3
        assert len(kept.earlier) <= 3


def test_nothing_that_was_made_is_made_again_because_it_is_empty():
    kept = Generations(1)
    kept.make("empty", lambda: "")
    kept.make("other", lambda: "x")
    assert kept.make("empty", lambda: "made again") == ""
