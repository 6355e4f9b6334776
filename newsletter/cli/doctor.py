"""`newsletter doctor`: what stands between the mails and their readers."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from newsletter.cli.common import FAILED, Json, chosen, emit, say

if TYPE_CHECKING:
    from newsletter.actions.doctor import Finding, PublishedKey
    from newsletter.mail.dns import Resolver
    from newsletter.settings import Settings

SIGNS = {"ok": "ok  ", "warning": "warn", "error": "FAIL", "unknown": "?   "}


def doctor(
    resolver: Annotated[
        str, typer.Option(help="A name server, HOST or HOST:PORT; else the system's.")
    ] = "",
    offline: Annotated[
        bool, typer.Option("--offline", help="Ask neither DNS nor servers; --loop alone does.")
    ] = False,
    loop: Annotated[
        str, typer.Option(help="Send one mail to this address and compare what comes back.")
    ] = "",
    maildir: Annotated[
        Path | None, typer.Option(help="Where it comes back; else the IMAP box of the settings.")
    ] = None,
    wait: Annotated[float, typer.Option(min=0, help="Seconds to wait for it.")] = 60.0,
    as_json: Json = False,
) -> None:
    """Look at settings, keys, DNS (DKIM, SPF, DMARC, MX) and the relay.

    Nothing is sent but by --loop. Each finding says what to do. Exit 1 if there is an error; what
    could not be asked is none.

    Examples: `newsletter doctor`, `newsletter doctor --resolver 9.9.9.9`,
    `newsletter doctor --loop me@example.org --maildir ~/Maildir`
    """
    from newsletter.cli.looping import looped
    from newsletter.domain.subscriber import normal_address
    from newsletter.mail import dns
    from newsletter.settings import read_settings

    address = normal_address(loop) if loop else ""
    try:
        ask = None if offline else dns.resolver(resolver)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--resolver") from error
    folder = chosen["folder"]
    settings = read_settings(folder)
    found = list(findings(folder, settings, ask))
    if address:
        found += looped(address, maildir, wait)
    counts = {level: sum(one.level == level for one in found) for level in SIGNS}
    if as_json:
        rows = [{"check": one.check, "level": one.level, "text": one.text} for one in found]
        names = {"error": "errors", "warning": "warnings", "unknown": "unknown"}
        emit({"findings": rows, **{names[one]: counts[one] for one in names}})
    else:
        for one in found:
            say(f"{SIGNS[one.level]} {one.check}: {one.text}")
    if counts["error"]:
        raise typer.Exit(FAILED)


def findings(folder: Path, settings: "Settings", ask: "Resolver | None") -> "Iterator[Finding]":
    """Yield all findings, those of the folder first; no others without whom to ask."""
    from newsletter.actions import doctor as checks

    sender, site = settings.sender, settings.site
    outbox = sender.kind in ("outbox", "maildir")
    yield from checks.settings(sender.from_address, site.url, site.postal_address, outbox)
    yield from of_files(folder, settings)
    yield from of_database(folder, settings, offline=ask is None)
    yield from of_sender(folder, settings)
    yield from of_link_keys(folder)
    yield of_embedder(folder, settings)
    keys, broken = published(folder, settings)
    yield from broken
    if ask is None:
        return
    from_domain = sender.from_address.rpartition("@")[2]
    bounce_domain = (sender.envelope_sender or sender.from_address).rpartition("@")[2]
    yield from checks.dns(ask, from_domain, bounce_domain, keys)
    if sender.kind == "smtp":
        yield from of_relay(folder, settings)
    if settings.bounces.imap_host:
        yield of_mailbox(folder, settings)


def of_files(folder: Path, settings: "Settings") -> "Iterator[Finding]":
    """Yield whether others may read the keys, the passwords and the addresses."""
    from newsletter.actions import doctor as checks
    from newsletter.app import store_of
    from newsletter.settings import FILE, read_toml

    secrets = [Path("config/secret.key"), *(Path(one.key) for one in settings.dkim)]
    if holds_password(read_toml(folder / FILE)):
        secrets.append(FILE)
    there = [one for one in secrets if (folder / one).exists()]
    yield from checks.files({str(one): (folder / one).stat().st_mode for one in there})
    store = store_of(folder, settings)
    ours = [one for one in (store.file, folder / "outbox") if one and one.exists()]
    store.close()
    yield from checks.readable({str(one): one.stat().st_mode for one in ours})


def holds_password(tables: Mapping[str, Any]) -> bool:
    """Return whether a password stands in the settings' file itself."""
    url = str(tables.get("database", {}).get("url", ""))
    has_key = tables.get("summary", {}).get("key") or re.search("//[^@/]*:[^@/]+@", url)
    return bool(has_key) or names_password(tables)


