import os
import shutil
import socket
from pathlib import Path

import pytest

from newsletter.domain.delivery import Result
from newsletter.errors import RelayBusyError, SenderError
from newsletter.mail.opening import log_in, trust
from newsletter.mail.smtp import Connection, Relay, Security
from tests.mail.recording import RecordingServer
from tests.mail.samples import BRIEF, RAW, Authority, a_message, a_relay, always, waits
from tests.mail.session import DROP, EXTENSIONS, SILENCE, Script

NONE, STARTTLS, TLS = Security.NONE, Security.STARTTLS, Security.TLS
LOGIN = ("zoë", "pass\u00a0word: ÿ")


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.mark.parametrize(("security", "implicit"), [(STARTTLS, False), (TLS, True)])
@pytest.mark.parametrize("methods", ["PLAIN", "LOGIN", "CRAM-MD5 LOGIN PLAIN"])
def test_mail_goes_encrypted_and_logged_in(authority, security, implicit, methods):
    script = Script(context=authority.context(), implicit=implicit, login=LOGIN, methods=methods)
    with RecordingServer(script) as server:
        more = {"user": LOGIN[0], "password": LOGIN[1], "ca_file": authority.file}
        with Connection.open(a_relay(server, security, **more)) as connection:
            assert connection.usable
            assert connection.send(a_message(), always).result == Result.ACCEPTED
            assert connection.send(a_message(), always).result == Result.ACCEPTED
    assert [(mail.encrypted, mail.logged_in) for mail in server.mails] == [(True, True)] * 2
    assert [mail.body for mail in server.mails] == [RAW, RAW]


def test_extensions_offered_before_tls_are_forgotten(authority):
    greetings = iter(["250-x\n250-SMTPUTF8\n250 STARTTLS", "250-x\n250 SIZE 5"])
    script = Script(context=authority.context(), answers={"EHLO": lambda _: next(greetings)})
    with RecordingServer(script) as server:
        connection = Connection.open(a_relay(server, STARTTLS, ca_file=authority.file))
        outcome = connection.send(a_message(recipient="zoë@example.org"), always)
        connection.close()
    assert outcome.result == Result.REFUSED
    assert server.heard.count(b"EHLO [127.0.0.1]\r\n") == 2


# Each server's script, how we come to it, what the error must say, what must never be written.
REFUSALS = [
    ({"CONNECT": "554 5.7.1 go away"}, NONE, "takes no mail from here: 554 5.7.1 go away", b"EHLO"),
    (
        {"CONNECT": "421 4.3.2 busy"},
        NONE,
        "takes no mail now: 421 4.3.2 busy; what is pending waits",
        b"EHLO",
    ),
    ({"CONNECT": DROP}, NONE, "the server closed the connection", b"EHLO"),
    ({"CONNECT": "HTTP/1.1 400"}, NONE, "not SMTP", b"EHLO"),
    ({"CONNECT": "220 " + "x" * 5000}, NONE, "exceeds 4096 octets", b"EHLO"),
    ({"CONNECT": "x" * 9000}, NONE, "exceeds 4096 octets", b"EHLO"),
    ({"CONNECT": "\n".join(["220-x"] * 200)}, NONE, "more than 128 lines", b"EHLO"),
    ({"CONNECT": SILENCE}, NONE, "gave no answer within .*; check sender.port", b"EHLO"),
    ({"EHLO": "421 4.7.0 no"}, NONE, "EHLO was refused: 421 4.7.0 no; .*local_name", b"HELO"),
    ({"EHLO": "550 no", "HELO": "550 no"}, NONE, "EHLO was refused: 550 no", b"MAIL"),
    ({"EHLO": "250 x"}, STARTTLS, "offers no STARTTLS, .*sender.security", b"STARTTLS"),
    ({"EHLO": "502 x"}, STARTTLS, "offers no STARTTLS, .*sender.security", b"STARTTLS"),
    ({"STARTTLS": "454 4.7.0 not now"}, STARTTLS, "STARTTLS was refused: 454 4.7.0", b"AUTH"),
    (
        {"STARTTLS": "220 go\n250 injected"},
        STARTTLS,
        "no TLS .*the server spoke unasked before TLS",
        b"AUTH",
    ),
    ({"STARTTLS": DROP}, STARTTLS, "the server closed the connection", b"AUTH"),
    ({}, TLS, "no TLS could be agreed on .*; sender.security is starttls", b"EHLO"),
    ({"AUTH": "454 4.7.0 try later"}, NONE, "login of zoë was refused: 454 .*; try later", b"MAIL"),
    ({"AUTH": "535 5.7.8 wrong"}, NONE, "login of zoë was refused: 535 .*; check", b"MAIL"),
    ({"EHLO": "250-x\n250 AUTH XOAUTH2"}, NONE, r"by PLAIN or LOGIN \(XOAUTH2\); leave", b"AUTH"),
    ({"EHLO": "250 x"}, NONE, r"by PLAIN or LOGIN \(none\); leave", b"AUTH"),
]


