"""What the outcome values promise: no loss, a source for each, and true to their own sums."""

from __future__ import annotations

import csv
import json
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

DATA = Path(__file__).parents[3] / "services/indicators/data"
OUTCOMES = DATA / "outcomes"


def read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text("utf-8"))


DOCUMENT = read(OUTCOMES / "series.json")
SERIES: dict[str, dict[str, Any]] = {s["id"]: s for s in DOCUMENT["series"]}
SOURCES: dict[str, dict[str, Any]] = {s["id"]: s for s in DOCUMENT["sources"]}
INDICATORS: dict[str, dict[str, Any]] = {
    i["code"]: i for i in read(OUTCOMES / "indicators.json")["indicators"]
}
REGIONS: dict[str, dict[str, Any]] = {r["code"]: r for r in read(DATA / "regions.json")["regions"]}
TERRITORIES: dict[str, dict[str, Any]] = {
    t["code"]: t for t in read(OUTCOMES / "territories.json")["territories"]
}
with (OUTCOMES / "observations.csv").open(encoding="utf-8", newline="") as lines:
    ROWS = [tuple(row) for row in csv.reader(lines)]
HEADER, ROWS = ROWS[0], ROWS[1:]
VALUES = {(series, geo, period): (value, flag) for series, geo, period, value, flag in ROWS}


def finds(series: str, region: str) -> bool:
    """Whether a code of the region, or all its parts, carry a row of the series."""
    held = {geo for s, geo, _ in VALUES if s == series}
    codes = REGIONS[region]["statistical_codes"]
    if any(c["code"] in held for c in codes if c["fit"] in {"matches", "larger"}):
        return True
    parts = {c["code"] for c in codes if c["fit"] == "part"}
    return bool(parts) and parts <= held


def test_the_table_is_sorted_and_holds_each_value_once():
    assert HEADER == ("series", "geo", "period", "value", "flag")
    assert sorted(ROWS) == ROWS
    assert len(VALUES) == len(ROWS) == 38816


@pytest.mark.parametrize(
    ("series", "rows"),
    [
        ("emp-for-c", 83),
        ("emp-gap-c", 83),
        ("une-for-a", 1463),
        ("une-for-c", 83),
        ("act-a", 2293),
        ("arope-e", 327),
        ("pop-a2", 1394),
        ("pop-b", 279),
        ("leave-a", 1530),
        ("neet-f", 1715),
        ("urb-g", 213),
    ],
)
def test_series_are_as_long_as_in_their_source(series: str, rows: int):
    assert sum(row[0] == series for row in ROWS) == rows


def test_the_census_gives_twenty_five_countries_for_each_region():
    per_region = Counter(row[1] for row in ROWS if row[0].startswith("cob-"))
    assert len(per_region) == 243
    assert set(per_region.values()) == {25}


@pytest.mark.parametrize(
    ("series", "geo", "period", "value", "flag"),
    [
        ("emp-nat-c", "ES51", "2025", "78.7", ""),
        ("emp-for-c", "ES51", "2025", "71.5", ""),
        ("emp-gap-c", "SE22", "2025", "11.4", ""),
        ("emp-for-c", "AT13", "2025", "66.7", ""),
        ("une-for-c", "ES51", "2025", "12.5", ""),
        ("une-for-c", "DE80", "2025", "", ""),
        ("une-for-a", "AT34", "2022", "", "u"),
        ("une-for-a", "ES64", "2022", "38.4", "du"),
        ("pop-b", "ES51", "2023", "7901963", ""),
        ("pop-a2", "BE2", "2021", "6664709", ""),
        ("pop-d", "DE2", "2025", "13248928", ""),
        ("arope-e", "ES64", "2024", "44.5", ""),
        ("arope-e", "BE2", "2024", "12.9", ""),
        ("urb-g", "SE224", "2021", "2", ""),
        ("urb-g", "AT130", "2021", "1", ""),
        ("cob-ma", "ES51", "2021", "247089", ""),
        ("ter-for-c", "PT20", "2025", "", ""),
        ("leave-a", "ES64", "2021", "", "bu"),
        ("gdphab-a", "ES51", "2021", "29900", "p"),
        ("fb-c", "ES64", "2025", "24.4", ""),
    ],
)
def test_values_read_by_hand_in_the_source(
    series: str, geo: str, period: str, value: str, flag: str
):
    assert VALUES[series, geo, period] == (value, flag)


@pytest.mark.parametrize("name", ["emp", "act", "ter"])
def test_a_gap_is_the_native_born_minus_the_foreign_born(name: str):
    checked = 0
    for (series, geo, period), (gap, _) in VALUES.items():
        if series != f"{name}-gap-c":
            continue
        native, _ = VALUES[f"{name}-nat-c", geo, period]
        foreign, _ = VALUES[f"{name}-for-c", geo, period]
        assert bool(gap) == bool(native and foreign), geo
        if gap:
            assert Decimal(gap) == Decimal(native) - Decimal(foreign), geo
            checked += 1
    assert checked >= 81


def test_a_share_is_its_count_over_the_whole():
    checked = 0
    for (series, geo, period), (share, _) in VALUES.items():
        if series != "fb-c":
            continue
        part, _ = VALUES["p1564-for-c", geo, period]
        whole, _ = VALUES["p1564-tot-c", geo, period]
        assert abs(Decimal(share) - 100 * Decimal(part) / Decimal(whole)) <= Decimal("0.06"), geo
        checked += 1
    assert checked == 83