def names_password(table: Mapping[str, Any]) -> bool:
    """Return whether a password is set in a table, or in one within it."""
    return any(
        names_password(value) if isinstance(value, Mapping) else value and name.endswith("password")
        for name, value in table.items()
    )


def of_sender(folder: Path, settings: "Settings") -> "Iterator[Finding]":
    """Yield whether mails can be left where the settings say, if that is on this machine."""
    import shlex

    from newsletter.actions import doctor as checks

    sender = settings.sender
    if sender.kind == "sendmail":
        yield checks.command(shlex.split(sender.command))
    elif sender.kind == "maildir":
        yield checks.place("sender.maildir", folder / sender.maildir)
    elif sender.kind == "outbox":
        yield checks.place("outbox", folder / "outbox")


def of_database(folder: Path, settings: "Settings", offline: bool) -> "Iterator[Finding]":
    """Yield whether the database can be read, and may send; one on a server only if not offline."""
    from newsletter import lock
    from newsletter.actions.doctor import Finding, Level
    from newsletter.app import store_of
    from newsletter.errors import StoreError

    store = store_of(folder, settings)
    try:
        lock.check_presence(folder, store.file)
        if (store.file and not store.file.exists()) or (offline and not store.file):
            return  # it is not made by looking
        why = lock.pause(store, folder)
    except StoreError as error:
        why = str(error)
    finally:
        store.close()
    if why:
        yield Finding("database", Level.ERROR, why)
    else:
        yield Finding("database", Level.OK, "it is the one that last sent from this folder")


def of_link_keys(folder: Path) -> "Iterator[Finding]":
    """Yield what is wrong with the keys of the links, which `init` makes."""
    from newsletter.actions.doctor import Finding, Level
    from newsletter.errors import SettingsError
    from newsletter.keys import secret_keys

    try:
        secret_keys(folder, is_new=False)
    except SettingsError as error:
        yield Finding("link_key", Level.ERROR, str(error))


def of_embedder(folder: Path, settings: "Settings") -> "Finding":
    """Return whether the embedder of the settings makes vectors."""
    from newsletter.actions.doctor import Finding, Level
    from newsletter.embedders import open_embedder
    from newsletter.errors import ModelError

    try:
        embedder = open_embedder(settings.ranking.embedder, folder)
        embedder.embed(["a text"])  # reads its weights
    except ModelError as error:
        return Finding("embedder", Level.ERROR, str(error))
    return Finding("embedder", Level.OK, embedder.name)


def published(folder: Path, settings: "Settings") -> "tuple[list[PublishedKey], list[Finding]]":
    """Return the keys as they should stand in DNS, and what is wrong with their files."""
    from newsletter.actions.doctor import Finding, Level, PublishedKey
    from newsletter.errors import SettingsError
    from newsletter.keyring import signing_keys

    if not settings.dkim:
        return [], []
    from newsletter.rendering import dkim_keys

    try:
        held = signing_keys(folder, settings)
    except SettingsError as error:
        return [], [Finding("dkim", Level.ERROR, str(error))]
    return [
        PublishedKey(
            domain=one.domain,
            name=dkim_keys.name(one),
            public=dkim_keys.public(one),
            is_rsa=one.algorithm == "rsa-sha256",
            bits=dkim_keys.bits(one),
        )
        for one in held
    ], []


def of_relay(folder: Path, settings: "Settings") -> "Iterator[Finding]":
    """Yield what the relay shows, or each of them."""
    from newsletter.actions import doctor as checks
    from newsletter.actions.doctor import Finding, Level
    from newsletter.app import now_utc
    from newsletter.errors import SenderError
    from newsletter.mail.probe import look
    from newsletter.ways import relays

    for relay in relays(settings.sender, folder):
        try:
            seen = look(relay)
        except SenderError as error:
            yield Finding("relay", Level.ERROR, str(error))
            continue
        for one in checks.relay(seen, now_utc()):
            text = f"{relay.name}: {one.text}" if relay.name else one.text
            yield replace(one, text=text)


def of_mailbox(folder: Path, settings: "Settings") -> "Finding":
    """Return whether the box of bounces can be entered."""
    from newsletter.actions.doctor import Finding, Level
    from newsletter.errors import SenderError
    from newsletter.keyring import mailbox
    from newsletter.mail import imap

    box = mailbox(folder, settings)
    try:
        with imap.opened(box):
            return Finding("bounce_box", Level.OK, f"{box}: entered")
    except SenderError as error:
        return Finding("bounce_box", Level.ERROR, str(error))