@pytest.mark.parametrize(("answers", "security", "text", "unsaid"), REFUSALS)
def test_what_stops_the_opening_is_one_clear_line(authority, answers, security, text, unsaid):
    script = Script(context=authority.context(), login=LOGIN, answers=answers)
    with RecordingServer(script) as server:
        relay = Relay(
            *(server.host, server.port, security, *LOGIN, "", authority.file),
            timeouts=waits(greeting=BRIEF if SILENCE in answers.values() else waits().greeting),
        )
        with pytest.raises(SenderError, match=text) as caught:
            Connection.open(relay)
        assert str(caught.value).startswith(f"127.0.0.1:{server.port}: ")
        assert "\n" not in str(caught.value)
        answer = next(iter(answers.values()), "")  # with a 4xx the server says when: later
        assert isinstance(caught.value, RelayBusyError) == answer.startswith("4")
        assert LOGIN[1] not in str(caught.value) + repr(relay)
        server.wait(lambda: all(session.ended for session in server.sessions))
    lines = server.heard.split(b"\r\n")
    assert not [line for line in lines if line.startswith(unsaid)]


@pytest.mark.parametrize(("security", "implicit"), [(STARTTLS, False), (TLS, True)])
@pytest.mark.parametrize(
    ("name", "trusted", "text"),
    [
        ("127.0.0.1", False, "not good: unable to get local issuer.*; .*sender.ca_file"),
        ("mail.example.org", True, "not good: IP address mismatch.*; check sender.host"),
    ],
)
def test_a_bad_certificate_ends_it_before_the_login(
    authority, security, implicit, name, trusted, text
):
    script = Script(context=authority.context(name), implicit=implicit, login=LOGIN)
    with RecordingServer(script) as server:
        more = {"user": LOGIN[0], "password": LOGIN[1]}
        if trusted:
            more["ca_file"] = authority.file
        with pytest.raises(SenderError, match=text):
            Connection.open(a_relay(server, security, **more))
    assert b"AUTH" not in server.heard


def test_a_wrong_password_is_tried_once_and_not_told(authority):
    script = Script(context=authority.context(), login=LOGIN)
    with RecordingServer(script) as server:
        more = {"user": LOGIN[0], "password": "guess", "ca_file": authority.file}
        with pytest.raises(SenderError, match=r"535 5.7.8 wrong user or password; check") as caught:
            Connection.open(a_relay(server, STARTTLS, **more))
        assert "guess" not in str(caught.value)
        server.wait(lambda: server.sessions[0].ended)
    assert server.heard.count(b"AUTH") == 1


def test_a_login_goes_in_the_clear_to_this_machine_only():
    class Wire:
        encrypted = False
        loopback = False

    with pytest.raises(SenderError, match=r"readable by all; set sender.security"):
        log_in(Wire(), Relay("mail.example.org", 25, NONE, *LOGIN), {"AUTH": "PLAIN"})
    with RecordingServer(Script(login=LOGIN)) as server:
        more = {"user": LOGIN[0], "password": LOGIN[1]}
        with Connection.open(a_relay(server, **more)) as connection:
            connection.send(a_message(), always)
    assert [mail.logged_in for mail in server.mails] == [True]


