"""The base of every service's settings: from the environment, with secrets from files, frozen."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, AliasChoices, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from shared.problems import told

_SECRETS = Path("/run/secrets")
_PRIVATE = re.compile("KEY|SECRET|PASSWORD|DATABASE_URL")
_DRIVERS = ("postgresql+psycopg", "sqlite", "sqlite+pysqlite")

_ALLOWED = {
    "bool_parsing": "true or false is allowed",
    "float_parsing": "a number is allowed",
    "int_parsing": "a whole number is allowed",
}


class Unusable(Exception):
    """Settings with values that cannot be used. lines: one for each, what it is and may be."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


def _web_address(value: str) -> str:
    try:
        parts = urlsplit(value)
        is_one = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        is_one = False
    # An address that is not given is empty where that is a default.
    if value and not is_one:
        raise ValueError("http:// or https:// and a host is allowed, such as https://a.example")
    return value


def _site(value: str) -> str:
    if urlsplit(value).path.strip("/") or urlsplit(value).query:
        raise ValueError("an address without a path is allowed, such as https://a.example")
    return value.rstrip("/")


def _database_address(value: str) -> str:
    allowed = "postgresql+psycopg://user:password@host:5432/name or sqlite:////path/to/file.db"
    try:
        if value and make_url(value).drivername not in _DRIVERS:
            raise ArgumentError("another driver")
    except (ArgumentError, ValueError):
        # Not what was found: it may hold a password.
        raise ValueError(f"{allowed} is allowed") from None
    return value


WebAddress = Annotated[str, AfterValidator(_web_address)]
DatabaseAddress = Annotated[str, AfterValidator(_database_address)]


class Settings(BaseSettings):
    """What every service can be told. These names have no prefix: all services share them.

    A service adds its own settings with its prefix. A value comes from the environment
    or from a file of that name in `/run/secrets`; an empty variable counts as not given.
    Every default runs on a laptop; production is told apart by values, never by a switch.
    """

    model_config = SettingsConfigDict(
        frozen=True,
        extra="ignore",
        populate_by_name=True,
        env_ignore_empty=True,
        allow_inf_nan=False,
        secrets_dir=_SECRETS if _SECRETS.is_dir() else None,
    )

    data_dir: Path = Field(
        Path("var"),
        validation_alias="DATA_DIR",
        description="Where files that a service owns are kept.",
    )
    site: Annotated[WebAddress, AfterValidator(_site)] = Field(
        "http://127.0.0.1:8000",
        validation_alias="SITE",
        description="The address at which readers reach the platform.",
    )
    internal_key: str = Field(
        "",
        validation_alias="INTERNAL_KEY",
        description="The secret with which the gateway signs who asks, the same for all services. "
        "Empty: one is made in the data directory.",
    )

    @property
    def public_base(self) -> str:
        """The path of the public API, as it stands in links."""
        return "/api/v1"


def check(kinds: Sequence[type[Settings]]) -> None:
    """Raises Unusable with everything that is wrong in the environment for these settings."""
    wrong: list[str] = []
    for kind in kinds:
        try:
            kind.model_validate({})
        except ValidationError as refused:
            wrong += [_line(kind, error) for error in refused.errors()]
    if wrong:
        # What all services share is wrong in each of them.
        raise Unusable(list(dict.fromkeys(wrong)))


def variable(kind: type[Settings], field: str) -> str:
    """The name of a field in the environment."""
    alias = kind.model_fields[field].validation_alias
    first = alias.choices[0] if isinstance(alias, AliasChoices) else alias
    return str(first or f"{kind.model_config.get('env_prefix', '')}{field}").upper()


def _line(kind: type[Settings], error: Any) -> str:  # noqa: ANN401 - pydantic's own
    place = str(error["loc"][0])
    name = variable(kind, place) if place in kind.model_fields else place.upper()
    value = str(error["input"])
    is_private = _PRIVATE.search(name) or "@" in value
    given = (
        f"{name} (a value that is not shown)"
        if is_private
        else f"{name}={' '.join(value.split())[:80]}"
    )
    if error["type"] == "value_error":
        return f"{given}: {error['ctx']['error']}"
    return f"{given}: {_ALLOWED.get(error['type']) or told(error)}"


def secret_file(directory: Path, name: str, make: Callable[[], str]) -> str:
    """The text of a secret file in the directory; made by `make()` and kept private on first use.

    Raises OSError when the directory cannot be written.
    """
    path = directory / name
    if not path.exists():
        directory.mkdir(parents=True, exist_ok=True)
        fresh = directory / f"{name}.{secrets.token_hex(8)}"
        fresh.touch(mode=0o600)
        fresh.write_text(make())
        # Services may start together: the first link stands, and all read the same text.
        with contextlib.suppress(FileExistsError):
            os.link(fresh, path)
        fresh.unlink()
    return path.read_text().strip()
