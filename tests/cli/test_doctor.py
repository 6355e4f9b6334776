"""The doctor and the DKIM keys, by the command line, with a name server of our own."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from newsletter.actions import doctor
from newsletter.actions.doctor import Level
from newsletter.mail.dns import CouldNotAskError, resolver
from newsletter.mail.probe import Seen
from tests.letters import write_papers
from tests.mail.names import NameServer
from tests.mail.recording import RecordingServer
from tests.rendering.test_dkim import verified

NOW = datetime(2026, 3, 14, 7, tzinfo=UTC)
DOMAIN = "letter.test-domain.org"
GOOD = {
    (DOMAIN, "TXT"): ["v=spf1 include:relay.example -all"],
    ("_dmarc.test-domain.org", "TXT"): ["v=DMARC1; p=none"],
    (DOMAIN, "MX"): ["10 mx.test-domain.org."],
}


def asking(table):
    return lambda name, kind: tuple(table.get((name, kind), ()))


def levels(found):
    return {one.check: one.level for one in found}


@pytest.fixture
def ours(letter):
    text = f'[sender]\nfrom_address = "news@{DOMAIN}"\n[site]\npostal_address = "1 Way"\n'
    (letter.folder / "config/newsletter.toml").write_text(text)
    return letter


def test_a_new_key_is_private_is_in_the_settings_and_signs_each_mail(ours, tmp_path):
    (made,) = ours.json("dkim", "new", "--selector", "s1")["keys"]
    assert (made["domain"], made["algorithm"], made["bits"]) == (DOMAIN, "rsa-sha256", 2048)
    ours("dkim", "new", "--algorithm", "ed25519", "--selector", "s2")
    file = ours.folder / "config/s1.dkim.key"
    assert file.stat().st_mode & 0o777 == 0o600
    assert "config/*.key" in (ours.folder / ".gitignore").read_text()
    shown = ours.json("dkim", "show")["keys"]
    assert [one["selector"] for one in shown] == ["s1", "s2"]
    assert "PRIVATE" not in ours("dkim", "show")
    ours("ingest", write_papers(tmp_path / "papers.jsonl"))
    ours("subscribers", "add", "ada@example.net", "--topic", "robot manipulation")
    ours("compose")
    ours("deliver")
    (mail,) = (ours.folder / "outbox").glob("*.eml")
    from newsletter.keyring import signing_keys
    from newsletter.settings import read_settings

    keys = signing_keys(ours.folder, read_settings(ours.folder))
    assert verified(mail.read_bytes(), keys) == [True, True]


def test_a_selector_is_never_used_twice(ours):
    ours("dkim", "new", "--selector", "s1")
    told = ours.run("dkim", "new", "--selector", "s1")
    assert (told.code, "has a key already" in told.err) == (4, True)


def test_a_key_that_is_gone_or_broken_is_named(ours):
    ours("dkim", "new", "--selector", "s1")
    file = ours.folder / "config/s1.dkim.key"
    file.write_text("broken")
    assert "s1.dkim.key: not usable as a DKIM key" in ours.run("deliver").err
    file.unlink()
    told = ours.run("deliver")
    assert (told.code, "cannot be read" in told.err) == (4, True)
    found = ours.json("doctor", "--offline", code=1)["findings"]
    assert any(one["check"] == "dkim" and one["level"] == "error" for one in found)


def test_all_is_well_when_dns_says_what_is_here(ours):
    (made,) = ours.json("dkim", "new", "--selector", "s1")["keys"]
    with NameServer(GOOD | {(made["name"], "TXT"): [made["record"]]}) as server:
        told = ours.json("doctor", "--resolver", f"127.0.0.1:{server.port}")
    assert (told["errors"], told["unknown"]) == (0, 0)
    found = {one["check"]: one["level"] for one in told["findings"]}
    assert {one: found[one] for one in ("dkim", "spf", "dmarc", "bounce_mx")} == {
        "dkim": "ok",
        "spf": "ok",
        "dmarc": "ok",
        "bounce_mx": "ok",
    }
    assert found["key_permission"] == "ok"


def test_an_empty_dns_is_told_with_what_to_publish(ours):
    ours("dkim", "new")
    with NameServer({}) as server:
        told = ours.run("doctor", "--resolver", f"127.0.0.1:{server.port}")
    assert told.code == 1
    for words in ("newsletter dkim show", "publish one that names your relay", "p=none", "an MX"):
        assert words in told.out


def test_without_a_network_nothing_is_said_to_be_wrong(ours):
    def silent(name, kind):
        raise CouldNotAskError(f"{name}: no name server answered")

    found = levels(doctor.dns(silent, DOMAIN, DOMAIN, []))
    assert found == {
        "dkim": Level.WARNING,
        "spf": Level.UNKNOWN,
        "dmarc": Level.UNKNOWN,
        "bounce_mx": Level.UNKNOWN,
    }
    with pytest.raises(CouldNotAskError):  # a port on which nobody listens
        resolver("127.0.0.1:1")("example.org", "TXT")


def test_a_key_that_others_may_read_is_an_error(ours):
    (ours.folder / "config/secret.key").chmod(0o644)
    (found,) = [
        one
        for one in ours.json("doctor", "--offline", code=1)["findings"]
        if one["check"] == "key_permission"
    ]
    assert "chmod 600 config/secret.key" in found["text"]


KEY = doctor.PublishedKey(DOMAIN, f"s1._domainkey.{DOMAIN}", "AAAA", True, 2048)


@pytest.mark.parametrize(
    ("records", "level", "words"),
    [
        (["v=DKIM1; k=rsa; p=AA AA"], Level.OK, "as it is here"),
        (["v=DKIM1; k=rsa; p=BBBB"], Level.ERROR, "another key"),
        (["v=DKIM1; k=ed25519; p=AAAA"], Level.ERROR, "another key"),
        (["v=DKIM1; p="], Level.ERROR, "revoked"),
        (["v=DKIM1; p=AAAA; t=y"], Level.WARNING, "test"),
        (["v=DKIM1; p=AAAA", "v=DKIM1; p=BBBB"], Level.ERROR, "2 records"),
        ([], Level.ERROR, "no record"),
    ],
)
def test_the_dkim_record_is_compared_with_the_key(records, level, words):
    found = doctor.dkim(asking({(KEY.name, "TXT"): records}), KEY, DOMAIN)
    assert (found.level, words in found.text) == (level, True)


def test_a_key_of_another_domain_than_the_sender_is_an_error():
    found = doctor.dkim(asking({}), KEY, "elsewhere.org")
    assert (found.level, "another domain" in found.text) == (Level.ERROR, True)


@pytest.mark.parametrize(
    ("records", "level"),
    [
        (["v=spf1 mx -all"], Level.OK),
        (["v=spf1 mx +all"], Level.ERROR),
        (["v=spf1 all"], Level.ERROR),
        (["v=spf1 mx -all", "v=spf1 a -all"], Level.ERROR),
        (["v=spf1 " + "include:a.example " * 11 + "-all"], Level.ERROR),
        (["google-site-verification=1"], Level.ERROR),
        ([], Level.ERROR),
    ],
)
def test_the_spf_record_is_read(records, level):
    assert doctor.spf(asking({(DOMAIN, "TXT"): records}), DOMAIN).level == level


@pytest.mark.parametrize(
    ("table", "level"),
    [
        ({(f"_dmarc.{DOMAIN}", "TXT"): ["v=DMARC1; p=reject"]}, Level.OK),
        ({("_dmarc.test-domain.org", "TXT"): ["v=DMARC1; p=none"]}, Level.OK),
        ({("_dmarc.org", "TXT"): ["v=DMARC1; p=none"]}, Level.ERROR),
        ({(f"_dmarc.{DOMAIN}", "TXT"): ["v=DMARC1; p=maybe"]}, Level.ERROR),
        ({(f"_dmarc.{DOMAIN}", "TXT"): ["v=DMARC1; p=none", "v=DMARC1; p=none"]}, Level.ERROR),
    ],
)
def test_the_dmarc_policy_is_that_of_the_domain_or_the_one_above(table, level):
    assert doctor.dmarc(asking(table), DOMAIN).level == level


@pytest.mark.parametrize(
    ("table", "level"),
    [
        ({(DOMAIN, "MX"): ["mx.example"]}, Level.OK),
        ({(DOMAIN, "MX"): [""]}, Level.ERROR),
        ({(DOMAIN, "A"): ["192.0.2.1"]}, Level.WARNING),
        ({}, Level.ERROR),
    ],
)
def test_bounces_must_be_able_to_come_back(table, level):
    assert doctor.mx(asking(table), DOMAIN).level == level


def test_the_relays_clock_and_certificate_are_compared_with_ours():
    def seen(when, ends):
        greeting = f"mx.example ESMTP ready; {format_datetime(when)}"
        return Seen(greeting, True, ends, ("PIPELINING",))

    well = levels(doctor.relay(seen(NOW + timedelta(minutes=2), NOW + timedelta(days=90)), NOW))
    assert set(well.values()) == {Level.OK}
    ill = levels(doctor.relay(seen(NOW - timedelta(hours=1), NOW + timedelta(days=3)), NOW))
    assert (ill["clock"], ill["certificate"]) == (Level.WARNING, Level.WARNING)


def test_the_relay_is_looked_at_and_nothing_is_sent(ours):
    with RecordingServer() as server:
        text = f'[sender]\nkind = "smtp"\nhost = "{server.host}"\nport = {server.port}\n'
        text += f'security = "none"\nfrom_address = "news@{DOMAIN}"\n'
        (ours.folder / "config/newsletter.toml").write_text(text)
        with NameServer({}) as names:
            told = ours.json("doctor", "--resolver", f"127.0.0.1:{names.port}", code=1)
    assert any(one["check"] == "relay" and one["level"] == "ok" for one in told["findings"])


def test_a_relay_that_is_not_there_is_told_in_one_line(ours):
    text = f'[sender]\nkind = "smtp"\nhost = "127.0.0.1"\nport = 1\nfrom_address = "n@{DOMAIN}"\n'
    (ours.folder / "config/newsletter.toml").write_text(text)
    with NameServer({}) as names:
        told = ours.run("doctor", "--resolver", f"127.0.0.1:{names.port}")
    assert "nothing listens there; check sender.host" in told.out


def test_a_key_of_the_links_that_is_gone_or_no_key_is_told(ours):
    def links(code=1):
        found = ours.json("doctor", "--offline", code=code)["findings"]
        return [one["text"] for one in found if one["check"] == "link_key"]

    key = ours.folder / "config/secret.key"
    assert links(code=0) == []
    key.write_text("no key\n")
    assert "expected a key of hexadecimal digits" in links()[0]
    key.unlink()
    key.mkdir()
    assert "cannot be read" in links()[0]
    key.rmdir()
    assert "is missing" in links()[0]
