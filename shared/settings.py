"""The base of every service's settings: from the environment, with secrets from files, frozen."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What every service can be told. A service adds its own and a prefix.

    A value comes from `<PREFIX>_<NAME>` in the environment or from a file of that
    name in `/run/secrets`. Every default runs on a laptop; production is told
    apart by values, never by a switch.
    """

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    data_dir: Path = Field(Path("var"), description="Where files that the service owns are kept.")
    log_level: str = Field("INFO", description="The least severe log line that is written.")
    site: str = Field(
        "http://127.0.0.1:8000", description="The address at which readers reach the platform."
    )
    internal_key: str = Field(
        "",
        description="The secret with which the gateway signs who asks, shared by all services. "
        "Empty: one is made in the data directory.",
    )

    @property
    def public_base(self) -> str:
        """The path of the public API, as it stands in links."""
        return "/api/v1"


def secret_file(directory: Path, name: str, make: object) -> str:
    """The text of a secret file in the directory; made by `make()` and kept private on first use.

    Raises OSError when the directory cannot be written.
    """
    assert callable(make)
    path = directory / name
    if not path.exists():
        directory.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_text(str(make()))
        fresh.replace(path)
    return path.read_text().strip()