def test_flags_are_from_the_known_list():
    known = set(DOCUMENT["flags"])
    assert known == {"b", "d", "e", "p", "u"}
    assert {flag for *_, flag in ROWS if not set(flag) <= known} == set()


def test_a_series_without_flags_says_so():
    flagged = {row[0] for row in ROWS if row[4]}
    assert {s for s in flagged if not SERIES[s]["flags_kept"]} == set()
    assert {s["source"][0] for s in SERIES.values() if s["flags_kept"]} == {"A", "F", "G"}


def test_values_are_numbers_in_a_sensible_range():
    for series, geo, period, value, _ in ROWS:
        if value and SERIES[series]["unit"] == "%":
            assert 0 <= Decimal(value) <= 100, (series, geo, period)
        elif value and SERIES[series]["unit"] not in {"percentage points", "per 1 000 inhabitants"}:
            assert Decimal(value) >= 0, (series, geo, period)


def test_every_place_is_a_region_or_a_documented_territory():
    places = {row[1] for row in ROWS}
    assert places - set(REGIONS) - set(TERRITORIES) == set()
    assert set(TERRITORIES) <= places
    assert set(TERRITORIES) & set(REGIONS) == set()


def test_small_territories_belong_to_one_of_the_twenty_five():
    parents = {t["part_of"] for t in TERRITORIES.values() if t["kind"] == "NUTS 3"}
    mipex_r = {code for code, region in REGIONS.items() if region["in_mipex_r"]}
    assert parents == mipex_r - {"SE224", "SE232"}


def test_every_nuts_2_place_is_a_region():
    assert [t["code"] for t in TERRITORIES.values() if t["kind"] == "NUTS 2"] == []


def test_every_series_has_source_licence_and_date():
    assert {row[0] for row in ROWS} == set(SERIES)
    for series in SERIES.values():
        source = SOURCES[series["source"]]
        assert len(source["commit"]) == 40
        assert source["repository"].startswith("https://")
        assert "2011/833/EU" in series["licence"]
        assert "Eurostat" in series["attribution"]
        assert "2022-03" < series["date"] <= "2026-11-22"


def test_dates_are_days_except_where_the_source_does_not_tell():
    odd = set()
    for source in SOURCES.values():
        try:
            date.fromisoformat(source["date"])
        except ValueError:
            odd.add(source["id"])
    assert odd == {"C"}


def test_series_describe_what_they_hold():
    periods: dict[str, set[str]] = {}
    places: dict[str, set[str]] = {}
    for series, geo, period, _, _ in ROWS:
        periods.setdefault(series, set()).add(period)
        places.setdefault(series, set()).add(geo)
    for series in SERIES.values():
        held = periods[series["id"]]
        assert series["periods"] == [min(held), max(held)]
        assert series["places"] == len(places[series["id"]])


def test_derived_series_state_their_calculation():
    derived = {s["id"] for s in SERIES.values() if s["derived"]}
    assert {"emp-gap-c", "act-gap-c", "ter-gap-c", "fb-c"} <= derived
    assert [s for s in derived if not SERIES[s]["calculation"]] == []


def test_there_are_enough_indicators_and_ten_are_confirmed():
    assert len(INDICATORS) >= 55
    assert Counter(i["status"] for i in INDICATORS.values())["confirmed"] == 10
    assert {i["status"] for i in INDICATORS.values()} == {"confirmed", "candidate"}
    assert {i["direction"] for i in INDICATORS.values()} == {
        "higher is better",
        "lower is better",
        "none",
    }


def test_indicators_and_series_point_at_each_other():
    listed = {series for i in INDICATORS.values() for series in i["series"]}
    assert listed == set(SERIES)
    for code, indicator in INDICATORS.items():
        assert {SERIES[s]["indicator"] for s in indicator["series"]} <= {code}
        assert set(indicator["headline_series"]) <= set(indicator["series"])
        assert set(indicator["nearest_series"]) <= set(SERIES)


def test_what_is_not_held_is_empty_and_not_filled_with_something_near():
    assert INDICATORS["unemployment-rate-non-eu"]["series"] == []
    assert INDICATORS["unemployment-rate-non-eu"]["nearest_series"] == ["une-neu-a"]
    assert INDICATORS["home-ownership"]["series"] == []


def test_the_headlines_are_those_of_the_region_panel():
    assert {c for c, i in INDICATORS.items() if i["headline"]} == {
        "population",
        "urban-rural-type",
        "foreign-born-share-15-64",
        "employment-rate-by-birth",
        "employment-gap",
        "activity-gap",
        "unemployment-rate-by-birth",
        "tertiary-gap",
        "at-risk-of-poverty-or-social-exclusion",
    }
    assert all(i["headline_series"] for i in INDICATORS.values() if i["headline"])


@pytest.mark.parametrize(
    "series", ["emp-nat-c", "emp-for-c", "emp-gap-c", "act-gap-c", "fb-c", "pop-b"]
)
def test_each_of_the_twenty_five_finds_its_headline_values(series: str):
    mipex_r = [code for code, region in REGIONS.items() if region["in_mipex_r"]]
    without = [code for code in mipex_r if not finds(series, code)]
    assert without == []


def test_the_table_stays_small():
    assert (OUTCOMES / "observations.csv").stat().st_size < 1_200_000
