"""The operator's choices: config/newsletter.toml and the environment, read once and frozen."""

import difflib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings import SettingsError as UnreadableVariable

from newsletter.domain.edition import Cadence, Schedule, is_zone
from newsletter.domain.subscriber import Detail, Preferences, normal_address
from newsletter.errors import AddressError, SettingsError
from newsletter.settings_sender import NAMED, contradictions, shapes
from newsletter.settings_tables import (
    BouncesSettings,
    ComposeSettings,
    DkimSettings,
    LintSettings,
    Section,
    SenderSettings,
    SummarySettings,
)

PREFIX = "NEWSLETTER_"
FILE = Path("config/newsletter.toml")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
TYPES = {
    str: "a text in quotes",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    list: "a list in [brackets]",
    dict: "a table",
}


class SiteSettings(Section):
    """Who writes."""

    name: str = Field(default="Paper Letter", min_length=1, max_length=80)
    url: str = Field(default="", pattern=r"^(https?://[^\s/]+(/[^\s]*[^\s/])?)?$")
    postal_address: str = ""
    operator: str = ""
    language: str = Field(default="en", pattern=r"^[a-z]{2}([-_][A-Za-z]{2,4})?$")


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
    detail: Detail = Detail.USUAL

    def preferences(self) -> Preferences:
        """Return them as the noun."""
        days = tuple(WEEKDAYS.index(day) for day in self.weekdays)
        schedule = Schedule(self.cadence, days, self.hour, self.minute, self.zone)
        return Preferences(schedule, self.length, detail=self.detail)


class RankingSettings(Section):
    """How papers are compared."""

    # A path says so by a stroke, so that a model's name written wrong is not taken for one.
    embedder: str = Field(default="auto", pattern=r"^(auto|static|minilm|.*/.*)$")


class FeedSettings(Section):
    """A feed to visit."""

    name: str = Field(min_length=1)
    url: str = Field(min_length=1)
    reader: Literal[
        "", "rss", "arxiv-rss", "arxiv-api", "huggingface-daily", "huggingface-listing", "jsonl",
        "json-feed", "arxiv-oai", "biorxiv", "pubmed", "bibtex", "ris",
    ] = ""  # fmt: skip
    poll_every_minutes: int = Field(default=120, ge=5)


ROWS: dict[str, type[BaseModel]] = {"feeds": FeedSettings, "dkim": DkimSettings, **NAMED}


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
    ranking: RankingSettings = RankingSettings()
    compose: ComposeSettings = ComposeSettings()
    summary: SummarySettings = SummarySettings()
    lint: LintSettings = LintSettings()
    bounces: BouncesSettings = BouncesSettings()
    dkim: tuple[DkimSettings, ...] = ()
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
    own, base = read_toml(file), read_toml(defaults() / FILE)
    check_types(file, own, merged(base, shapes(own)))
    try:
        settings = Settings(**merged(base, own))
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


def check_types(file: Path, own: Any, base: Any, key: str = "") -> None:
    """Raise SettingsError where a value is of another type than the default beside it.

    Pydantic would read the text "587" as a number, as it must for the environment; in a file the
    quotes are a mistake that is better told.
    """
    if isinstance(own, Mapping) and isinstance(base, Mapping):
        for name in own.keys() & base.keys():
            check_types(file, own[name], base[name], f"{key}.{name}" if key else name)
    elif isinstance(own, list) and isinstance(base, list):
        for place, one in enumerate(own if base else ()):
            check_types(file, one, base[0], f"{key}.{place}")
    elif type(own) is not type(base) and (type(own), type(base)) != (int, float):
        shown = "(not shown)" if key.endswith("password") else repr(own)[:80]
        each = f" for each, [{key}.NAME]" if key.rpartition(".")[2] in NAMED else ""
        raise SettingsError(f"{file}: {key} = {shown}: expected {TYPES[type(base)]}{each}")


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
    given = "(not shown)" if key.endswith("password") else repr(first["input"])[:80]
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
        inner = ROWS.get(step) or fields[step].annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            fields = inner.model_fields
    found = difflib.get_close_matches(str(path[-1]), fields, n=1)
    return ".".join([*(str(one) for one in path[:-1]), *found]) if found else ""


def normal(settings: Settings) -> Settings:
    """Return the settings with each address in its normal form, in which it can stand in a mail."""
    names = ("from_address", "reply_to", "envelope_sender")
    given = {name: getattr(settings.sender, name) for name in names}
    addresses = {name: normal_address(text) for name, text in given.items() if text}
    operator = normal_address(settings.site.operator) if settings.site.operator else ""
    site = settings.site.model_copy(update={"operator": operator})
    sender = settings.sender.model_copy(update=addresses)
    return settings.model_copy(update={"sender": sender, "site": site})


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
    for complaint in contradictions(sender):
        raise SettingsError(f"{file}: {complaint}")
    try:
        _ = normal_address(settings.site.operator) if settings.site.operator else ""
    except AddressError as error:
        raise SettingsError(f"{file}: site.operator: {error}") from error
    if settings.summary.endpoint and not settings.summary.model:
        raise SettingsError(f"{file}: summary.model is missing: which model the endpoint is to use")
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
