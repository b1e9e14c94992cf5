"""Outcome values from files as Eurostat serves them: JSON-stat 2.0 and SDMX-CSV.

A file is read whole and refused whole, with everything that is wrong. What it holds
becomes series: one for each combination of its dimensions but place and time, so ages,
groups and units are never mixed. Nothing is filled in. The rule for what is held already:

    same vintage     new values are added; another value for the same place is refused
    newer vintage    takes the place of the whole series; the former goes to the history
    older vintage    refused
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlmodel import Session, col, select

from services.indicators.domain.faults import Faults
from services.indicators.outcomes import flags, sdmx_csv, vintages
from services.indicators.outcomes.formats import Observation
from services.indicators.outcomes.observed import Content, Value, read
from services.indicators.outcomes.records import (
    IndicatorRecord,
    SeriesRecord,
    SourceRecord,
    TerritoryRecord,
)
from services.indicators.outcomes.vintages import Arriving, Held, Place
from services.indicators.tables import OutcomeIndicator
from shared.db import Database
from shared.problems import InputError, Invalid

MOST_SERIES = 200
MOST_ERRORS = 1000

LICENCE = "Eurostat, reuse with acknowledgement (2011/833/EU)"
AGENCY = "ESTAT"
GROUPS = {"citizen": "citizenship", "c_birth": "country of birth"}
"""Dimension that tells population groups apart -> what it goes by."""

UNITS = {
    "EUR_HAB": "EUR per inhabitant",
    "MIO_EUR": "million EUR",
    "NR": "persons",
    "PER": "persons",
    "PP": "percentage points",
    "PPS": "purchasing power standard",
    "THS_PER": "thousand persons",
}
_OWN = ("indicator", "series")
_PERIOD = re.compile(r"\d{4}(-(0[1-9]|1[0-2]|Q[1-4]))?")
_GEO = re.compile(r"[A-Z]{2}[A-Z0-9_]{0,18}")
_GROUP = re.compile(r"[A-Z0-9_-]{1,20}")
_CODE = re.compile(r"[A-Za-z0-9_.+@$-]{1,80}")
_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the operator says about a file.

    filters  dimension -> the codes to take; values with other codes are left out
    unit, updated  for files that do not say it; a file that does is believed
    address  where the file was fetched; None: an address of the dataset is noted
    """

    indicator: str
    file_name: str
    retrieved: str
    dataset: str | None = None
    filters: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    unit: str | None = None
    updated: str | None = None
    nuts_version: str = "not stated in the file"
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an import does, or would do, with one series. Counts of values."""

    series: str
    action: str
    updated: str
    values: int
    added: int
    changed: int
    gone: int


@dataclass(frozen=True, slots=True)
class Report:
    """What an import did; left_out counts the values that the filters left out."""

    outcomes: Sequence[Outcome]
    new_territories: Sequence[str]
    left_out: int


# ------------------------------------------------------------------ checking


def bring(database: Database, content: bytes, asked: Asked, *, dry: bool = False) -> Report:
    """Read, check and store a file in one transaction; dry: without storing.

    Invalid with everything that is wrong; nothing is stored then.
    """
    found = read(content)
    file_hash = hashlib.sha256(content).hexdigest()
    engine = database.reader if dry else database.writer
    return database.run(engine, _bring, found, asked, file_hash, dry)


def _bring(session: Session, found: Content, asked: Asked, file_hash: str, dry: bool) -> Report:
    indicator = _indicator(session, asked.indicator)
    faults = Faults("The file is not valid. Nothing was stored.")
    taken = [one for one in found.values if _taken(one, asked)]
    if not taken:
        faults.add("empty", "the file holds no value, or the filters leave none",
                   value=len(found.values))  # fmt: skip
    grouped: dict[tuple[str, str, str], list[Value]] = defaultdict(list)
    for one in taken:
        _check(one, asked, indicator, faults)
        grouped[_key(one, asked)].append(one)
        if len(faults.errors) > MOST_ERRORS:
            faults.add("more", f"after {MOST_ERRORS} errors the rest of the file was not checked")
            faults.stop()
    if len(grouped) > MOST_SERIES:
        faults.add("too_large", f"the file holds {len(grouped)} series, at most {MOST_SERIES} are "
                   "imported at once; choose with filters")  # fmt: skip
    if len({key[:2] for key in grouped}) < len(grouped):
        faults.add("mixed_vintages", "the file holds one series as of two dates; choose one")
    faults.stop()
    source = _source(taken[0], asked, file_hash)
    series = [_series(values, asked, found, source, faults) for values in grouped.values()]
    held = vintages.held(session, [record.id for record, _ in series])
    met = [_meet(record, values, held.get(record.id), faults) for record, values in series]
    faults.stop()
    places = _new_places(session, taken, found.labels.get("geo", {}))
    arriving = [one for one, outcome in met if outcome.action != "unchanged"]
    if arriving and not dry:
        vintages.put(session, arriving, source, places, file_hash)
    new = [one.code for one in places] if arriving else []
    return Report([outcome for _, outcome in met], new, len(found.values) - len(taken))


def _indicator(session: Session, code: str) -> IndicatorRecord:
    row = session.get(OutcomeIndicator, code)
    if row is None:
        known = list(
            session.exec(select(OutcomeIndicator.code).order_by(col(OutcomeIndicator.code)))
        )
        detail = f"There is no outcome indicator {code!r}."
        error = InputError("unknown_indicator", detail, value=code, allowed=known)
        raise Invalid(detail, [error])
    return IndicatorRecord.model_validate_json(row.record)


def _taken(one: Value, asked: Asked) -> bool:
    return all(
        (one.geo if name == "geo" else one.period if name == "time" else one.dimensions.get(name))
        in codes
        for name, codes in asked.filters.items()
    )


def _key(one: Value, asked: Asked) -> tuple[str, str, str]:
    """What makes a series, and the vintage: dataset, dimensions, updated."""
    dimensions = {k: v for k, v in sorted(one.dimensions.items()) if k not in _OWN}
    return one.dataset or asked.dataset or "", json.dumps(dimensions), _updated(one, asked)


def _updated(one: Value, asked: Asked) -> str:
    return one.updated or asked.updated or ""


def _unit(one: Value, asked: Asked) -> str | None:
    code = one.dimensions.get("unit")
    if code is None:
        return asked.unit
    return "%" if code == "PC" or code.startswith("PC_") else UNITS.get(code, code)


def _check(one: Value, asked: Asked, indicator: IndicatorRecord, faults: Faults) -> None:
    """Note what is wrong with one value."""
    dataset, unit = one.dataset or asked.dataset or "", _unit(one, asked)
    strange = [
        k for k, v in one.dimensions.items() if not (_CODE.fullmatch(k) and _CODE.fullmatch(v))
    ]
    units = (indicator.unit or "").split(" or ")
    given, kept = one.dimensions.get("indicator", asked.indicator), one.flags.flag
    group = next((one.dimensions[name] for name in GROUPS if name in one.dimensions), "TOTAL")
    for code, wrong, column, value, detail, allowed in (
        ("unknown_agency", one.agency != AGENCY, sdmx_csv.FLOW, one.agency,
         "only data of Eurostat are imported", [AGENCY]),
        ("unknown_dataset", not _CODE.fullmatch(dataset), sdmx_csv.FLOW, dataset,
         "the file names no dataset; say it with --dataset", None),
        ("unknown_code", bool(strange), strange[0] if strange else "", one.dimensions,
         "a dimension and its code are plain codes", None),
        ("other_dataset", bool(asked.dataset) and dataset != asked.dataset, sdmx_csv.FLOW,
         dataset, "another dataset than asked for", [asked.dataset]),
        ("other_dataset", bool(indicator.datasets) and dataset not in indicator.datasets,
         sdmx_csv.FLOW, dataset, f"{indicator.code} is not from this dataset",
         list(indicator.datasets)),
        ("other_indicator", given != asked.indicator, "indicator", given,
         "a value of another indicator; choose with --filter indicator=...", [asked.indicator]),
        ("no_vintage", not _updated(one, asked), sdmx_csv.UPDATED, one.updated,
         "the file does not say when the dataset was updated; say it with --updated", None),
        ("no_unit", unit is None, "unit", None,
         "the file has no unit; say it with --unit", [*units]),
        ("other_unit", unit is not None and bool(indicator.unit) and unit not in units, "unit",
         unit, f"{indicator.code} is in {indicator.unit}; choose with --filter unit=...", units),
        ("bad_period", not _PERIOD.fullmatch(one.period), sdmx_csv.PERIOD, one.period,
         "a period is a year, a month (2024-05) or a quarter (2024-Q2)", None),
        ("unknown_territory", not _GEO.fullmatch(one.geo), "geo", one.geo,
         "the code of a territory looks like ES or ES51", None),
        ("unknown_group", not _GROUP.fullmatch(group), "citizen", group,
         "the code of a group looks like NEU27_2020_FOR", None),
        ("unknown_flag", bool(one.flags.unknown), sdmx_csv.FLAG, one.flags.unknown,
         "no list of Eurostat has this flag", [*flags.MEANINGS, *flags.OLD]),
        ("unknown_flag", len(kept) > 8, sdmx_csv.FLAG, kept, "at most 8 flags are kept", None),
        ("confidential", one.value is not None and not flags.publishable(kept),
         sdmx_csv.CONFIDENTIALITY, kept, "a confidential number cannot be published", None),
        ("flag_contradicts", one.value is not None and "m" in kept, sdmx_csv.FLAG, kept,
         "the flag says that the value cannot exist, but there is one", None),
    ):  # fmt: skip
        if wrong:
            where = {"row": one.row, "column": column} if one.row else {"pointer": one.pointer}
            faults.add(code, detail, value=value, allowed=allowed, **where)  # type: ignore[arg-type]


# ------------------------------------------------------------------ series


def _source(one: Value, asked: Asked, file_hash: str) -> SourceRecord:
    dataset = one.dataset or asked.dataset or ""
    page = f"https://ec.europa.eu/eurostat/databrowser/product/view/{dataset}"
    return SourceRecord(
        id=f"imported-{file_hash[:16]}",
        letter="imported file",
        publisher="Eurostat",
        repository=asked.address or page,
        file=asked.file_name,
        commit=f"sha256 {file_hash}",
        extracted=asked.retrieved,
        date=asked.retrieved,
        trust="imported file",
        trust_note="Imported by an operator from a file in Eurostat's form; flags kept.",
        flags_kept=True,
        nuts_version=asked.nuts_version,
        licence=LICENCE,
    )


def _series(
    values: Sequence[Value], asked: Asked, found: Content, source: SourceRecord, faults: Faults
) -> tuple[SeriesRecord, dict[Place, Observation]]:
    """The series that values with one key make."""
    one = values[0]
    dataset, dimensions, updated = _key(one, asked)
    digest = hashlib.sha256(f"{dataset}\n{dimensions}".encode()).hexdigest()
    name = f"{asked.indicator[:63]}-{digest[:16]}"
    held: dict[Place, Observation] = {}
    for each in values:
        place = each.geo, each.period
        if place in held:
            faults.add("duplicate", "the file has a value for this place and period already",
                       row=each.row, pointer=each.pointer, value=" ".join(place))  # fmt: skip
        read = each.flags
        held[place] = Observation(name, *place, each.value, read.flag, read.original)
    codes: dict[str, str] = json.loads(dimensions)
    kept = found.kept.get(one.dimensions.get("series", ""), {})
    by = [each for each in GROUPS if codes.get(each, "TOTAL") != "TOTAL"]
    group = codes[by[0]] if by else "TOTAL"
    label = found.labels.get(by[0], {}).get(group, group) if by else "Total population"
    periods = sorted({period for _, period in held})
    retrieved = str(kept.get("retrieved"))
    record = SeriesRecord(
        id=name,
        indicator=asked.indicator,
        dataset=dataset,
        unit=_unit(one, asked) or "",
        group=group,
        group_basis=GROUPS[by[0]] if by else None,
        group_label=str(kept.get("group_label") or label)[:300],
        sex=codes.get("sex"),
        age=codes.get("age"),
        dims=codes,
        source=source.id,
        date=retrieved if _DATE.fullmatch(retrieved) else asked.retrieved,
        licence=LICENCE,
        attribution=f"Source: Eurostat ({dataset})",
        derived=False,
        calculation=None,
        flags_kept=True,
        nuts_version=str(kept.get("nuts_version") or asked.nuts_version)[:80],
        periods=(periods[0], periods[-1]),
        places=len({geo for geo, _ in held}),
        values=len(held),
        doubts=(),
        updated=updated,
    )
    return record, held


def _meet(
    record: SeriesRecord, values: dict[Place, Observation], held: Held | None, faults: Faults
) -> tuple[Arriving, Outcome]:
    """What becomes of a series, given what is held of it."""
    updated = record.updated or ""
    if held is None:
        counted = Outcome(record.id, "new", updated, len(values), len(values), 0, 0)
        return Arriving(record, values, None), counted
    before = held.record.updated or ""
    changed = [
        place
        for place in values.keys() & held.values
        if not _same(values[place], held.values[place])
    ]
    added = len(values.keys() - held.values.keys())
    if updated < before:
        faults.add("older_vintage", f"{record.id} is held as of {before}, the file is older",
                   value=updated)  # fmt: skip
    if updated == before:
        for place in sorted(changed):
            faults.add("contradiction", f"{record.id} as of {updated} has another value for "
                       f"{' '.join(place)}", value=values[place].value)  # fmt: skip
        whole = {**held.values, **values}
        action = "extended" if added else "unchanged"
        counted = Outcome(record.id, action, updated, len(whole), added, 0, 0)
        return Arriving(_over(record, whole), whole, held), counted
    gone = len(held.values.keys() - values.keys())
    counted = Outcome(record.id, "replaced", updated, len(values), added, len(changed), gone)
    return Arriving(record, values, held), counted


def _same(one: Observation, other: Observation) -> bool:
    return (one.value, one.flag) == (other.value, other.flag)


def _over(record: SeriesRecord, values: Mapping[Place, Observation]) -> SeriesRecord:
    periods = sorted({period for _, period in values})
    counts = {"places": len({geo for geo, _ in values}), "values": len(values)}
    return record.model_copy(update={"periods": (periods[0], periods[-1]), **counts})


def _new_places(
    session: Session, values: Sequence[Value], names: Mapping[str, str]
) -> list[TerritoryRecord]:
    """Territories that only this file names; it may know what they are called."""
    unknown = sorted({one.geo for one in values} - vintages.places(session))
    return [
        TerritoryRecord(
            code=code,
            name=names.get(code, "")[:300] or code,
            kind="named in an imported file",
            level=None,
            nuts_version=None,
            part_of=None,
        )
        for code in unknown
    ]
