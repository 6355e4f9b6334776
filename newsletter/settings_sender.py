"""The sender's tables of the settings file -> what contradicts itself in them, told in one line."""

import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from newsletter.domain.subscriber import normal_domain
from newsletter.errors import AddressError
from newsletter.settings_tables import DomainSettings, RelaySettings, SenderSettings

# What is of the one relay, and with several is said of each.
OF_ONE = ("host", "port", "security", "user", "password", "ca_file")
# As it can stand in a variable of the environment, where "__" parts the names.
RELAY_NAME = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*")
SLOWEST = 0.001  # mails a second: four an hour
LIMITS = ("connections", "per_second", "per_day")
NAMED: dict[str, type[BaseModel]] = {"relays": RelaySettings, "domains": DomainSettings}


def shapes(own: Mapping[str, Any]) -> dict[str, Any]:
    """Return for each relay and domain that the file names the defaults of its keys."""
    sender = own.get("sender")
    if not isinstance(sender, Mapping):
        return {}
    found: dict[str, Any] = {}
    for table, model in NAMED.items():
        plain = {
            name: "" if field.is_required() else field.default
            for name, field in model.model_fields.items()
        }
        named = sender.get(table)
        found[table] = dict.fromkeys(named, plain) if isinstance(named, Mapping) else {}
    return {"sender": found}


def contradictions(sender: SenderSettings) -> Iterator[str]:
    """Yield what cannot be meant."""
    if sender.relays:
        usual = SenderSettings()
        for name in (*OF_ONE, *LIMITS):
            if getattr(sender, name) != getattr(usual, name):
                first = next(iter(sender.relays))
                yield (
                    f"sender.{name}: with several relays it is said of each, "
                    f"as sender.relays.{first}.{name}"
                )
    yield from of_speed(sender)
    if sender.kind == "sendmail" and (why := unfit(sender.command)):
        yield f"sender.command = {sender.command!r}: {why}; expected a program and its options"
    for name in sender.relays:
        if not RELAY_NAME.fullmatch(name):
            text = "a relay's name is of small letters, digits, and . _ - between them"
            yield f"sender.relays.{name}: {text}"
    for name, one in sender.domains.items():
        key = f'sender.domains."{name}"'
        try:
            normal = normal_domain(name, name)
        except AddressError:
            yield f"{key}: that is no domain; expected the part after the @, such as example.org"
            continue
        if normal != name:
            yield f'{key}: write it as it stands in the stored addresses: "{normal}"'
        if not one.per_second and not one.connections:
            yield f"{key}: it limits nothing; set per_second or connections"


def of_speed(sender: SenderSettings) -> Iterator[str]:
    """Yield the limits a second that are nearly none, which is not what 0 means."""
    tables: dict[str, SenderSettings | RelaySettings | DomainSettings] = {"sender": sender}
    tables |= {f"sender.relays.{name}": one for name, one in sender.relays.items()}
    tables |= {f'sender.domains."{name}"': one for name, one in sender.domains.items()}
    for key, one in tables.items():
        if 0 < one.per_second < SLOWEST:
            text = f"expected {SLOWEST} or more, or 0 for no limit"
            yield f"{key}.per_second = {one.per_second!r}: {text}"


def unfit(command: str) -> str:
    """Return why these words name no program, "" if they do."""
    try:
        return "" if any(shlex.split(command)[:1]) else "it names no program"
    except ValueError:
        return "a quote is opened and not closed, or a backslash stands last"
