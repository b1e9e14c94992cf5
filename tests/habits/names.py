"""What can be told through the environment, read from the code itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from pydantic.fields import FieldInfo

from services.embedded import CommandLine
from services.gateway.settings import GatewaySettings
from services.indicators.settings import IndicatorsSettings
from services.practices.settings import PracticesSettings
from services.search.settings import SearchSettings
from shared.settings import Settings, variable

ROOT = Path(__file__).parents[2]
SERVICES: dict[str, type[Settings]] = {
    "indicators": IndicatorsSettings,
    "practices": PracticesSettings,
    "search": SearchSettings,
    "gateway": GatewaySettings,
}


class Named(NamedTuple):
    """A setting: whose it is (`common` for all), its name in the environment, the field."""

    owner: str
    name: str
    field: FieldInfo


def settings() -> Iterator[Named]:
    """Every setting there is: those common to all services first."""
    for field, info in Settings.model_fields.items():
        yield Named("common", variable(Settings, field), info)
    for service, kind in SERVICES.items():
        for field, info in kind.model_fields.items():
            if field not in Settings.model_fields:
                yield Named(service, variable(kind, field), info)


def command_line() -> set[str]:
    """The variables that the command line reads beside the settings."""
    read = CommandLine.model_fields.keys() - Settings.model_fields.keys()
    return {variable(CommandLine, field) for field in read}
