"""What the operator has set: the environment first, then ``license-server.toml`` in the home, then the defaults."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from license_server.errors.home import SettingInvalid, SettingsFileInvalid
from license_server.errors.keys import PassphraseFileEmpty, PassphraseFileUnreadable

ENVIRONMENT_PREFIX = "LICENSE_SERVER_"
SETTINGS_FILE = "license-server.toml"
DEFAULT_HOME = Path("~/.license-server")
DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8787
MAX_URL = 2_000
"""Characters of the address that stands in every license, whose size clients bound."""

_SERVER_ADDRESS = re.compile(r"[a-z+]+://(?:[^:/]*(?::[^@]*)?@)?[^@]*")
"""Of a user, a password and what else SQLAlchemy reads, nothing but the user may hold an @ as it is."""
_LAST_PORT = 65_535


class Settings(BaseSettings):
    """Every setting, checked once when the program starts; frozen, and no secret in its ``repr``."""

    model_config = SettingsConfigDict(
        env_prefix=ENVIRONMENT_PREFIX, env_ignore_empty=True, frozen=True, extra="forbid", hide_input_in_errors=True
    )

    home: Path = Field(description="The folder of keys, secrets and, by default, the database.")
    database_url: SecretStr | None = Field(
        default=None, description="SQLAlchemy URL of the database; default: license-server.db in the home."
    )
    url: str | None = Field(
        default=None, description="The address by which sites reach this server; it is the issuer of every license."
    )
    key_passphrase: SecretStr | None = Field(
        default=None, description="The passphrase of the private signing keys, if they have one."
    )
    key_passphrase_file: Path | None = Field(
        default=None, description="A file whose first line is that passphrase; goes before the setting itself."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least important log lines that are written."
    )
    workers: int = Field(default=2, ge=1, le=64, description="Processes that answer requests.")
    threads: int = Field(default=16, ge=1, le=256, description="Requests that each process answers at a time.")
    metrics_port: int | None = Field(
        default=None, ge=1, le=65_535, description="Port of 127.0.0.1 that tells Prometheus metrics; default: none."
    )
    trusted_proxies: int = Field(
        default=0,
        ge=0,
        le=8,
        description="Reverse proxies of yours in front, each appending to X-Forwarded-For; 0: the header is ignored.",
    )
    failures_per_address: int = Field(
        default=20,
        ge=1,
        description="Guessed keys and tokens that one address may send in 10 minutes; nothing else of it is refused.",
    )
    calls_per_key: int = Field(
        default=60,
        ge=1,
        description="Refused calls an hour of one license key from one address, for sites and for the portal apart; of "
        "the granted ones that count, as many more as the license has domains.",
    )

    @field_validator("home")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return Path(os.path.abspath(value.expanduser()))

    @field_validator("url")
    @classmethod
    def _is_base_url(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("must look like https://licenses.example.com")
        if len(value.encode()) > MAX_URL:
            raise ValueError(f"must be at most {MAX_URL:,} characters long")
        if parts.username or parts.password:
            raise ValueError("must hold no user name and no password")
        return value.rstrip("/")

    @field_validator("database_url")
    @classmethod
    def _is_file_or_server(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None:
            return None
        text = value.get_secret_value()
        if not text.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
            raise ValueError("must start with sqlite:/// or postgresql://")
        if text in ("sqlite:///", "sqlite:///:memory:"):
            raise ValueError("must name a file; a database in memory would forget every license")
        if not text.startswith("sqlite:"):
            _require_server_address(text)
        return value

    @property
    def base_url(self) -> str:
        """The server's URL, without a slash at its end."""
        return self.url or f"http://{DEFAULT_HOST}:{DEFAULT_PORT}"

    @property
    def store_url(self) -> str:
        """The database's URL, with its password if it has one: never print it."""
        if self.database_url is None:
            return f"sqlite:///{self.home / 'license-server.db'}"
        return self.database_url.get_secret_value()

    def read_key_passphrase(self) -> bytes | None:
        """Return the passphrase of the signing keys, None when there is none. Raises :class:`ConfigurationInvalid`."""
        if self.key_passphrase_file is None:
            return None if self.key_passphrase is None else self.key_passphrase.get_secret_value().encode()
        try:
            text = self.key_passphrase_file.read_bytes()
        except OSError as error:
            raise PassphraseFileUnreadable(path=self.key_passphrase_file, why=str(error.strerror)) from error
        first = text.splitlines()[0] if text else b""
        if not first:
            raise PassphraseFileEmpty(path=self.key_passphrase_file)
        return first

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order the sources: what the caller passes, the environment, the file in the home."""
        home = dict(init_settings())["home"]
        file = TomlConfigSettingsSource(settings_cls, toml_file=Path(home).expanduser() / SETTINGS_FILE)
        return init_settings, env_settings, file


def load_settings(environment: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
    """Read and check the settings. Raises :class:`ConfigurationInvalid`, which never repeats a value."""
    source = os.environ if environment is None else environment
    home = Path(source.get(variable("home")) or DEFAULT_HOME)
    try:
        return Settings(**{"home": home, **overrides})
    except ValidationError as error:
        flaw = error.errors(include_input=False, include_url=False, include_context=False)[0]
        name = str(flaw["loc"][0]) if flaw["loc"] else "settings"
        message = flaw["msg"].removeprefix("Value error, ")
        raise SettingInvalid(variable=variable(name), flaw=message, file=home / SETTINGS_FILE) from None
    except (OSError, ValueError) as error:
        raise SettingsFileInvalid(file=home / SETTINGS_FILE, kind=type(error).__name__) from None


def _require_server_address(text: str) -> None:
    """Raise :class:`ValueError`, which repeats nothing of ``text``, unless every part of it is where it belongs."""
    if _SERVER_ADDRESS.fullmatch(text) is None:
        raise ValueError("has more than one @; within a name or a password write it as %40, a / as %2F, a % as %25")
    try:
        port = make_url(text).port
    except (ArgumentError, ValueError):
        port = 0
    if port is not None and not 1 <= port <= _LAST_PORT:
        raise ValueError("must name its port as a number up to 65535, such as postgresql://user@host:5432/name")


def variable(setting: str) -> str:
    """Return the name of a setting in the environment."""
    return f"{ENVIRONMENT_PREFIX}{setting.upper()}"
