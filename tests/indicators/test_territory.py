"""Which published value describes a region."""

from __future__ import annotations

import pytest

from services.indicators.outcomes import territory
from services.indicators.outcomes.formats import Observation
from services.indicators.outcomes.records import SeriesRecord
from services.indicators.outcomes.territory import Reading
from services.indicators.published.records import RegionRecord


def a_region(code: str = "XX1", **fits: list[str]) -> RegionRecord:
    codes = [{"code": each, "fit": fit} for fit, found in fits.items() for each in found]
    return RegionRecord.model_validate(
        {
            "code": code, "kind": "authority", "slug": code.lower(), "name": "Somewhere",
            "local_name": None, "names": {}, "name_source": "a test", "country_code": "XX",
            "country": "Nowhere", "nuts": None, "statistical_codes": codes, "in_mipex_r": False,
            "regin_pilot": False, "lab_label": None, "search_label": None, "website": None,
            "website_source": None, "point": None, "point_source": None, "part_of": None,
            "same_territory_as": None, "competence_note": None, "competences": [],
            "population": [], "notes": None,
        }
    )  # fmt: skip


def a_series(unit: str = "%") -> SeriesRecord:
    return SeriesRecord.model_validate(
        {
            "id": "s", "indicator": "i", "dataset": "d", "unit": unit, "group": None,
            "group_basis": None, "group_label": None, "sex": None, "age": None, "dims": {},
            "source": "x", "date": "2026", "licence": "l", "attribution": "a", "derived": False,
            "calculation": None, "flags_kept": True, "nuts_version": "2021",
            "periods": ["2024", "2025"], "places": 1, "values": 1, "doubts": [],
        }
    )  # fmt: skip


def read(region: RegionRecord, unit: str, *values: str) -> Reading:
    """Values as `territory period value flag`; a hyphen is no value."""
    found: dict[str, dict[str, Observation]] = {}
    for line in values:
        geo, period, value, flag = (*line.split(), "")[:4]
        one = Observation("s", geo, period, None if value == "-" else float(value), flag)
        found.setdefault(geo, {})[period] = one
    return territory.read(region, a_series(unit), found)


def test_the_newest_value_of_the_own_territory_is_taken():
    found = read(a_region(matches=["XX1"]), "%", "XX1 2024 1", "XX1 2025 2", "XX2 2026 3")
    assert (found.value, found.period, found.kind) == (2, "2025", "matches")


def test_a_newest_value_that_is_blank_stays_blank():
    found = read(a_region(matches=["XX1"]), "%", "XX1 2024 1", "XX1 2025 - u")
    assert (found.value, found.period) == (None, "2025")
    assert found.reason == "Too unreliable to publish."


def test_a_blank_without_a_flag_is_not_called_unreliable():
    assert read(a_region(matches=["XX1"]), "%", "XX1 2025 -").reason == "The source gives no value."


def test_counts_of_all_parts_are_added():
    region = a_region(part=["XX11", "XX12"])
    found = read(region, "persons", "XX11 2025 1", "XX12 2025 2 b")
    assert (found.value, found.kind, found.flag) == (3, "summed", "b")


@pytest.mark.parametrize("second", ["XX12 2025 -", "XX12 2024 2", "YY 2025 2"])
def test_counts_are_not_added_when_a_part_is_not_known_for_the_same_period(second: str):
    found = read(a_region(part=["XX11", "XX12"]), "persons", "XX11 2025 1", second)
    assert (found.value, found.kind) == (None, "parts")
    assert "XX12" in (found.reason or "")


def test_rates_of_parts_are_listed_and_not_averaged():
    found = read(a_region(part=["XX11", "XX12"]), "%", "XX11 2025 10", "XX12 2025 20")
    assert found.value is None
    assert [one.value for one in found.parts] == [10, 20]


def test_the_own_territory_comes_before_parts_and_larger_ones():
    region = a_region(matches=["XX1"], part=["XX11", "XX12"], larger=["XX"])
    values = ("XX11 2025 1", "XX12 2025 1", "XX 2025 9")
    assert read(region, "persons", "XX1 2020 5", *values).kind == "matches"
    assert read(region, "persons", *values).kind == "summed"
    assert read(region, "persons", "XX 2025 9").kind == "larger"


def test_a_larger_territory_is_named():
    found = read(a_region(larger=["XX"]), "%", "XX 2025 9")
    assert (found.value, found.codes) == (9, ("XX",))
    assert "more than Somewhere" in (found.note or "")


def test_a_single_subdivision_is_the_same_territory():
    series = a_series("class")
    found = {"XX10": {"2025": Observation("s", "XX10", "2025", 2, "")}}
    reading = territory.read(a_region(), series, found, within=["XX10"])
    assert (reading.value, reading.kind) == (2, "matches")


def test_a_region_of_several_classes_has_none_of_its_own():
    series = a_series("class")
    found = {code: {"2025": Observation("s", code, "2025", 1, "")} for code in ("XX11", "XX12")}
    reading = territory.read(a_region(), series, found, within=["XX11", "XX12"])
    assert (reading.value, reading.kind, len(reading.parts)) == (None, "parts", 2)


def test_a_source_that_says_nothing_is_told_from_one_that_says_there_is_no_value():
    found = read(a_region(matches=["XX1"]), "%", "YY 2025 1")
    assert (found.value, found.kind) == (None, None)
