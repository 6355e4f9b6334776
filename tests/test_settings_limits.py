"""Limits and commands that nobody can mean are told with their key, in one line."""

import pytest

from newsletter.settings import read_settings
from newsletter.ways import outlets
from tests.test_settings import complaint, folder, write

__all__ = ["folder"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("per_second = inf", "sender.per_second = inf: input should be a finite number"),
        ("per_second = nan", "sender.per_second = nan: input should be a finite number"),
        ("per_second = 1e12", "per_second = 1000000000000.0: input should be less than or equal"),
        ("per_second = 3e7", "per_second = 30000000.0: input should be less than or equal"),
        ("per_second = 1e-320", "sender.per_second = 1e-320: expected 0.001 or more, or 0 for no"),
        (f"per_second = 1{400 * '0'}", "input should be a valid number"),
        (f"per_day = 1{400 * '0'}", "input should be less than or equal to 1000000000"),
        ("per_day = 1_000_000_001", "sender.per_day = 1000000001: input should be less than"),
        ('kind = "sendmail"\ncommand = "sendmail \'x"', "a quote is opened and not closed"),
        ('kind = "sendmail"\ncommand = " "', "sender.command = ' ': it names no program"),
        ('kind = "sendmail"\ncommand = "\'\' -t"', "it names no program"),
        ('relays.a = {host = "a", per_second = 1e-9}', "sender.relays.a.per_second = 1e-09: "),
        ('domains."b.org" = {per_second = 1e-9}', 'sender.domains."b.org".per_second = 1e-09: '),
    ],
)
def test_what_cannot_be_meant_is_told_in_one_line(folder, line, told):
    write(folder, f"[sender]\n{line}\n")
    text = complaint(folder)
    assert told in text
    assert "\n" not in text
    assert len(text) < 400


@pytest.mark.parametrize("speed", ["0", "0.001", "100_000"])
def test_limits_up_to_the_bounds_are_taken(folder, speed):
    write(folder, f"[sender]\nper_second = {speed}\nper_day = 1_000_000_000\n")
    (only,) = outlets(folder, read_settings(folder).sender)
    assert only.pace.per_day == 1_000_000_000


def test_a_command_of_another_way_out_is_not_looked_at(folder):
    write(folder, '[sender]\ncommand = " "\n')
    assert read_settings(folder).sender.kind == "outbox"
