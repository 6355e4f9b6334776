"""The doctor on what is on this machine: files that others may read, the way out, name servers."""

import json
import os
import re

import pytest

from newsletter.actions.doctor import Finding, Level
from newsletter.mail.dns import addresses
from tests.mail.names import NameServer
from tests.mail.recording import RecordingServer
from tests.mail.session import Script


@pytest.fixture
def usual_umask():
    """Let files be made as most machines have it: readable by all."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def own(usual_umask, letter):
    """A newsletter that was made so."""
    return letter


def look(letter, check):
    found = json.loads(letter.run("doctor", "--offline", "--json").out)["findings"]
    return [(one["level"], one["text"]) for one in found if one["check"] == check]


def write(letter, text):
    (letter.folder / "config/newsletter.toml").write_text(text)


def mode(file):
    return file.stat().st_mode & 0o777


def test_database_and_outbox_are_made_for_their_owner_alone(own):
    assert mode(own.folder / "newsletter.db") == 0o600
    assert mode(own.folder / "outbox") == 0o700
    assert look(own, "permission") == []


def test_the_log_beside_the_database_is_as_private_as_it(own):
    from newsletter.app import now_utc, open_app

    app = open_app(own.folder, now_utc())
    assert {mode(one) for one in own.folder.glob("newsletter.db-*")} == {0o600}
    app.close()


def test_what_others_may_read_is_named_and_left_as_it_is(own):
    (own.folder / "newsletter.db").chmod(0o644)
    (own.folder / "outbox").chmod(0o755)
    own("status")
    assert mode(own.folder / "newsletter.db") == 0o644
    (base, outbox) = look(own, "permission")
    assert base[0] == outbox[0] == "warning"
    assert f"run chmod 600 {own.folder / 'newsletter.db'}" in base[1]
    assert f"run chmod 700 {own.folder / 'outbox'}" in outbox[1]


@pytest.mark.parametrize(
    "text",
    [
        '[sender]\npassword = "hunter2"\n',
        '[sender]\nkind = "smtp"\n[sender.relays.a]\nhost = "a"\npassword = "hunter2"\n',
        '[bounces]\nimap_password = "hunter2"\n',
        '[summary]\nkey = "hunter2"\n',
    ],
)
def test_settings_that_hold_a_password_are_to_be_private(own, text):
    write(own, text)
    told = [one for one in look(own, "key_permission") if "newsletter.toml" in one[1]]
    ((level, words),) = told
    assert (level, "chmod 600 config/newsletter.toml" in words) == ("error", True)
    assert "hunter2" not in words
    (own.folder / "config/newsletter.toml").chmod(0o600)
    assert ("ok", "config/newsletter.toml") in look(own, "key_permission")


def test_settings_without_a_password_may_be_read(own):
    write(own, '[sender]\npassword = ""\n[bounces]\nimap_password_file = "box"\n')
    assert not any("newsletter.toml" in text for _, text in look(own, "key_permission"))


@pytest.mark.parametrize("mends", [False, True])
def test_the_program_that_takes_the_mails_must_be_there(own, mends):
    program = own.folder / "take"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755 if mends else 0o644)
    write(own, f'[sender]\nkind = "sendmail"\ncommand = "{program} -x"\n')
    ((level, text),) = look(own, "sender")
    assert (level, str(program) in text) == ("ok" if mends else "error", True)


@pytest.mark.parametrize("place", ["a file", "a file/deeper"])
def test_a_maildir_must_be_a_folder(own, place):
    (own.folder / "a file").write_text("")
    write(own, f'[sender]\nkind = "maildir"\nmaildir = "{place}"\n')
    assert [one for one in look(own, "sender") if "is no folder" in one[1]]
    write(own, '[sender]\nkind = "maildir"\nmaildir = "new/Maildir"\n')
    assert [one for one in look(own, "sender") if "can be written" in one[1]]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_maildir_must_be_writable(own):
    (own.folder / "Maildir").mkdir(0o500)
    write(own, '[sender]\nkind = "maildir"\nmaildir = "Maildir"\n')
    assert [one for one in look(own, "sender") if "cannot be written" in one[1]]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_name_server_may_be_named_by_its_host(letter, host):
    with NameServer({}) as names:
        found = letter.json("doctor", "--resolver", f"{host}:{names.port}", code=1)
    assert any(
        one["check"] == "spf" and "no SPF record" in one["text"] for one in found["findings"]
    )


@pytest.mark.parametrize(
    ("server", "expected"),
    [
        ("9.9.9.9", (["9.9.9.9"], 53)),
        ("9.9.9.9:5353", (["9.9.9.9"], 5353)),
        ("::1", (["::1"], 53)),
        ("[::1]", (["::1"], 53)),
        ("[::1]:5353", (["::1"], 5353)),
    ],
)
def test_a_name_server_may_be_of_either_family_with_a_port_or_without(server, expected):
    assert addresses(server) == expected


@pytest.mark.parametrize(
    "server", ["a:b", ":53", "[::1", "1.2.3.4:99999", "no host", "h:0", "a..b"]
)
def test_what_is_no_name_server_is_a_mistake_of_the_command_line(letter, server):
    told = letter.run("doctor", "--resolver", server)
    assert (told.code, "IP address or host" in re.sub(r"[│\s]+", " ", told.err)) == (2, True), told
    assert "report" not in told.err


def test_a_login_is_told_only_where_there_was_one(letter):
    text = '[sender]\nkind = "smtp"\nhost = "127.0.0.1"\nport = {}\nsecurity = "none"\n'
    for user, words in (("", "no login, for no user is set"), ("ada", "logged in as ada")):
        with RecordingServer(Script(login=("ada", "secret"))) as server, NameServer({}) as names:
            more = f'user = "{user}"\npassword = "secret"\n' if user else ""
            write(letter, text.format(server.port) + more)
            at = f"127.0.0.1:{names.port}"
            found = letter.json("doctor", "--resolver", at, code=1)["findings"]
        (told,) = [one["text"] for one in found if one["check"] == "relay"]
        assert f"greeting is well, without TLS; {words}" in told


def test_what_servers_say_is_one_printable_line():
    found = Finding("spf", Level.OK, "v=spf1\x1b]0;owned\x07 \u202e\x9b31m\r\n-all")
    assert found.text.isprintable()
    assert len(Finding("spf", Level.OK, "x" * 10_000).text) < 1000


def test_records_with_escapes_do_not_reach_the_terminal(letter):
    write(letter, '[sender]\nfrom_address = "n@letter.test-domain.org"\n')
    table = {("letter.test-domain.org", "TXT"): ["v=spf1 \x1b]0;owned\x07 mx -all"]}
    with NameServer(table) as names:
        told = letter.run("doctor", "--resolver", f"127.0.0.1:{names.port}").out
    assert "v=spf1" in told
    assert "\x1b" not in told


def test_a_host_of_this_machine_resolves():
    found, port = addresses("localhost:5353")
    assert port == 5353
    assert "127.0.0.1" in found


def test_a_second_key_is_told_to_sign_beside_the_first(letter):
    first = letter.run("dkim", "new", "--selector", "s1").err
    second = letter.run("dkim", "new", "--selector", "s2").err
    assert "signed by the older key, too" not in first
    assert "signed by the older key, too: publish this record before the next mail" in second
