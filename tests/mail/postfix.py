"""A real Postfix of our own folder, on loopback, stopped at its end: it relays, and makes DSNs."""

import shutil
import socket
import subprocess
from pathlib import Path

MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
mail_owner = postfix
setgid_group = postdrop
myhostname = relay.example.org
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mydestination =
mynetworks = 127.0.0.0/8
local_recipient_maps =
alias_maps =
disable_dns_lookups = yes
smtp_host_lookup = native
default_transport = smtp:[127.0.0.1]:{usual}
transport_maps = inline:{{ {{ {domain} = smtp:[127.0.0.1]:{other} }} }}
smtpd_recipient_restrictions = permit_mynetworks, reject
maillog_file = {folder}/log/maillog
maillog_file_prefixes = {folder}
"""
SERVICES = (
    "cleanup unix n - n - 0 cleanup",
    "qmgr unix n - n 300 1 qmgr",
    "tlsmgr unix - - n 1000? 1 tlsmgr",
    "rewrite unix - - n - - trivial-rewrite",
    "bounce unix - - n - 0 bounce",
    "defer unix - - n - 0 bounce",
    "trace unix - - n - 0 bounce",
    "verify unix - - n - 1 verify",
    "flush unix n - n 1000? 0 flush",
    "proxymap unix - - n - - proxymap",
    "smtp unix - - n - - smtp",
    "relay unix - - n - - smtp",
    "error unix - - n - - error",
    "retry unix - - n - - error",
    "discard unix - - n - - discard",
    "showq unix n - n - - showq",
    "anvil unix - - n - 1 anvil",
    "scache unix - - n - 1 scache",
    "postlog unix-dgram n - n - 1 postlogd",
)


class Postfix:
    """A context manager; all mail goes to the port `usual`, that of one domain to `other`."""

    def __init__(self, folder: Path, usual: int, domain: str, other: int) -> None:
        self.folder = folder
        with socket.create_server(("127.0.0.1", 0)) as taken:
            self.port = int(taken.getsockname()[1])
        for name in ("conf", "queue", "data", "log"):
            (folder / name).mkdir(parents=True)
        shutil.chown(folder / "data", "postfix")
        text = MAIN.format(folder=folder, usual=usual, domain=domain, other=other)
        (folder / "conf/main.cf").write_text(text)
        services = (f"127.0.0.1:{self.port} inet n - n - - smtpd", *SERVICES)
        (folder / "conf/master.cf").write_text("\n".join(services) + "\n")

    def __enter__(self) -> "Postfix":
        self.run("start")
        return self

    def __exit__(self, *_: object) -> None:
        self.run("stop")

    def run(self, word: str) -> None:
        """Tell this Postfix, and no other, to start or to stop."""
        command = ["/usr/sbin/postfix", "-c", str(self.folder / "conf"), word]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr + self.log()

    def log(self) -> str:
        """Return what it wrote down."""
        file = self.folder / "log/maillog"
        return file.read_text() if file.exists() else ""
