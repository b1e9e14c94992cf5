"""The formats of the outcome statistics.

outcomes/indicators.json    definitions
outcomes/series.json        sources, and the series of values with all that describes them
outcomes/territories.json   territories that carry values and are not regions
outcomes/observations.csv   series,geo,period,value,flag
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from services.indicators.domain.faults import Faults, pointer
from services.indicators.outcomes.records import (
    IndicatorRecord,
    OutcomeNotes,
    SeriesRecord,
    SourceRecord,
    TerritoryRecord,
)
from services.indicators.published import files
from services.indicators.published.formats import Codes

FOLDER = "outcomes/"
COLUMNS = ("series", "geo", "period", "value", "flag")
_PERIOD = re.compile(r"\d{4}(-(0[1-9]|1[0-2]|Q[1-4]))?")


class Observation(NamedTuple):
    """One value. None: the source gives none, often because it is too unreliable (flag u).

    original  the flags as they stood in an imported file, where they were written otherwise
    """

    series: str
    geo: str
    period: str
    value: float | None
    flag: str
    original: str | None = None


@dataclass(frozen=True, slots=True)
class SeriesFile:
    """The series with their sources."""

    notes: OutcomeNotes
    sources: Mapping[str, SourceRecord]
    series: Sequence[SeriesRecord]


@dataclass(frozen=True, slots=True)
class OutcomeFiles:
    """All outcome statistics, checked. Observations by series, territory and period."""

    indicators: Sequence[IndicatorRecord]
    file: SeriesFile
    territories: Sequence[TerritoryRecord]
    observations: Sequence[Observation]


def read(reading: files.Reading, codes: Codes) -> OutcomeFiles | None:
    """The outcome statistics; None when the folder has none or what is wrong was noted."""
    if not any(name.startswith(FOLDER) for name in reading.contents):
        return None
    file = reading.attempt(FOLDER + "series.json", series)
    territories = reading.attempt(FOLDER + "territories.json", _territories)
    if file is None or territories is None:
        return None
    ids = [one.id for one in file.series]
    indicators = reading.attempt(FOLDER + "indicators.json", _indicators(file))
    places = None if codes is None else codes | {one.code for one in territories}
    reader = _observations(ids, places, file.notes.flags)
    observations = reading.attempt(FOLDER + "observations.csv", reader)
    if indicators is None or observations is None:
        return None
    return OutcomeFiles(indicators, file, territories, observations)


def series(text: str) -> SeriesFile:
    """The series file. Ids are unique, and each series names a source that is listed."""
    data = files.document(text)
    data = data if isinstance(data, dict) else {}
    sources = files.records(SourceRecord, data.get("sources"), "sources")
    found = files.records(SeriesRecord, data.get("series"), "series")
    faults = Faults("The series do not fit together.")
    notes = files.record(OutcomeNotes, {n: data.get(n) for n in OutcomeNotes.model_fields}, faults)
    known = {one.id: one for one in sources}
    seen: set[str] = set()
    for number, one in enumerate(found):
        if one.source not in known:
            where = pointer("series", number, "source")
            faults.add("unknown_source", "no source has this id", pointer=where, value=one.source)
        if one.id in seen:
            where = pointer("series", number, "id")
            faults.add("duplicate", "the id is given twice", pointer=where, value=one.id)
        seen.add(one.id)
    faults.stop()
    assert notes is not None
    return SeriesFile(notes, known, found)


def _territories(text: str) -> list[TerritoryRecord]:
    return files.records(TerritoryRecord, _part(text, "territories"), "territories")


def _indicators(file: SeriesFile) -> Callable[[str], list[IndicatorRecord]]:
    def read(text: str) -> list[IndicatorRecord]:
        found = files.records(IndicatorRecord, _part(text, "indicators"), "indicators")
        faults = Faults("The indicators and the series do not fit together.")
        ids = {one.id for one in file.series}
        for number, one in enumerate(found):
            for part in ("series", "headline_series", "nearest_series"):
                for name in set(getattr(one, part)) - ids:
                    where = pointer("indicators", number, part)
                    faults.add("unknown_series", "no series has this id", pointer=where, value=name)
        listed = {name for one in found for name in one.series}
        for one in file.series:
            if one.id not in listed:
                faults.add("unknown_series", f"no indicator lists the series {one.id}")
        faults.stop()
        return found

    return read


def _part(text: str, name: str) -> Any:  # noqa: ANN401 - JSON is any value
    data = files.document(text)
    return data.get(name) if isinstance(data, dict) else None


def _observations(
    ids: Sequence[str], places: Codes, flags: Mapping[str, str]
) -> Callable[[str], list[Observation]]:
    def read(text: str) -> list[Observation]:
        faults = Faults("The observations are not valid.")
        order = {name: number for number, name in enumerate(ids)}
        found: dict[tuple[str, str, str], Observation] = {}
        for number, row in files.table(text, COLUMNS):
            name, geo, period, text_value, flag = row.values()
            value = files.number_in(text_value) if text_value else None
            for column, code, wrong in (
                ("series", "unknown_series", name not in order),
                ("geo", "unknown_territory", places is not None and geo not in places),
                ("period", "bad_period", not _PERIOD.fullmatch(period)),
                ("value", "not_a_number", bool(text_value) and value is None),
                ("flag", "unknown_flag", not set(flag) <= set(flags)),
                ("period", "duplicate", (name, geo, period) in found),
            ):
                if wrong:
                    faults.add(code, _WRONG[code], row=number, column=column, value=row[column])
            found[name, geo, period] = Observation(name, geo, period, value, flag)
        faults.stop()
        return sorted(found.values(), key=lambda one: (order[one.series], one.geo, one.period))

    return read


_WRONG = {
    "unknown_series": "no series has this id",
    "unknown_territory": "neither a region nor a listed territory",
    "bad_period": "a period is a year, a month (2024-05) or a quarter (2024-Q2)",
    "not_a_number": "a value is a decimal number, or empty",
    "unknown_flag": "only the listed flags can be used",
    "duplicate": "this series has a value for the territory and period already",
}
