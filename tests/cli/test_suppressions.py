"""Lists of addresses from other programs: a bad line costs only itself, and is named."""

import io
import sys
from types import SimpleNamespace

import pytest

from newsletter.store import suppressions
from newsletter.store.suppressions import Suppression


@pytest.fixture
def take_in(letter, tmp_path):
    """Return what imports a file of these octets."""

    def run(octets, code):
        file = tmp_path / "list.csv"
        file.write_bytes(octets)
        return letter.json("suppressions", "import", file, code=code)

    return run


def suppressed(letter):
    found = letter.json("suppressions", "list")["suppressions"]
    return {one["address"]: one["reason"] for one in found}


def test_a_quote_that_is_left_open_swallows_no_address_of_the_lines_below(letter, take_in):
    rest = b"".join(b"y%d@s.example\n" % one for one in range(2, 9))
    done = take_in(b'y1@s.example,"open reason\n' + rest, 3)
    assert (done["added"], len(done["skipped"])) == (7, 1)
    assert done["skipped"][0].startswith('line 1: y1@s.example,"open reason: a quote is open')
    done = take_in(rest + b'z@s.example,"in two\nlines"\nx@s.example,"in ""one"" line"\n', 3)
    assert (done["added"], done["known"]) == (1, 7)
    assert [one.partition(":")[0] for one in done["skipped"]] == ["line 8", "line 9"]
    assert suppressed(letter)["x@s.example"] == 'in "one" line'


def test_a_quote_left_open_above_thousands_of_lines_costs_only_its_line(take_in):
    many = b"".join(b"reader%d@subdomain.example\n" % one for one in range(9000))
    done = take_in(b'a@s.example,"open\n' + many, 3)
    assert (done["added"], len(done["skipped"])) == (9000, 1)


def test_a_field_longer_than_csv_takes_costs_only_its_line(letter, take_in):
    done = take_in(b"a@s.example," + b"x" * 200_000 + b"\nb@s.example\n", 3)
    assert done["added"] == 1
    assert "line 1: field larger than field limit" in done["skipped"][0]


def test_bytes_that_are_no_text_cost_only_the_address_that_they_stand_in(letter, take_in):
    done = take_in("ada@s.example,für immer\nbjörn@s.example\ncy@s.example".encode("latin-1"), 3)
    assert done["added"] == 2
    assert [one[:7] for one in done["skipped"]] == ["line 2:"]
    assert suppressed(letter)["ada@s.example"] == "f\ufffdr immer"


def test_standard_input_is_read_as_a_file_is(letter, monkeypatch):
    raw = "\ufeffada@s.example\n".encode() + b"bj\xf6rn@s.example\n"
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(raw)))
    done = letter.json("suppressions", "import", "-", code=3)
    assert (done["added"], len(done["skipped"])) == (1, 1)


def test_what_cannot_be_opened_is_a_failure_in_one_line(letter, tmp_path):
    for place in (tmp_path / "absent.csv", tmp_path):
        told = letter.run("suppressions", "import", place)
        assert (told.code, told.err.count("\n")) == (1, 1)
        assert told.err.startswith(f"error: {place}: cannot be read: ")


def test_an_end_of_string_in_an_address_makes_no_other_address(letter, take_in):
    done = take_in(b"a\0b@s.example\ncy@s.example,w\0hy\n", 3)
    assert (done["added"], done["skipped"][0][:7]) == (1, "line 1:")
    assert suppressed(letter) == {"cy@s.example": "w hy"}


@pytest.mark.parametrize(
    "since", ["2999-01-01", "9999-12-31T23:59-14:00", "0001-01-01T00:00+14:00"]
)
def test_a_time_that_has_not_come_or_is_none_is_told(take_in, since):
    done = take_in(f"a@s.example,why,{since}\nb@s.example,why,2026-03-14\n".encode(), 3)
    assert done["added"] == 1
    assert f"'{since}' is " in done["skipped"][0]


def test_reasons_hold_no_sign_that_moves_a_terminal(letter, take_in):
    take_in("a@s.example,\x1b]0;pwned\x07 \u009b2J\n".encode(), 0)
    letter("suppressions", "add", "b@s.example", "--reason", "two\nlines \x1b[2J")
    assert all(one.isprintable() for one in suppressed(letter).values())


def test_reasons_kept_before_are_shown_and_given_out_on_one_line(letter, tmp_path):
    from newsletter.app import now_utc, open_app

    app = open_app(letter.folder, now_utc())
    with app.store.write() as tx:
        suppressions.add(tx, Suppression("a@s.example", "two\nlines \x1b[2J", now_utc()))
    app.close()
    assert "\x1b" not in letter("suppressions", "list")
    letter("suppressions", "export", tmp_path / "out.csv")
    letter("suppressions", "remove", "a@s.example")
    assert letter.json("suppressions", "import", tmp_path / "out.csv")["added"] == 1


def test_who_adds_a_suppressed_reader_is_told(letter):
    letter("suppressions", "add", "ada@example.net", "--reason", "asked by phone")
    told = letter.run("subscribers", "add", "ada@example.net", "--topic", "robot manipulation")
    assert (told.code, "which is suppressed (asked by phone)" in told.err) == (0, True)
