"""A name server for tests: answers over UDP from a table, on a port of this machine."""

import socketserver
import threading
from collections.abc import Mapping, Sequence

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

Table = Mapping[tuple[str, str], Sequence[str]]  # (name, type) -> records


class NameServer:
    """Answers what the table holds, and that there is no such name for all else."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def __enter__(self) -> "NameServer":
        outer = self

        class Question(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                octets, socket = self.request
                socket.sendto(outer.answer(octets), self.client_address)

        self._server = socketserver.ThreadingUDPServer(("127.0.0.1", 0), Question)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, octets: bytes) -> bytes:
        asked = dns.message.from_wire(octets)
        reply = dns.message.make_response(asked)
        reply.flags |= dns.flags.RA | dns.flags.AA
        (question,) = asked.question
        name, kind = question.name.to_text().rstrip("."), dns.rdatatype.to_text(question.rdtype)
        found = self.table.get((name, kind), ())
        if found:
            shown = [quoted(one) if kind == "TXT" else one for one in found]
            reply.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *shown))
        elif not any(known == name for known, _ in self.table):
            reply.set_rcode(dns.rcode.NXDOMAIN)
        return reply.to_wire(max_size=4096)


def quoted(text: str) -> str:
    pieces = [text[at : at + 255] for at in range(0, len(text), 255)]
    return " ".join(f'"{one}"' for one in pieces)
