"""The tables of the settings file that are about mail coming back and signatures."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Port = Annotated[int, Field(ge=1, le=65535)]


class Section(BaseModel):
    """A table of the settings file: no unknown key, no change after reading, no silent cast."""

    model_config = ConfigDict(extra="forbid", frozen=True)


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
