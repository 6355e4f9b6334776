"""What strace wrote of a sender -> its writes to the ledger's log, its syncs, its mails' dots.

Octets are whole and decoded, events in the order in which the kernel saw them begin and end.
"""

import codecs
import re
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

CALLS = "fsync,fdatasync,pwrite64,write,writev,sendto,sendmsg"
LINE = re.compile(r"(?P<thread>\d+) +(?P<rest>.*)", re.DOTALL)
CALL = re.compile(
    r"(?P<name>\w+)\(\d+<(?P<file>.*?)>"
    r"(?:, \"(?P<text>(?:[^\"\\]|\\.)*)\"(?:, \d+, (?P<offset>\d+)\b)?)?"
)
RESUMED = re.compile(r"<\.\.\. (?P<name>\w+) resumed>")
RESULT = re.compile(r"= (?P<result>-?\d+)(?: .*)?$")
MOST_OCTETS = 1 << 20  # of one call


@dataclass
class Call:
    """A system call, by the places in the trace where it began and where it ended."""

    name: str
    file: str
    octets: bytes
    begun: int
    offset: int = 0  # in its file, of a write that says it
    ended: int = 0
    result: int = -1


@dataclass
class Trace:
    """The calls by what they are for."""

    logged: list[Call] = field(default_factory=list)  # writes to the database's write-ahead log
    synced: list[Call] = field(default_factory=list)  # of that log
    sent: dict[str, list[Call]] = field(default_factory=lambda: defaultdict(list))  # by connection

    def armed(self, message_id: str) -> Call:
        """Return the first write to the log that holds this Message-ID."""
        name = message_id.encode()
        return next(one for one in self.logged if name in one.octets)

    def synced_before(self, place: int) -> int:
        """Return where the last sync began that had ended well before a place."""
        found = [one for one in self.synced if one.ended < place and one.result == 0]
        return found[-1].begun if found else 0

    def log_at(self, place: int) -> bytes:
        """Return the log as all writes that had ended before a place made it."""
        log = bytearray()
        for one in self.logged:
            if one.ended < place:
                assert one.offset <= len(log), "a hole"
                log[one.offset : one.offset + len(one.octets)] = one.octets
        return bytes(log)

    def dot(self, message_id: str) -> Call:
        """Return the call that wrote the last octet of this mail's final dot."""
        field_ = b"Message-ID: " + message_id.encode()
        for calls in self.sent.values():
            said = b"".join(one.octets for one in calls)
            if (start := said.find(field_)) < 0:
                continue
            end = said.index(b"\r\n.\r\n", start) + 3  # the dot itself
            for one in calls:
                end -= len(one.octets)
                if end <= 0:
                    return one
        raise AssertionError(f"no dot was written for {message_id}")


def command(file: Path) -> tuple[str, ...]:
    """Return the words that run a program with its calls written into a file."""
    return ("strace", "-f", "-y", "-o", str(file), "-s", str(MOST_OCTETS), "-e", f"trace={CALLS}")


def why_not() -> str:
    """Return why nothing can be traced here, "" if it can."""
    if not shutil.which("strace"):
        return "strace is not installed"
    done = subprocess.run([*command(Path("/dev/null")), "true"], capture_output=True, text=True)
    return f"ptrace is not allowed: {done.stderr.strip()}" if done.returncode else ""


def read(file: Path, database: Path) -> Trace:
    """Return the trace of a sender whose ledger is this database."""
    log, trace = f"{database}-wal", Trace()
    for call in calls(file.read_text("ascii").splitlines()):
        if call.file == log and call.name in ("fsync", "fdatasync"):
            trace.synced.append(call)
        elif call.file == log:
            trace.logged.append(call)
        elif call.file.startswith(("TCP:", "socket:")):
            trace.sent[call.file].append(call)
    return trace


def calls(lines: list[str]) -> Iterator[Call]:
    """Yield each call of each thread, those that another interrupted joined together."""
    open_calls: dict[str, Call] = {}
    for place, line in enumerate(lines):
        found = LINE.match(line)
        assert found, line[:200]
        thread, rest = found["thread"], found["rest"]
        if begun := CALL.match(rest):
            text = codecs.decode((begun["text"] or "").encode(), "unicode_escape")
            offset = int(begun["offset"] or 0)
            call = Call(begun["name"], begun["file"], text.encode("latin-1"), place, offset)
            open_calls[thread] = call
            yield call
        elif not RESUMED.match(rest):
            continue  # a signal, an exit
        call = open_calls[thread]
        if ended := RESULT.search(rest):
            call.ended, call.result = place, int(ended["result"])
