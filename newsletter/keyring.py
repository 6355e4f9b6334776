"""Secrets in files: the DKIM keys, made and read, what signs with them, the mailbox's password."""

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.errors import SettingsError
from newsletter.mail.imap import Mailbox
from newsletter.settings import FILE, Settings, read_settings

if TYPE_CHECKING:  # commands that sign nothing do not wait for the library
    from newsletter.actions.signing import Signing
    from newsletter.rendering.dkim import SigningKey

ALGORITHMS = ("rsa", "ed25519")


def signer(folder: Path, settings: Settings) -> "Signing | None":
    """Return what signs a message by the keys of the settings; None where there is no key.

    Raises SettingsError if a key cannot be used.
    """
    if not settings.dkim:
        return None
    from newsletter.actions.signing import Signing

    return Signing(signing_keys(folder, settings))


def signing_keys(folder: Path, settings: Settings) -> "tuple[SigningKey, ...]":
    """Return the keys in the order of the settings; raises SettingsError naming the file."""
    from newsletter.rendering.dkim_keys import read_key

    found = []
    for one in settings.dkim:
        file = folder / one.key
        try:
            found.append(read_key(one.domain.lower(), one.selector, file.read_bytes()))
        except OSError as error:
            raise SettingsError(
                f"{file}: the DKIM key of {one.domain} cannot be read: {error.strerror}; "
                "`newsletter dkim new` makes one"
            ) from error
        except ValueError as error:
            raise SettingsError(f"{file}: not usable as a DKIM key: {error}") from error
    return tuple(found)


def make_key(folder: Path, domain: str, selector: str, algorithm: str) -> "SigningKey":
    """Make a key, write it and its table of the settings, and return it.

    Raises SettingsError if there is a key of that selector, or a file cannot be written.
    """
    from newsletter.rendering.dkim_keys import new_key, read_key

    settings = read_settings(folder)
    taken = any((one.domain.lower(), one.selector) == (domain, selector) for one in settings.dkim)
    place = Path("config") / f"{selector}.dkim.key"
    if taken or (folder / place).exists():
        raise SettingsError(
            f"{folder / place}: selector {selector} has a key already; choose another selector, "
            "for mails under way are still verified by the old key"
        )
    pem = new_key(algorithm)
    write_private(folder / place, pem)
    table = f'\n[[dkim]]\ndomain = "{domain}"\nselector = "{selector}"\nkey = "{place}"\n'
    file = folder / FILE
    before = file.read_text("utf-8")
    # At the end, where a table cannot change what the lines before it mean.
    file.write_text(before + ("" if before.endswith("\n") or not before else "\n") + table, "utf-8")
    keep_out(folder)
    return read_key(domain, selector, pem)


def write_private(file: Path, octets: bytes) -> None:
    """Write a new file that its owner alone may read; raises SettingsError."""
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise SettingsError(f"{file}: cannot be written: {error.strerror}") from error
    with os.fdopen(handle, "wb") as out:
        out.write(octets)


def keep_out(folder: Path) -> None:
    """See that git does not take private keys."""
    file = folder / ".gitignore"
    text = file.read_text("utf-8") if file.exists() else ""
    if not re.search(r"^(?:/?config/)?\*\.key$", text, re.M):
        ending = "" if text.endswith("\n") or not text else "\n"
        file.write_text(f"{text}{ending}config/*.key\n", "utf-8")


def mailbox(folder: Path, settings: Settings) -> Mailbox:
    """Return the IMAP box of the settings.

    Raises SettingsError if there is none, or its password's file is gone.
    """
    chosen = settings.bounces
    if not chosen.imap_host:
        raise SettingsError("bounces.imap_host is empty: say in the settings where the box is")
    password = chosen.imap_password
    if not password and chosen.imap_password_file:
        file = folder / chosen.imap_password_file
        try:
            password = file.read_text("utf-8").strip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(
                f"{file}: cannot be read; see bounces.imap_password_file"
            ) from error
    return Mailbox(
        host=chosen.imap_host,
        port=chosen.imap_port,
        security=chosen.imap_security,
        user=chosen.imap_user,
        password=password,
        folder=chosen.imap_folder,
        ca_file=str(folder / Path(chosen.imap_ca_file).expanduser()) if chosen.imap_ca_file else "",
    )
