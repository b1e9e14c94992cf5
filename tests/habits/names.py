"""What can be told through the environment, read from the code itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from pydantic import AliasChoices
from pydantic.fields import FieldInfo

from services.gateway.settings import GatewaySettings
from services.indicators.settings import IndicatorsSettings
from services.practices.settings import PracticesSettings
from services.search.settings import SearchSettings
from shared.settings import Settings

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
        yield Named("common", _name(Settings, field, info), info)
    for service, kind in SERVICES.items():
        for field, info in kind.model_fields.items():
            if field not in Settings.model_fields:
                yield Named(service, _name(kind, field, info), info)


def command_line() -> set[str]:
    """The variables that the command line reads beside the settings."""
    files = (ROOT / "services" / "__main__.py", ROOT / "services" / "commands.py")
    read = {name for path in files for name in re.findall(r'environ.get\("(\w+)', path.read_text())}
    return read - {named.name for named in settings()}


def _name(kind: type[Settings], field: str, info: FieldInfo) -> str:
    alias = info.validation_alias
    if isinstance(alias, AliasChoices):
        alias = alias.choices[0]
    return str(alias or f"{kind.model_config.get('env_prefix')}{field}").upper()