def test_a_server_that_only_knows_helo_takes_mail_too():
    with RecordingServer(Script(answers={"EHLO": "502 5.5.1 what?"})) as server:
        connection = Connection.open(a_relay(server, local_name="news.example.org"))
        assert connection.send(a_message(), always).result == Result.ACCEPTED
        connection.close()
    assert b"\r\nHELO news.example.org\r\n" in server.heard
    assert [(mail.body, mail.parameters) for mail in server.mails] == [(RAW, "")]


@pytest.mark.parametrize(
    ("answer", "parameters"),
    [
        ("250-x\n250-\n250-size 10 \n250 pipelining", f"SIZE={len(RAW)}"),
        ("250-x\n250-AUTH=LOGIN\n250 8BITMIME", ""),
        ("250", ""),
    ],
)
def test_odd_offers_are_read(answer, parameters):
    script = Script(answers={"EHLO": answer})
    with RecordingServer(script) as server, Connection.open(a_relay(server)) as connection:
        assert connection.send(a_message(), always).result == Result.ACCEPTED
    assert [mail.parameters for mail in server.mails] == [parameters]


def test_a_login_is_found_in_the_old_form_of_the_offer():
    script = Script(EXTENSIONS, {"EHLO": "250-x\n250-AUTH GSSAPI\n250 AUTH=LOGIN"}, login=LOGIN)
    with RecordingServer(script) as server:
        more = {"user": LOGIN[0], "password": LOGIN[1]}
        Connection.open(a_relay(server, **more)).close()
    assert b"AUTH LOGIN\r\n" in server.heard


def test_where_nothing_listens_the_error_says_so():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(SenderError, match=f"^127.0.0.1:{port}: nothing listens there; check"):
        Connection.open(Relay("127.0.0.1", port))


def test_a_host_that_is_no_name_is_named():
    with pytest.raises(SenderError, match=r"that is no host name; check sender.host"):
        Connection.open(Relay("mail..example.org", 25))


@pytest.mark.parametrize("content", [None, "", "no certificate"])
def test_a_file_of_authorities_that_cannot_be_used_is_named(tmp_path, content):
    path = tmp_path / "authority.pem"
    if content is not None:
        path.write_text(content)
    with pytest.raises(SenderError, match=r"authority.pem: .*; see sender.ca_file"):
        Connection.open(Relay("127.0.0.1", 25, ca_file=str(path)))


def test_authorities_are_read_once_and_again_when_their_file_is_another(tmp_path, authority):
    path, new = tmp_path / "authority.pem", tmp_path / "new.pem"
    shutil.copy2(authority.file, path)
    relay = Relay("mail.example.org", 587, ca_file=str(path))
    first = trust(relay)
    assert trust(relay) is first
    (tmp_path / "other").mkdir()
    new.write_bytes(Path(Authority(tmp_path / "other").file).read_bytes())
    of_old = path.stat().st_mtime_ns
    os.utime(new, ns=(of_old, of_old))  # as packages are that can be made again bit by bit
    new.replace(path)
    assert trust(relay).get_ca_certs(binary_form=True) != first.get_ca_certs(binary_form=True)


def test_an_authority_that_is_taken_from_the_systems_folder_is_trusted_no_more(
    tmp_path, monkeypatch, authority
):
    folder = tmp_path / "certs"
    folder.mkdir()
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(folder))
    relay = Relay("mail.example.org", 587)
    first = trust(relay)
    assert trust(relay) is first
    kept = folder / "authority.pem"
    shutil.copy2(authority.file, kept)
    second = trust(relay)
    assert second is not first
    kept.unlink()
    assert trust(relay) is not second


@pytest.mark.parametrize(
    "fields", [{"local_name": "a\r\nRSET"}, {"local_name": "a b"}, {"user": "a\0b"}]
)
def test_a_relay_that_could_say_more_than_it_should_cannot_be_made(fields):
    with pytest.raises(ValueError, match=r"control character|NUL"):
        Relay("mail.example.org", 587, **fields)
