"""Every knob of the portal: read from the environment and `.env`, one sentence each."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import ip_network
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

MEGABYTE = 1024 * 1024


class Settings(BaseSettings):
    """The portal's settings; every name is read from the environment as `PORTAL_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix="PORTAL_", env_file=".env", extra="ignore", frozen=True)

    data_folder: Path = Field(Path("data"), description="Folder for the database, uploaded files and the secret key.")
    database_url: str = Field("", description="PostgreSQL address; empty means an SQLite file in the data folder.")
    base_url: str = Field(
        "http://localhost:8000", description="Address people use; every link in a mail starts with it."
    )
    host: str = Field("127.0.0.1", description="Network address the server listens on.")
    port: int = Field(8000, ge=1, le=65535, description="Port the server listens on.")
    secret_key: SecretStr = Field(
        SecretStr(""),
        description="Master secret of at least 32 characters; empty means one is made on first start.",
    )
    trusted_proxies: str = Field("", description="Addresses of reverse proxies whose X-Forwarded headers are believed.")
    hsts: bool = Field(True, description="Tell browsers to insist on https for a year (only sent on https).")

    portal_name_ja: str = Field("セキュリティ回答ポータル", description="Name of this portal in Japanese.")
    portal_name_en: str = Field("Vendor Security Answers", description="Name of this portal in English.")
    default_language: Literal["ja", "en"] = Field("ja", description="Language of people who have chosen none.")

    smtp_host: str = Field("", description="Mail server; empty means mails wait on the outbox page.")
    smtp_port: int = Field(587, ge=1, le=65535, description="Port of the mail server.")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="How the connection is protected."
    )
    smtp_user: str = Field("", description="Name to sign in to the mail server with; empty means none.")
    smtp_password: SecretStr = Field(SecretStr(""), description="Password for the mail server.")
    smtp_timeout: float = Field(20.0, gt=0, description="Seconds to wait for the mail server.")
    mail_from: str = Field("portal@localhost", description="Sender address of all mails.")

    imap_host: str = Field("", description="Mailbox to which mails come back (IMAP); empty means nobody reads it.")
    imap_port: int = Field(993, ge=1, le=65535, description="Port of the mailbox's server.")
    imap_security: Literal["tls", "starttls", "none"] = Field(
        "tls", description="How the connection to the mailbox is protected."
    )
    imap_user: str = Field("", description="Name to sign in to the mailbox with.")
    imap_password: SecretStr = Field(SecretStr(""), description="Password for the mailbox.")
    imap_folder: str = Field(
        "INBOX", description="Folder of the mailbox that is read; the portal deletes nothing in it."
    )
    imap_timeout: float = Field(20.0, gt=0, description="Seconds to wait for the mailbox's server.")
    heads_mail_to: str = Field(
        "", description="Address outside this machine that gets the signed ends of the log every day; empty means none."
    )

    upload_limit: int = Field(50 * MEGABYTE, description="Largest single upload, in bytes.")
    submission_quota: int = Field(200 * MEGABYTE, description="Largest sum of uploads for one submission, in bytes.")
    clinic_quota: int = Field(5 * 1024 * MEGABYTE, description="Largest sum of uploads for one clinic, in bytes.")
    disk_reserve: int = Field(200 * MEGABYTE, description="Free disk space below which uploads are refused, in bytes.")
    submission_file_limit: int = Field(60, description="Largest number of files for one submission.")

    known_issuers: str = Field(
        "", description="Public keys of portals whose answer files are called known, separated by blanks."
    )
    invitation_days: int = Field(14, ge=1, le=60, description="Days an invitation link works.")
    member_invitations_per_day: int = Field(20, description="Invitations a member may send in a day one by one.")
    clinic_invitations_per_day: int = Field(200, description="Invitations a clinic may send in a day.")
    forwards_per_person_per_day: int = Field(
        10, ge=1, description="Times one person at a vendor may hand a form to colleagues in a day."
    )
    forwards_per_submission_per_day: int = Field(
        30, ge=1, description="Times one form may be handed on in a day by all people together."
    )
    session_idle_minutes: int = Field(30, ge=1, description="Minutes without a request after which a session ends.")
    session_hours: int = Field(12, ge=1, description="Hours after which a session ends in any case.")
    require_mixed_passwords: bool = Field(
        False, description="Ask for three classes of characters in passwords, as the Japanese guideline words it."
    )
    api_calls_per_minute: int = Field(300, ge=1, description="Calls of the JSON API one token may make in a minute.")
    webhook_allow_private: str = Field(
        "", description="Networks inside the house that webhooks may reach, such as 10.1.2.0/24; empty means none."
    )
    owners_need_second_factor: bool = Field(
        False, description="Let owners and operators do nothing before they have set up the two-step sign-in."
    )
    event_years: int = Field(3, ge=1, description="Years the log of deeds is kept at least.")
    run_jobs: bool = Field(True, description="Run jobs inside the web process; off where a separate worker runs.")
    allow_insecure: bool = Field(False, description="Start although the base URL is plain http beyond localhost.")

    @field_validator("base_url")
    @classmethod
    def _without_slash(cls, value: str) -> str:
        if urlsplit(value).scheme not in {"http", "https"} or not urlsplit(value).hostname:
            raise ValueError("must be an address such as https://portal.example.jp")
        return value.rstrip("/")

    @field_validator("webhook_allow_private")
    @classmethod
    def _networks(cls, value: str) -> str:
        for network in filter(None, value.replace(" ", "").split(",")):
            ip_network(network)
        return value

    @property
    def is_local(self) -> bool:
        """Whether people reach the portal only on this machine."""
        return urlsplit(self.base_url).hostname in {"localhost", "127.0.0.1", "::1"}

    @property
    def is_https(self) -> bool:
        """Whether browsers reach the portal over https, so that cookies can be `__Host-` and `Secure`."""
        return self.base_url.startswith("https://")

    @property
    def database(self) -> str:
        """SQLAlchemy address of the database."""
        if self.database_url:
            return self.database_url
        return f"sqlite:///{(self.data_folder / 'portal.sqlite').resolve()}"

    @property
    def files_folder(self) -> Path:
        """Where uploaded files are kept."""
        return self.data_folder / "files"

    def portal_name(self, language: str) -> str:
        """Name of this portal in a language."""
        return self.portal_name_en if language == "en" else self.portal_name_ja


@lru_cache
def get_settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()
