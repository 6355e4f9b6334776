"""Through a real Postfix: a mail arrives signed, and a genuine DSN suppresses the right reader."""

import os
import shutil
import tempfile
from pathlib import Path

import dkim as dkimpy
import pytest

from tests.letters import write_papers
from tests.mail.postfix import Postfix
from tests.mail.recording import RecordingServer
from tests.mail.session import Script

GONE = "550 5.1.1 <ada@example.net>: no such user here"


@pytest.fixture
def folder():
    """A short path that Postfix's own user may enter; pytest's are for their owner alone."""
    if os.geteuid() != 0 or not Path("/usr/sbin/postfix").exists():
        pytest.skip("Postfix is not installed, or we are not root, whom it wants to start it")
    made = Path(tempfile.mkdtemp(prefix="postfix-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.mark.timeout(120)
def test_a_mail_arrives_signed_and_a_genuine_bounce_finds_its_reader(
    letter, tmp_path, folder, monkeypatch
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
        Postfix(folder, usual.port, "example.net", theirs.port) as relay,
    ):
        way = {"KIND": "smtp", "HOST": "127.0.0.1", "PORT": str(relay.port), "SECURITY": "none"}
        for name, value in (way | {"ENVELOPE": "verp"}).items():
            monkeypatch.setenv(f"NEWSLETTER_SENDER__{name}", value)
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
