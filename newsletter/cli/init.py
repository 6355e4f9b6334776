"""`newsletter init`: a folder with settings, a key and a database."""

from pathlib import Path
from typing import Annotated

import typer

from newsletter.cli.common import Json, chosen, emit, say
from newsletter.errors import NewsletterError

IGNORED = """\
newsletter.db*
newsletter.lock
config/*.key
outbox/*
"""


def init(
    folder: Annotated[Path, typer.Argument(help="The folder; made if it is not there.")] = Path(),
    ask: Annotated[bool, typer.Option("--ask", help="Ask for name, feed and server.")] = False,
    as_json: Json = False,
) -> None:
    """Make a newsletter: config/, a secret key, a database and an outbox. Nothing is overwritten.

    Examples: `newsletter init letter`, `newsletter init letter --ask`
    """
    from newsletter.keys import write_secret_key
    from newsletter.settings import FILE, defaults

    folder = folder if folder != Path() else chosen["folder"]
    target = folder / FILE
    if target.exists():
        text = f"{folder} is a newsletter already ({target}); nothing was changed"
        raise NewsletterError(text)
    text = (defaults() / FILE).read_text("utf-8")
    if ask:
        text = answered(text)
    try:
        for name in ("config", "templates"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / "outbox").mkdir(mode=0o700, exist_ok=True)  # it holds addresses
        target.write_text(text, "utf-8")
        if not (folder / ".gitignore").exists():
            (folder / ".gitignore").write_text(IGNORED, "utf-8")
    except OSError as error:
        text = f"{error.filename}: cannot be written: {error.strerror}"
        raise NewsletterError(text) from error
    if not (folder / "config/secret.key").exists():
        write_secret_key(folder / "config/secret.key")
    make_database(folder)
    if as_json:
        emit({"folder": str(folder), "settings": str(target)})
        return
    say(f"{folder} is a newsletter now. Next:")
    if folder != Path():
        say(f"  cd {folder}")
    say('  newsletter subscribers add you@example.org --topic "your topic"')
    say("  newsletter run            reads the feeds, makes issues, writes them to outbox/")
    say(f"  {FILE} holds feeds, name and mail server")


def make_database(folder: Path) -> None:
    """Create the tables; raises SettingsError or StoreError."""
    from newsletter.app import now_utc, open_app

    open_app(folder, now_utc()).close()


def answered(text: str) -> str:
    """Return the settings with the answers put in."""
    from newsletter.domain.subscriber import normal_address
    from newsletter.errors import AddressError

    name = typer.prompt("Name of the newsletter", default="Paper Letter")
    address = typer.prompt("Its address (From:)", default="newsletter@example.org")
    try:
        address = normal_address(address)
    except AddressError as error:
        raise typer.BadParameter(str(error)) from error
    categories = typer.prompt("arXiv categories", default="cs.LG+cs.CL+stat.ML")
    host = typer.prompt("SMTP server (empty: only write files)", default="", show_default=False)
    text = put(text, 'name = "Paper Letter"', f"name = {quoted(name)}")
    text = put(text, 'from_address = "newsletter@example.org"', f"from_address = {quoted(address)}")
    text = text.replace("cs.LG+cs.CL+stat.ML", categories.replace(" ", "+").replace(",", "+"))
    text = text.replace("cs.LG, cs.CL, stat.ML", categories.replace("+", ", "))
    if host:
        text = put(text, 'kind = "outbox"', 'kind = "smtp"')
        text = put(text, 'host = "localhost"', f"host = {quoted(host)}")
        user = typer.prompt("User name there (empty: no login)", default="", show_default=False)
        text = put(text, 'user = ""', f"user = {quoted(user)}")
    return text


def put(text: str, old: str, new: str) -> str:
    """Return the text with one line's value replaced."""
    return text.replace(f"\n{old}", f"\n{new}", 1)


def quoted(value: str) -> str:
    """Return a value as TOML writes it; its basic strings are JSON's."""
    import json

    return json.dumps(value, ensure_ascii=False)
