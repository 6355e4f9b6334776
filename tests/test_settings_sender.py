"""Several relays and limits for domains: as they are written, and what cannot be meant."""

import pytest

from newsletter.settings import read_settings
from newsletter.ways import outlets, relays
from tests.test_settings import complaint, folder, write

__all__ = ["folder"]

TWO = """
[sender]
kind = "smtp"
[sender.relays.main]
host = "smtp.example.org"
port = 465
security = "tls"
user = "ada"
per_second = 14
[sender.relays.spare]
host = "smtp.example.net"
connections = 2
per_day = 500
priority = 2
"""


def test_relays_are_tables_by_name_in_their_order(folder):
    write(folder, TWO)
    sender = read_settings(folder).sender
    assert [str(one) for one in relays(sender, folder)] == [
        "main (smtp.example.org:465)",
        "spare (smtp.example.net:587)",
    ]
    main, spare = outlets(folder, sender)
    assert (main.name, main.connections, main.pace.per_second, main.priority) == ("main", 4, 14, 1)
    assert (spare.name, spare.connections, spare.pace.per_day, spare.priority) == (
        "spare",
        2,
        500,
        2,
    )


def test_one_relay_is_set_as_ever_and_bears_its_host_in_the_ledger(folder):
    write(folder, '[sender]\nkind = "smtp"\nhost = "smtp.example.org"\nper_second = 14\n')
    (only,) = outlets(folder, read_settings(folder).sender)
    assert (only.name, only.connections, only.pace.per_second) == ("smtp.example.org", 4, 14)


def test_a_relays_password_may_come_from_the_environment(folder, monkeypatch):
    write(folder, TWO)
    monkeypatch.setenv("NEWSLETTER_SENDER__RELAYS__MAIN__PASSWORD", "hunter2")
    sender = read_settings(folder).sender
    assert (relays(sender, folder)[0].password, relays(sender, folder)[1].password) == (
        "hunter2",
        "",
    )
    assert "hunter2" not in repr(sender)


def test_limits_for_a_domain(folder):
    write(folder, '[sender.domains."example.com"]\nper_second = 5\nconnections = 2\n')
    (found,) = read_settings(folder).sender.domains.items()
    assert (found[0], found[1].per_second, found[1].connections) == ("example.com", 5, 2)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            '[[sender.relays]]\nhost = "a"\n',
            "sender.relays = [{'host': 'a'}]: expected a table for each, [sender.relays.NAME]",
        ),
        ("[sender.relays.main]\nport = 25\n", "sender.relays.main.host is missing"),
        (
            '[sender.relays.main]\nhost = "a"\nprot = 25\n',
            "unknown key sender.relays.main.prot; did you mean sender.relays.main.port?",
        ),
        (
            '[sender.relays.main]\nhost = "a"\nport = "25"\n',
            "sender.relays.main.port = '25': expected a whole number",
        ),
        (
            '[sender.relays.Main]\nhost = "a"\n',
            "sender.relays.Main: a relay's name is of small letters, digits, and . _ - between",
        ),
        (
            '[sender]\nhost = "b"\n[sender.relays.main]\nhost = "a"\n',
            "sender.host: with several relays it is said of each, as sender.relays.main.host",
        ),
        (
            '[sender]\nper_day = 9\n[sender.relays.main]\nhost = "a"\n',
            "sender.per_day: with several relays it is said of each",
        ),
        (
            '[sender.relays.main]\nhost = "a"\npriority = 2\npassword = 5\n',
            "sender.relays.main.password = (not shown): expected a text",
        ),
        ("[sender.domains]\nexample = 5\n", "sender.domains.example = 5: expected a table"),
        (
            '[sender.domains."Example.org"]\nconnections = 1\n',
            'write it as it stands in the stored addresses: "example.org"',
        ),
        ('[sender.domains."a@b.org"]\nconnections = 1\n', "that is no domain; expected the part"),
        (
            '[sender.domains."b.org"]\n',
            'sender.domains."b.org": it limits nothing; set per_second or connections',
        ),
        (
            '[sender.domains."b.org"]\nper_minute = 1\n',
            "unknown key sender.domains.b.org.per_minute",
        ),
        (
            '[sender.domains."b.org"]\nper_second = -1\n',
            "per_second = -1: input should be greater than or equal to 0",
        ),
    ],
)
def test_what_cannot_be_meant_is_told_in_one_line(folder, text, told):
    assert told in complaint(folder, text)


def test_an_authoritys_file_is_named_from_the_folder_wherever_the_command_runs(folder):
    write(folder, TWO.replace('user = "ada"', 'ca_file = "config/own.pem"'))
    first, second = relays(read_settings(folder).sender, folder)
    assert (first.ca_file, second.ca_file) == (str(folder / "config/own.pem"), "")
