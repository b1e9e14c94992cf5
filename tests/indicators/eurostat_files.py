"""Files as Eurostat serves them, and what a database holds of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sqlmodel import Session

from services import __main__ as command_line
from services.indicators.outcomes import imports, vintages
from services.indicators.outcomes import store as store_outcomes
from services.indicators.outcomes.formats import Observation
from services.indicators.outcomes.imports import Asked, Report
from services.indicators.outcomes.store import Catalogue, Wanted
from shared.db import Database

INDICATOR = "employment-rate-by-citizenship"
DATASET = "lfst_r_lfe2emprtn"
HEADER = (
    "DATAFLOW,LAST UPDATE,freq,unit,sex,age,citizen,geo,TIME_PERIOD,OBS_VALUE,OBS_FLAG,CONF_STATUS"
)
ASKED = Asked(INDICATOR, "file", "2026-11-22")


def line(
    group: str, geo: str, period: str, value: str, flag: str = "", conf: str = "", **other: str
) -> str:
    """One row of a file of Eurostat."""
    updated = other.get("updated", "24/04/25 23:00:00")
    age, unit = other.get("age", "Y20-64"), other.get("unit", "PC")
    flow = other.get("flow", "ESTAT:LFST_R_LFE2EMPRTN(1.0)")
    return f"{flow},{updated},A,{unit},T,{age},{group},{geo},{period},{value},{flag},{conf}"


LINES = (
    line("NAT", "ES51", "2023", "74.1"),
    line("NAT", "ES51", "2024", "75", "b"),
    line("NEU27_2020_FOR", "ES51", "2023", "61.3", "p"),
    line("NEU27_2020_FOR", "ES51", "2024", "", "u"),
    line("NEU27_2020_FOR", "AT13", "2024", "58.25", "s"),
    line("NEU27_2020_FOR", "AT11", "2024", "", "", "C"),
    line("NEU27_2020_FOR", "XK00", "2024", ":", "z"),
)
EXPECTED = {
    ("NAT", "ES51", "2023"): (74.1, ""),
    ("NAT", "ES51", "2024"): (75, "b"),
    ("NEU27_2020_FOR", "ES51", "2023"): (61.3, "p"),
    ("NEU27_2020_FOR", "ES51", "2024"): (None, "u"),
    ("NEU27_2020_FOR", "AT13", "2024"): (58.25, "i"),
    ("NEU27_2020_FOR", "AT11", "2024"): (None, "C"),
    ("NEU27_2020_FOR", "XK00", "2024"): (None, "m"),
}


def file(*lines: str) -> bytes:
    return "\n".join([HEADER, *lines, ""]).encode()


def newer(*cells: str, flag: str = "") -> str:
    return line(*cells, flag, updated="11/10/25 11:00:00")


def cube(**changes: Any) -> dict[str, Any]:
    """What the Statistics API answers for the same dataset."""
    dimensions = {
        "freq": {"A": "Annual"},
        "sex": {"T": "Total"},
        "age": {"Y20-64": "From 20 to 64 years"},
        "unit": {"PC": "Percentage"},
        "citizen": {"NAT": "Reporting country", "NEU27_2020_FOR": "Non-EU27 countries"},
        "geo": {"ES51": "Cataluña", "XK00": "A place"},
        "time": {"2023": "2023", "2024": "2024"},
    }
    return {
        "version": "2.0",
        "class": "dataset",
        "label": "Employment rates by sex, age, citizenship and NUTS 2 region",
        "source": "ESTAT",
        "updated": "2025-04-24T23:00:00+0200",
        "value": {"0": 74.1, "1": 75, "4": 61.3},
        "status": {"1": "b", "4": "p", "5": "u", "7": "c"},
        "id": list(dimensions),
        "size": [len(one) for one in dimensions.values()],
        "dimension": {
            name: {
                "label": name,
                "category": {
                    "index": {code: place for place, code in enumerate(labels)},
                    "label": labels,
                },
            }
            for name, labels in dimensions.items()
        },
        "extension": {
            "lang": "EN",
            "id": "LFST_R_LFE2EMPRTN",
            "agencyId": "ESTAT",
            "status": {"label": {"b": "break in time series", "u": "low reliability"}},
        },
        **changes,
    }


def cube_file(**changes: Any) -> bytes:
    return json.dumps(cube(**changes)).encode()


def bring(database: Database, content: bytes, asked: Asked = ASKED, **how: bool) -> Report:
    return imports.bring(database, content, asked, **how)


def held(database: Database) -> tuple[Catalogue, list[Observation]]:
    """The imported series and their values."""

    def read(session: Session) -> tuple[Catalogue, list[Observation]]:
        rows = store_outcomes.page(session, Wanted(None, None, None, vintages.FIRST - 1))
        return store_outcomes.catalogue(session), [one for _, one in rows]

    return database.run(database.reader, read)


def values(database: Database) -> dict[tuple[str | None, str, str], tuple[float | None, str]]:
    catalogue, rows = held(database)
    return {
        (catalogue.series[one.series].group, one.geo, one.period): (one.value, one.flag)
        for one in rows
    }


def run(folder: Path, *arguments: str) -> int:
    """The exit code of a command about outcomes."""
    return command_line.main(["--data-dir", str(folder), "outcomes", *arguments])
