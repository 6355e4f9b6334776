"""An IMAP server for tests: one box over TLS, as much of RFC 3501 as a reader of mail needs."""

import re
import socketserver
import sqlite3
import ssl
import threading
from contextlib import closing
from pathlib import Path

import trustme


class ImapServer:
    """Serves mails to ada with the password `secret`, and notes what is removed, and when."""

    def __init__(self, mails: list[bytes], folder: Path, extensions: str = "UIDPLUS") -> None:
        self.box: dict[int, bytes] = {}
        self.flags: dict[int, set[str]] = {}
        for raw in mails:
            self.add(raw)
        self.extensions = extensions  # offered to who logged in
        self.commands: list[str] = []
        self.logins: list[str] = []
        self.removed_after: list[int] = []  # suppressions on disk when a mail was marked
        authority = trustme.CA()
        self.ca_file = folder / "imap-ca.pem"
        authority.cert_pem.write_to_path(self.ca_file)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(self.context)
        self.database = folder / "letter/newsletter.db"

    def __enter__(self) -> "ImapServer":
        outer = self

        class Session(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                try:
                    with (
                        outer.context.wrap_socket(self.request, server_side=True) as wire,
                        wire.makefile("rb") as lines,
                    ):
                        outer.serve(lines, wire)
                except (OSError, ValueError):
                    return

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

        self._server = Server(("127.0.0.1", 0), Session)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def settings(self) -> str:
        """Return the section of the settings that leads to this box."""
        return (
            f'[bounces]\nimap_host = "localhost"\nimap_port = {self.port}\nimap_user = "ada"\n'
            f'imap_password = "secret"\nimap_ca_file = "{self.ca_file}"\n'
        )

    def add(self, raw: bytes, *flags: str) -> None:
        """Put a mail into the box."""
        number = max(self.flags, default=0) + 1
        self.flags[number] = set(flags)
        self.box[number] = raw

    @property
    def left(self) -> list[bytes]:
        return list(self.box.values())

    @property
    def suppressed_when_removed(self) -> bool:
        return bool(self.removed_after) and min(self.removed_after) > 0

    def serve(self, lines, wire) -> None:
        def say(text: str | bytes) -> None:
            wire.sendall((text.encode() if isinstance(text, str) else text) + b"\r\n")

        say("* OK ready")
        for line in lines:
            tag, _, command = line.decode().strip().partition(" ")
            done = self.answer(command, say)
            say(f"{tag} {done}")
            if command.upper() == "LOGOUT":
                return

    def answer(self, command: str, say) -> str:
        name = command.upper()
        self.commands.append(command)
        if name == "CAPABILITY":
            say(f"* CAPABILITY IMAP4REV1 {self.extensions if self.logins else ''}".rstrip())
        elif name.startswith("LOGIN"):
            self.logins.append(command)
            if "secret" not in command:
                return "NO [AUTHENTICATIONFAILED] no such login"
        elif name.startswith("SELECT"):
            say(f"* {len(self.box)} EXISTS")
        elif name.startswith("UID SEARCH"):
            seen = {"\\Seen", "\\Deleted"}
            found = [str(number) for number in self.box if not self.flags[number] & seen]
            if asked := re.search(r'SUBJECT "(.*)"', command):
                word = re.compile(rb"(?im)^subject:.*" + asked[1].encode())
                found = [one for one in found if word.search(self.box[int(one)])]
            say("* SEARCH " + " ".join(found))
        elif name.startswith("UID FETCH"):
            number = int(command.split()[2])
            raw = self.box[number]
            head = f"* {number} FETCH (UID {number} BODY[]<0> {{{len(raw)}}}\r\n".encode()
            say(head + raw + b")")
        elif name.startswith("UID STORE"):
            number = int(command.split()[2])
            self.flags[number] |= set(re.findall(r"\\\w+", command))
            if "\\Deleted" in command:
                with closing(sqlite3.connect(self.database)) as opened:
                    (count,) = opened.execute("SELECT count(*) FROM suppressions").fetchone()
                self.removed_after.append(count)
        elif name.startswith("UID EXPUNGE"):
            number = int(command.split()[2])
            if "UIDPLUS" not in self.extensions:
                return "BAD what?"
            if "\\Deleted" in self.flags[number]:
                del self.box[number]
        elif name == "EXPUNGE":
            self.box = {n: raw for n, raw in self.box.items() if "\\Deleted" not in self.flags[n]}
        elif name == "LOGOUT":
            say("* BYE")
        return "OK done"
