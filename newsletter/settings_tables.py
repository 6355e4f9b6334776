"""Tables of the settings file: the way out, mail that comes back, signatures, models' words."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Port = Annotated[int, Field(ge=1, le=65535)]
# 0 is no limit. Beyond these nobody means it, and a second or a day could not be counted.
PerSecond = Annotated[float, Field(ge=0, le=100_000, allow_inf_nan=False)]
PerDay = Annotated[int, Field(ge=0, le=1_000_000_000)]


class Section(BaseModel):
    """A table of the settings file: no unknown key, no change after reading, no silent cast."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ComposeSettings(Section):
    """How issues are made."""

    first_days: int = Field(default=7, ge=1, le=366)


class LintSettings(Section):
    """What the check before an edition's first mail lets through."""

    allow: tuple[str, ...] = ()


class RelaySettings(Section):
    """One of several relays."""

    host: str = Field(min_length=1)
    port: Port = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password: str = Field(default="", repr=False)
    ca_file: str = ""
    connections: int = Field(default=4, ge=1, le=64)
    per_second: PerSecond = 0.0
    per_day: PerDay = 0
    priority: int = Field(default=1, ge=1, le=9)


class DomainSettings(Section):
    """How fast mails may go to the recipients of one domain."""

    per_second: PerSecond = 0.0
    connections: int = Field(default=0, ge=0, le=64)  # 0: no limit


class SenderSettings(Section):
    """The way out."""

    kind: Literal["outbox", "maildir", "smtp", "sendmail"] = "outbox"
    from_address: str = "newsletter@example.org"
    from_name: str = ""
    reply_to: str = ""
    envelope_sender: str = ""
    envelope: Literal["fixed", "plus", "verp"] = "fixed"
    host: str = "localhost"
    port: Port = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password: str = Field(default="", repr=False)
    ca_file: str = ""
    maildir: str = "outbox/Maildir"
    command: str = Field(default="/usr/sbin/sendmail", min_length=1)
    connections: int = Field(default=4, ge=1, le=64)
    per_second: PerSecond = 0.0  # 0: as fast as it goes
    per_day: PerDay = 0
    relays: dict[str, RelaySettings] = {}  # several, by name, instead of the one above
    domains: dict[str, DomainSettings] = {}


class BouncesSettings(Section):
    """Where mail comes back, and when soft bounces are enough."""

    threshold_days: int = Field(default=5, ge=1, le=100)
    forget_after_days: int = Field(default=7, ge=1, le=365)
    imap_host: str = ""
    imap_port: Port = 993
    imap_security: Literal["tls", "starttls", "none"] = "tls"
    imap_user: str = ""
    imap_password: str = Field(default="", repr=False)
    imap_password_file: str = ""
    imap_folder: str = Field(default="INBOX", min_length=1)
    imap_ca_file: str = ""


class DkimSettings(Section):
    """A key that signs the mails."""

    domain: str = Field(min_length=1)
    selector: str = Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9.-]{0,61}[A-Za-z0-9])?$")
    key: str = Field(min_length=1)  # the private key's file, from the folder


class SummarySettings(Section):
    """A language model that writes the sentences; off while there is no endpoint."""

    endpoint: str = Field(default="", pattern=r"^(https?://[^\s]+)?$")
    model: str = ""
    key: str = Field(default="", repr=False)
    timeout_seconds: float = Field(default=60.0, gt=0, le=600)
    batch: int = Field(default=8, ge=1, le=50)
    concurrency: int = Field(default=4, ge=1, le=32)
    papers_per_run: int = Field(default=1000, ge=1)
    tokens_per_run: int = Field(default=1_000_000, ge=1)
