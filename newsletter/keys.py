"""The secret keys of link tokens: from config/secret.key or the environment, made if missing."""

import os
import secrets
from pathlib import Path

from newsletter.errors import SettingsError

VARIABLE = "NEWSLETTER_SECRET_KEY"
FILE = Path("config/secret.key")
KEY_OCTETS = 32


def secret_keys(folder: Path, is_new: bool = True) -> tuple[bytes, ...]:
    """Return the keys of tokens, newest first, each a line of hex; makes the first one if none is.

    `NEWSLETTER_SECRET_KEY` (keys separated by spaces) wins over config/secret.key.
    """
    text = os.environ.get(VARIABLE, "")
    file = folder / FILE
    if not text:
        if not file.exists() and not is_new:
            raise SettingsError(
                f"{file} is missing: it signed the links of all mails so far. Put it back; if "
                "it is lost, set NEWSLETTER_SECRET_KEY to 64 hex digits; old links are dead then"
            )
        if not file.exists():
            write_secret_key(file)
        try:
            text = file.read_text("ascii", "replace")
        except OSError as error:
            why = f"cannot be read: {error.strerror}; give it to the user who runs the newsletter"
            raise SettingsError(f"{file}: {why}") from error
    try:
        keys = tuple(bytes.fromhex(line) for line in text.split())
    except ValueError as error:
        raise SettingsError(f"{file}: expected a key of hexadecimal digits a line") from error
    if not keys or any(len(one) not in range(16, 65) for one in keys):
        raise SettingsError(f"{file}: expected keys of 32 to 128 hexadecimal digits")
    return keys


def write_secret_key(file: Path) -> None:
    """Write a new random key, readable by its owner alone; an existing one is never touched."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise SettingsError(f"{file}: cannot be written: {error.strerror}") from error
    with os.fdopen(handle, "w") as out:
        out.write(secrets.token_hex(KEY_OCTETS) + "\n")
