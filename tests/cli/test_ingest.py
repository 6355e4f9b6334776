"""`newsletter ingest` on a terminal shows a bar for each feed, and nowhere else."""

import os
import pty
import subprocess
import sys

from tests.letters import write_papers


def test_a_terminal_gets_a_bar_for_each_feed(letter):
    files = [write_papers(letter.folder / name) for name in ("one.jsonl", "two.jsonl")]
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "newsletter", "--folder", letter.folder, "ingest", *files]
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "120"}
    ran = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=theirs, env=environment, check=False
    )
    os.close(theirs)
    shown = b""
    while piece := read(ours):
        shown += piece
    os.close(ours)
    assert ran.returncode == 0
    assert b"one.jsonl" in shown
    assert b"two.jsonl" in shown
    assert b"\x1b" not in ran.stdout


def read(terminal):
    """Return what the terminal shows, nothing when all of it was read and nobody has it open."""
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""


def test_without_a_terminal_there_is_no_bar(letter):
    ran = letter.run("ingest", write_papers(letter.folder / "papers.jsonl"))
    assert ran.err == ""


def test_what_was_read_is_summarised(letter):
    letter("ingest", write_papers(letter.folder / "papers.jsonl"))
    for one in letter.json("papers", "list")["papers"]:
        shown = letter.json("papers", "show", one["key"])
        found = shown["summary"]["tldr"]
        assert shown["tldr"] == found["text"] != ""
        assert found["text"][1:] in shown["abstract"][found["start"] : found["end"]]
        assert shown["summary"]["maker"]
        assert set(shown["summary"]) == {"maker", "tldr", "problem", "idea", "result"}
        place = f"abstract {found['start']}-{found['end']}"
        assert place in letter("papers", "show", one["key"])
