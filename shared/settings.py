"""The base of every service's settings: from the environment, with secrets from files, frozen."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

_SECRETS = Path("/run/secrets")


class Settings(BaseSettings):
    """What every service can be told. These names have no prefix: all services share them.

    A service adds its own settings with its prefix. A value comes from the environment
    or from a file of that name in `/run/secrets`. Every default runs on a laptop;
    production is told apart by values, never by a switch.
    """

    model_config = SettingsConfigDict(
        frozen=True,
        extra="ignore",
        populate_by_name=True,
        secrets_dir=_SECRETS if _SECRETS.is_dir() else None,
    )

    data_dir: Path = Field(
        Path("var"),
        validation_alias="DATA_DIR",
        description="Where files that a service owns are kept.",
    )
    site: str = Field(
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
