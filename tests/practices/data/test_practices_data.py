"""What the first practices promise: counts of the collection, closed lists, real addresses."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
DATA = ROOT / "services/practices/data"
PRACTICES: list[dict[str, Any]] = [
    json.loads(line) for line in (DATA / "practices.jsonl").read_text("utf-8").splitlines()
]
BY_ID = {practice["external_id"]: practice for practice in PRACTICES}
VOCABULARY: dict[str, Any] = json.loads((DATA / "vocabulary.json").read_text("utf-8"))
REGIONS = {
    region["code"]: region
    for region in json.loads((ROOT / "services/indicators/data/regions.json").read_text("utf-8"))[
        "regions"
    ]
}
PILOTS = {"P069", "P091", "P117", "P124", "P172", "P182"}


def words(practice: dict[str, Any]) -> str:
    return json.dumps(practice, ensure_ascii=False).lower()


def allowed(name: str) -> set[str]:
    return {entry["value"] for entry in VOCABULARY[name]}


def test_there_are_192_practices_in_order():
    assert [p["external_id"] for p in PRACTICES] == [f"P{n:03d}" for n in range(1, 193)]


def test_they_come_from_71_regions_of_15_countries():
    assert len({code for p in PRACTICES for code in p["regions"]}) == 71
    assert Counter(REGIONS[p["regions"][0]]["country_code"] for p in PRACTICES) == {
        "IT": 52,
        "ES": 48,
        "DE": 25,
        "SE": 18,
        "AT": 15,
        "BE": 9,
        "PL": 6,
        "GB": 5,
        "PT": 5,
        "GR": 3,
        "FR": 2,
        "CH": 1,
        "CZ": 1,
        "FI": 1,
        "MA": 1,
    }


def test_every_region_is_in_the_region_list():
    unknown = {code for p in PRACTICES for code in p["regions"]} - set(REGIONS)
    assert unknown == set()
    assert [p["external_id"] for p in PRACTICES if not p["regions"]] == []


def test_each_of_the_twenty_five_has_at_least_two_practices():
    per_region = Counter(code for p in PRACTICES for code in p["regions"])
    mipex_r = [code for code, region in REGIONS.items() if region["in_mipex_r"]]
    assert {code for code in mipex_r if per_region[code] < 2} == set()
    assert per_region["ES51"] == 14
    assert per_region["SE224"] == 10


def test_areas_are_counted_as_collected():
    assert Counter(area for p in PRACTICES for area in p["areas"]) == {
        "governance": 91,
        "labour": 84,
        "participation": 70,
        "education": 63,
        "social assistance": 62,
        "housing": 56,
        "reception": 56,
        "language": 53,
        "health": 45,
        "culture": 19,
        "antidiscrimination": 17,
        "religion": 4,
        "other": 1,
    }


@pytest.mark.parametrize(
    ("field", "counts"),
    [
        (
            "role",
            {
                "leader": 108,
                "funding": 47,
                "coordinating": 15,
                "active partner": 13,
                "support": 6,
                None: 3,
            },
        ),
        ("result", {None: 173, "mixed": 12, "successful": 6, "did not reach its aims": 1}),
        ("confidence", {"high": 113, "medium": 60, "low": 19}),
        ("status", {"completed": 74, "ongoing": 66, None: 48, "planned": 3, "discontinued": 1}),
    ],
)
def test_values_are_counted_as_collected(field: str, counts: dict[str | None, int]):
    assert Counter(p[field] for p in PRACTICES) == counts


def test_depth_of_the_records_is_that_of_the_collection():
    assert sum(p["budget"] is not None for p in PRACTICES) == 47
    assert sum(p["people_reached"] is not None for p in PRACTICES) == 29
    assert sum(bool(p["results"]) for p in PRACTICES) == 86
    # 63 in the collection, and one more for a pilot of REGIN
    assert sum(bool(p["lessons"]) for p in PRACTICES) == 64


@pytest.mark.parametrize(
    ("field", "name"),
    [("areas", "areas"), ("target_groups", "target_groups")],
)
def test_lists_use_the_vocabulary(field: str, name: str):
    assert {value for p in PRACTICES for value in p[field]} == allowed(name)


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ("role", "roles"),
        ("status", "statuses"),
        ("result", "results"),
        ("confidence", "confidence"),
        ("provenance", "provenance"),
    ],
)
def test_single_values_use_the_vocabulary(field: str, name: str):
    assert {p[field] for p in PRACTICES} - {None} <= allowed(name)


def test_stated_target_groups_always_lead_to_a_normalised_one():
    odd = [
        p["external_id"] for p in PRACTICES if p["target_groups_stated"] and not p["target_groups"]
    ]
    assert odd == []


def test_areas_point_at_the_areas_of_mipex_r():
    mapping = {entry["value"]: entry["mipex_r_area"] for entry in VOCABULARY["areas"]}
    assert mapping["labour"] == "labour-market"
    assert mapping["culture"] == mapping["religion"] == "culture-and-religion"
    assert mapping["governance"] is None


def test_a_result_has_a_basis_and_nothing_else_has_one():
    assert [
        p["external_id"] for p in PRACTICES if (p["result"] is None) != (p["result_basis"] is None)
    ] == []


def test_every_source_is_an_address_except_in_three_records():
    missing = {
        p["external_id"]
        for p in PRACTICES
        if not all(s["url"] and s["url"].startswith(("http://", "https://")) for s in p["sources"])
    }
    assert missing == {"P056", "P163", "P178"}


def test_every_practice_has_a_source_that_says_when_it_was_seen():
    for practice in PRACTICES:
        assert practice["sources"]
        assert all(s["seen_on"] for s in practice["sources"])
        assert practice["sources"][0]["publisher"]


def test_what_is_not_known_is_null_and_not_a_phrase():
    assert [p["external_id"] for p in PRACTICES if "not stated" in words(p)] == []
    assert [p["external_id"] for p in PRACTICES if '""' in words(p)] == []


def test_the_year_is_that_of_the_start():
    for practice in PRACTICES:
        start = practice["period"]["start"]
        assert practice["year"] == (int(start[:4]) if start else None)


def test_every_record_says_that_no_region_has_reviewed_it():
    assert {(p["provenance"], p["provenance_note"], p["licence"]) for p in PRACTICES} == {
        (
            "collected",
            "Collected from public sources, not yet reviewed by the region",
            "CC-BY-4.0",
        )
    }


def test_the_catalan_pilot_speaks_of_robotics():
    assert "robotics" in BY_ID["P069"]["title"]
    assert BY_ID["P069"]["regions"] == ["ES51"]
    assert any("labour market" in objective for objective in BY_ID["P069"]["objectives"])


def test_the_pilots_of_regin_are_those_of_its_six_regions():
    assert {BY_ID[i]["regions"][0] for i in PILOTS} == {
        code for code, region in REGIONS.items() if region["regin_pilot"]
    }
    assert all("regin" in words(BY_ID[i]) for i in PILOTS)


def test_records_share_one_shape():
    assert len({tuple(p) for p in PRACTICES}) == 1
    assert {tuple(p["period"]) for p in PRACTICES} == {("start", "end")}
