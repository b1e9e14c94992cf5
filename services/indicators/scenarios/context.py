"""Regions to compare with: the nearest by population, wealth and migration, or a named set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.indicators.domain.instrument import ALL, OVERALL
from services.indicators.domain.peers import Peer, nearest
from services.indicators.domain.ranking import key
from services.indicators.editions import profiles
from services.indicators.outcomes import territory
from services.indicators.outcomes.store import BySeries, Catalogue
from services.indicators.outcomes.territory import Reading
from services.indicators.published.holdings import Holdings
from services.indicators.published.records import RegionRecord
from services.indicators.published.sheets import Keep, Sheet
from services.indicators.scenarios.computed import region_name
from services.indicators.scenarios.schemas import ContextValue, ContextVariable, PeerList, PeerOut

# One series for all regions: values of two vintages or age groups are not compared. Of the
# series of an indicator the one that covers most of the regions of MIPEX-R.
VARIABLES: Mapping[str, str] = {
    "population": "pop-a2",
    "gdp-per-inhabitant": "gdphab-a",
    "foreign-born-share-15-64": "fb-c",
    "net-migration-rate": "mig-a",
    "unemployment-rate": "une-tot-a",
}

Readings = Mapping[str, Mapping[str, Reading]]
"""Region -> variable -> its reading."""


@dataclass(frozen=True, slots=True)
class Known:
    """The context of the regions of an edition."""

    catalogue: Catalogue
    readings: Readings


def series(catalogue: Catalogue) -> list[str]:
    """The ids of the series that are there."""
    return [one for one in VARIABLES.values() if one in catalogue.series]


def territories(regions: Sequence[RegionRecord], catalogue: Catalogue) -> list[str]:
    """Codes of every territory that may say something about the regions."""
    found: list[str] = []
    for one in regions:
        found += [one.code, f"{one.code}0", *(each.code for each in one.statistical_codes)]
        found += catalogue.within.get(one.code, ())
    return found


def read(regions: Sequence[RegionRecord], catalogue: Catalogue, found: BySeries) -> Known:
    """The value of every variable for every region."""
    readings = {
        region.code: {
            name: territory.read(
                region,
                catalogue.series[one],
                found.get(one, {}),
                catalogue.within.get(region.code, ()),
            )
            for name, one in VARIABLES.items()
            if one in catalogue.series
        }
        for region in regions
    }
    return Known(catalogue, readings)


@dataclass(frozen=True, slots=True)
class Set:
    """Which regions to compare with: those named, or the k nearest where none is."""

    named: Sequence[str]
    k: int


def peers(
    sheet: Sheet, holdings: Holdings, known: Known, region: RegionRecord, asked: Set
) -> PeerList:
    """The region among those asked for."""
    values = {code: {n: _value(r) for n, r in one.items()} for code, one in known.readings.items()}
    telling = [name for name in VARIABLES if _tells(values, name)]
    table = {code: {name: one[name] for name in telling} for code, one in values.items()}
    candidates = nearest(table, region.code, None) if telling else []
    found = _named(candidates, asked.named) if asked.named else candidates[: asked.k]
    scores = _overall(sheet)
    ranks = _ranks([region.code, *(one.region for one in found)], scores)
    items = [
        PeerOut(
            region=region_name(holdings.regions[one.region]),
            distance=one.distance if one.variables else None,
            variables=one.variables,
            context=_context(known.readings[one.region], telling),
            score=scores[one.region][0],
            rank=scores[one.region][1],
            peer_rank=ranks[one.region],
        )
        for one in found
    ]
    score, rank = scores[region.code]
    return PeerList(
        **profiles.heading(sheet),
        region=region_name(region),
        context=_context(known.readings[region.code], telling),
        score=score,
        rank=rank,
        peer_rank=ranks[region.code],
        variables=[_variable(known, name, values) for name in telling],
        items=items,
        reason=None
        if asked.named
        else _reason(len(items), asked.k, len(sheet.edition.regions) - 1),
    )


def _named(candidates: Sequence[Peer], codes: Sequence[str]) -> list[Peer]:
    near = {one.region: one for one in candidates}
    return [near.get(code, Peer(code, 0.0, 0)) for code in codes]


def _value(reading: Reading) -> float | None:
    # The value of a larger territory is not that of the region.
    return reading.value if reading.kind in ("matches", "summed") else None


def _tells(values: Mapping[str, Mapping[str, float | None]], name: str) -> bool:
    """Whether the variable differs between regions; one that does not tells nothing."""
    return len({one[name] for one in values.values() if one.get(name) is not None}) > 1


def _variable(
    known: Known, name: str, values: Mapping[str, Mapping[str, float | None]]
) -> ContextVariable:
    one = known.catalogue.series[VARIABLES[name]]
    return ContextVariable(
        code=name,
        name=known.catalogue.indicators[name].name,
        unit=one.unit,
        series=one.id,
        source=one.attribution,
        known=sum(each[name] is not None for each in values.values()),
    )


def _context(readings: Mapping[str, Reading], telling: Sequence[str]) -> list[ContextValue]:
    return [
        ContextValue(
            variable=name,
            value=_value(readings[name]),
            period=readings[name].period,
            flag=readings[name].flag or None,
            fit=readings[name].kind,
        )
        for name in telling
    ]


def _overall(sheet: Sheet) -> dict[str, tuple[float | None, int | None]]:
    """Overall score and rank of every region; null where the edition has none."""
    keep = Keep(axes={OVERALL}, groups={ALL})
    found = {row["region"]: (row["score"], row["rank"]) for row in sheet.rows(keep)}
    return {code: found.get(code, (None, None)) for code in sheet.edition.regions}


def _ranks(
    codes: Sequence[str], scores: Mapping[str, tuple[float | None, int | None]]
) -> dict[str, int | None]:
    """Ranks in the peer set; an edition without overall ranks has none here either."""
    keys = {c: key(scores[c][0] or 0.0) for c in codes if scores[c][1] is not None}
    return {
        c: 1 + sum(other > keys[c] for other in keys.values()) if c in keys else None for c in codes
    }


def _reason(found: int, k: int, others: int) -> str | None:
    if found >= k:
        return None
    if found == others:
        return "The edition has no more regions."
    return (
        "Only regions that share at least half of the variables with this one are compared; "
        "for the others the statistics held here are not enough."
    )
