"""All four services in one process: the only place that knows all of them.

Each service gets its neighbours as ASGI applications instead of addresses; nothing
else differs from running them apart.
"""

from __future__ import annotations

import argparse
import fcntl
import secrets
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Annotated

from fastapi import FastAPI
from pydantic import AfterValidator, Field
from starlette.types import ASGIApp, Receive, Scope, Send

from services.gateway import app as gateway
from services.gateway.settings import GatewaySettings
from services.indicators import app as indicators
from services.indicators.settings import IndicatorsSettings
from services.practices import app as practices
from services.practices.settings import PracticesSettings
from services.search import app as search
from services.search.settings import SearchSettings
from shared.settings import Settings, check, secret_file

PORT = 8000
"""Where the platform listens unless told otherwise."""


_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


class InUse(RuntimeError):
    """Another process serves this data directory."""


def _level(value: str) -> str:
    if value.upper() not in _LEVELS:
        raise ValueError(f"{', '.join(_LEVELS)} are allowed")
    return value.upper()


class CommandLine(Settings):
    """What the command line is told beside the settings of the services; None: not told."""

    port: int | None = Field(
        None, ge=1, le=65535, validation_alias="PORT", description="The port to listen on."
    )
    log_level: Annotated[str, AfterValidator(_level)] | None = Field(
        None, validation_alias="LOG_LEVEL", description="The least severe line that is written."
    )


@dataclass(frozen=True, slots=True)
class AllSettings:
    """The settings of the four services, over one data directory and one internal key."""

    indicators: IndicatorsSettings
    practices: PracticesSettings
    search: SearchSettings
    gateway: GatewaySettings

    @classmethod
    def over(cls, data_dir: Path, site: str) -> AllSettings:
        """Read the environment; what it does not say is put under the data directory.

        Raises OSError when the directory cannot be written.
        """
        data_dir.mkdir(parents=True, exist_ok=True)
        key = Settings.model_validate({}).internal_key
        common = {
            "data_dir": data_dir,
            "site": site,
            "internal_key": key or secret_file(data_dir, "internal.key", secrets.token_hex),
        }
        return cls(
            IndicatorsSettings.model_validate(common),
            PracticesSettings.model_validate(common),
            SearchSettings.model_validate(common),
            GatewaySettings.model_validate(common),
        )


_KINDS = (CommandLine, IndicatorsSettings, PracticesSettings, SearchSettings, GatewaySettings)


def complete(options: argparse.Namespace) -> None:
    """Fill in what the options leave to the environment: data_dir, port (0: not told), log_level.

    Raises Unusable with everything that is wrong in the settings of any service.
    """
    check(_KINDS)
    told = CommandLine.model_validate({})
    options.data_dir = options.data_dir or told.data_dir
    options.port = options.port or told.port or 0
    options.log_level = told.log_level


def settings_of(options: argparse.Namespace) -> AllSettings:
    """The settings over the data directory that the options name."""
    told = Settings.model_validate({})
    here = f"http://127.0.0.1:{options.port or PORT}"
    data_dir: Path = options.data_dir
    return AllSettings.over(data_dir, told.site if "site" in told.model_fields_set else here)


class _Place:
    """Where an application will be, for neighbours that are made before it."""

    def __init__(self) -> None:
        self.app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self.app is not None
        await self.app(scope, receive, send)


class House:
    """The four applications, joined. `door` is the one that the world sees."""

    def __init__(self, settings: AllSettings) -> None:
        places = {name: _Place() for name in ("indicators", "practices", "search", "gateway")}
        self.indicators = indicators.create_app(settings.indicators, places)
        self.practices = practices.create_app(settings.practices, places)
        self.search = search.create_app(settings.search, places)
        self.door = gateway.create_app(settings.gateway, places)
        places["indicators"].app = self.indicators
        places["practices"].app = self.practices
        places["search"].app = self.search
        places["gateway"].app = self.door

    @property
    def apps(self) -> list[FastAPI]:
        """Each application after those that it needs when it starts."""
        return [self.indicators, self.practices, self.search, self.door]

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Run the lifespans: a mounted application's own does not run by itself."""
        async with AsyncExitStack() as stack:
            for app in self.apps:
                await stack.enter_async_context(app.router.lifespan_context(app))
            yield


def prepare(settings: AllSettings, say: Callable[[str], None]) -> None:
    """Bring every database up to date and load the first data."""
    indicators.prepare(settings.indicators, say)
    practices.prepare(settings.practices, say)
    search.prepare(settings.search, say)
    gateway.prepare(settings.gateway, say)


@contextmanager
def alone(data_dir: Path) -> Generator[None]:
    """Hold the data directory for this process. Raises InUse when another one holds it."""
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / "lock").open("a+") as lock:
        _hold(lock, data_dir)
        yield


def _hold(lock: IO[str], data_dir: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise InUse(
            f"Another process is serving {data_dir}. Stop it, or choose another directory with "
            "DATA_DIR=."
        ) from None
