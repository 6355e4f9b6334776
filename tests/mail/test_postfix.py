"""Through a real Postfix: a mail arrives signed, and a genuine DSN suppresses the right reader."""

import dkim as dkimpy
import pytest

from tests.letters import through, write_papers
from tests.mail.postfix import Postfix
from tests.mail.recording import RecordingServer
from tests.mail.session import Script

GONE = "550 5.1.1 <ada@example.net>: no such user here"


@pytest.mark.timeout(120)
def test_a_mail_arrives_signed_and_a_genuine_bounce_finds_its_reader(
    letter, tmp_path, postfix_folder, monkeypatch
):
    letter("ingest", write_papers(tmp_path / "papers.jsonl"))
    letter("subscribers", "add", "ada@example.net", "--topic", "robot manipulation")
    letter("subscribers", "add", "cy@example.com", "--topic", "camera traps in ecology")
    letter("dkim", "new", "--domain", "example.org", "--selector", "r1")
    letter("dkim", "new", "--domain", "example.org", "--selector", "e1", "--algorithm", "ed25519")
    letter("compose")
    refusing = Script(answers={"RCPT": {"ada@example.net": GONE}})
    with (
        RecordingServer() as usual,
        RecordingServer(refusing) as theirs,
        Postfix(postfix_folder, usual.port, "example.net", theirs.port) as relay,
    ):
        for name, value in through(relay.port, ENVELOPE="verp").items():
            monkeypatch.setenv(name, value)
        assert letter.json("deliver")["states"]["accepted"] == 2
        usual.wait(lambda: len(usual.mails) == 2)
    by_name = {one.recipients[0].partition("@")[0]: one for one in usual.mails}
    digest = by_name.pop("cy")
    assert verified(letter, digest.body) == [True, True]
    (bounce,) = by_name.values()
    assert bounce.sender == ""
    assert bounce.recipients[0].startswith("bounces+")
    (tmp_path / "bounce.eml").write_bytes(bounce.body)
    letter.json("bounces", "process", tmp_path / "bounce.eml")
    (suppressed,) = letter.json("suppressions", "list")["suppressions"]
    assert suppressed["address"] == "ada@example.net"
    assert "5.1.1" in suppressed["reason"]


def verified(letter, raw):
    """Return what dkimpy says of each signature, by the records that we tell to publish."""
    records = letter.json("dkim", "show")
    keys = records["keys"]
    published = {f"{one['name']}.": one["record"].encode() for one in keys}

    def ask(wanted, timeout=5):
        return published[wanted.decode() if isinstance(wanted, bytes) else wanted]

    message = dkimpy.DKIM(raw)
    return [message.verify(place, dnsfunc=ask) for place in range(len(keys))]
