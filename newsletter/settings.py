"""The operator's choices: config/newsletter.toml and the environment, read once and frozen."""

import difflib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings import SettingsError as UnreadableVariable

from newsletter.domain.edition import Cadence, Schedule, is_zone
from newsletter.domain.profile import Topic, to_topic
from newsletter.domain.subscriber import Preferences, normal_address
from newsletter.errors import AddressError, SettingsError

PREFIX = "NEWSLETTER_"
FILE = Path("config/newsletter.toml")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
Port = Annotated[int, Field(ge=1, le=65535)]


class Section(BaseModel):
    """A table of the settings file: no unknown key, no change after reading, no silent cast."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SiteSettings(Section):
    """Who writes."""

    name: str = Field(default="Paper Letter", min_length=1, max_length=80)
    url: str = Field(default="", pattern=r"^(https?://[^\s/]+(/[^\s]*[^\s/])?)?$")
    postal_address: str = ""


class SenderSettings(Section):
    """The way out."""

    kind: Literal["outbox", "smtp"] = "outbox"
    from_address: str = "newsletter@example.org"
    from_name: str = ""
    reply_to: str = ""
    envelope_sender: str = ""
    host: str = "localhost"
    port: Port = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password: str = Field(default="", repr=False)
    ca_file: str = ""


class DatabaseSettings(Section):
    """The store."""

    url: str = ""


class IngestSettings(Section):
    """Limits on fetching."""

    timeout_seconds: float = Field(default=60.0, gt=0, le=3600)
    max_megabytes: int = Field(default=20, ge=1, le=2000)
    max_pages: int = Field(default=10, ge=1, le=1000)
    allowed_hosts: tuple[str, ...] = ()
    user_agent: str = ""


class PreferencesSettings(Section):
    """What a new subscriber starts with."""

    cadence: Cadence = Cadence.DAILY
    weekdays: tuple[Weekday, ...] = Field(default=("monday",), min_length=1)
    hour: int = Field(default=7, ge=0, le=23)
    minute: int = Field(default=0, ge=0, le=59)
    zone: str = "UTC"
    length: int = Field(default=7, ge=1, le=40)

    def preferences(self) -> Preferences:
        """Return them as the noun."""
        days = tuple(WEEKDAYS.index(day) for day in self.weekdays)
        schedule = Schedule(self.cadence, days, self.hour, self.minute, self.zone)
        return Preferences(schedule, self.length)


class ComposeSettings(Section):
    """How issues are made."""

    first_days: int = Field(default=7, ge=1, le=366)


class FeedSettings(Section):
    """A feed to visit."""

    name: str = Field(min_length=1)
    url: str = Field(min_length=1)
    reader: Literal[
        "", "rss", "arxiv-rss", "arxiv-api", "huggingface-daily", "huggingface-listing", "jsonl",
        "json-feed", "arxiv-oai", "biorxiv", "pubmed", "bibtex", "ris",
    ] = ""  # fmt: skip
    poll_every_minutes: int = Field(default=120, ge=5)


class Settings(BaseSettings):
    """All of it."""

    model_config = SettingsConfigDict(
        extra="forbid", frozen=True, env_prefix=PREFIX, env_nested_delimiter="__"
    )

    site: SiteSettings = SiteSettings()
    sender: SenderSettings = SenderSettings()
    database: DatabaseSettings = DatabaseSettings()
    ingest: IngestSettings = IngestSettings()
    preferences: PreferencesSettings = PreferencesSettings()
    compose: ComposeSettings = ComposeSettings()
    feeds: tuple[FeedSettings, ...] = ()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003, the signature is pydantic's
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let the environment win over the files, which come in as arguments."""
        return env_settings, init_settings


def defaults() -> Path:
    """Return the folder that holds the default templates/ and config/."""
    package = Path(__file__).parent
    shipped = package / "_defaults"  # in a wheel
    return shipped if shipped.is_dir() else package.parent


def read_settings(folder: Path) -> Settings:
    """Return the folder's settings over the defaults, the environment over both.

    Raises SettingsError, one line with file, key and what is expected.
    """
    file = folder / FILE
    if not file.is_file():
        raise SettingsError(
            f"{file}: there is no newsletter in this folder; `newsletter init {folder}` makes one"
        )
    own = read_toml(file)
    try:
        settings = Settings(**merged(read_toml(defaults() / FILE), own))
    except ValidationError as error:
        raise SettingsError(explained(file, own, error)) from error
    except UnreadableVariable as error:
        name = PREFIX + str(error).split('"')[1].upper()  # the field stands there in quotes
        raise SettingsError(
            f"the environment, {name}: expected JSON, or one key as {name}__KEY"
        ) from error
    check_meaning(file, settings)
    return normal(settings)


def read_toml(file: Path) -> dict[str, Any]:
    """Return the file's tables; raises SettingsError naming file, line and what is wrong."""
    try:
        return tomllib.loads(file.read_text("utf-8-sig"))  # some editors write a mark first
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{file}: not readable as TOML: {error}") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{file}: byte {error.start} is not UTF-8; save it as UTF-8") from error
    except OSError as error:
        raise SettingsError(f"{file}: cannot be read: {error.strerror}") from error


def merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return `under` with the keys of `over` put over it, table by table; lists are replaced."""
    result = dict(under)
    for name, value in over.items():
        below = result.get(name)
        both = isinstance(below, Mapping) and isinstance(value, Mapping)
        result[name] = merged(below, value) if both and below is not None else value
    return result


def explained(file: Path, own: Mapping[str, Any], error: ValidationError) -> str:
    """Return the first complaint as one line; a key that no file has came by the environment."""
    first = error.errors()[0]
    key = ".".join(str(one) for one in first["loc"])
    place = str(file)
    if not stands_in(own, first["loc"]) and first["type"] != "missing":
        place = f"the environment, {PREFIX}{'__'.join(str(one) for one in first['loc']).upper()}"
    if first["type"] == "extra_forbidden":
        near = nearest(first["loc"])
        return f"{place}: unknown key {key}" + (f"; did you mean {near}?" if near else "")
    if first["type"] == "missing":
        return f"{place}: {key} is missing"
    wanted = first["msg"][0].lower() + first["msg"][1:]
    given = "(not shown)" if key.endswith("password") else repr(first["input"])
    return f"{place}: {key} = {given}: {wanted}"


def stands_in(own: Any, path: tuple[int | str, ...]) -> bool:
    """Return whether the file itself has the key."""
    for step in path:
        try:
            own = own[step]
        except (KeyError, IndexError, TypeError):
            return False
    return True


def nearest(path: tuple[int | str, ...]) -> str:
    """Return the known key most like the unknown one, "" if none is."""
    fields = Settings.model_fields
    for step in path[:-1]:
        if isinstance(step, int) or step not in fields:
            continue
        inner = FeedSettings if step == "feeds" else fields[step].annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            fields = inner.model_fields
    found = difflib.get_close_matches(str(path[-1]), fields, n=1)
    return ".".join([*(str(one) for one in path[:-1]), *found]) if found else ""


def normal(settings: Settings) -> Settings:
    """Return the settings with each address in its normal form, in which it can stand in a mail."""
    names = ("from_address", "reply_to", "envelope_sender")
    given = {name: getattr(settings.sender, name) for name in names}
    addresses = {name: normal_address(text) for name, text in given.items() if text}
    return settings.model_copy(update={"sender": settings.sender.model_copy(update=addresses)})


def check_meaning(file: Path, settings: Settings) -> None:
    """Raise SettingsError for values of the right type that cannot work."""
    sender = settings.sender
    for name in ("from_address", "reply_to", "envelope_sender"):
        address = getattr(sender, name)
        try:
            if address or name == "from_address":
                normal_address(address)
        except AddressError as error:
            raise SettingsError(f"{file}: sender.{name}: {error}") from error
    if not is_zone(settings.preferences.zone):
        raise SettingsError(
            f"{file}: preferences.zone = {settings.preferences.zone!r}: no such time zone; "
            "expected a name such as Europe/Berlin"
        )
    for field in ("name", "url"):
        values = [getattr(feed, field) for feed in settings.feeds]
        twice = next((one for one in values if values.count(one) > 1), None)
        if twice:
            told = "are named" if field == "name" else "have the address"
            raise SettingsError(f"{file}: feeds: two feeds {told} {twice!r}")


def read_topics(folder: Path) -> tuple[Topic, ...]:
    """Return the catalogue: the folder's config/topics.toml, else the default one."""
    file = folder / "config/topics.toml"
    file = file if file.is_file() else defaults() / "config/topics.toml"
    tables = read_toml(file)
    for name in tables.keys() - {"topics"}:
        raise SettingsError(f"{file}: unknown key {name}; did you mean topics?")
    entries = tables.get("topics", [])
    if not isinstance(entries, list):
        raise SettingsError(f"{file}: topics: expected [[topics]] tables")
    found = [checked_topic(file, number, entry) for number, entry in enumerate(entries, 1)]
    names = [topic.name for topic in found]
    for number, name in enumerate(names, 1):
        if name in names[: number - 1]:
            raise SettingsError(f"{file}: topics[{number}]: two topics are named {name!r}")
    return tuple(found)


def checked_topic(file: Path, number: int, entry: object) -> Topic:
    """Return the entry as a topic; raises SettingsError naming the key."""
    named = isinstance(entry, dict) and entry.get("name")
    if not isinstance(entry, dict) or not isinstance(named, str) or not named.strip():
        raise SettingsError(f'{file}: topics[{number}]: expected name = "..."')
    for name, value in entry.items():
        place = f"{file}: topic {entry['name']!r}: {name}"
        if name not in Topic.__dataclass_fields__:
            near = difflib.get_close_matches(name, Topic.__dataclass_fields__, n=1)
            raise SettingsError(
                f"{place}: unknown key" + "".join(f"; did you mean {one}?" for one in near)
            )
        text = name in ("name", "description")
        good = isinstance(value, str) if text else is_list_of_text(value)
        if not good:
            raise SettingsError(f"{place}: expected " + ("a text" if text else "a list of texts"))
    return to_topic(entry)


def is_list_of_text(value: object) -> bool:
    """Return whether it is a list of strings."""
    return isinstance(value, list) and all(isinstance(one, str) for one in value)
