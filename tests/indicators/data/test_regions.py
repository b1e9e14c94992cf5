"""What the region list promises to everything that joins on it."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
REGIONS: list[dict[str, Any]] = json.loads(
    (ROOT / "services/indicators/data/regions.json").read_text("utf-8")
)["regions"]
BY_CODE = {region["code"]: region for region in REGIONS}
MIPEX_R = [region for region in REGIONS if region["in_mipex_r"]]
LANGUAGES = {"en", "fr", "de", "it", "es", "pt", "sv", "ca"}
AREAS = {
    "antidiscrimination",
    "culture-and-religion",
    "education",
    "health",
    "housing",
    "labour-market",
    "language",
    "social-security-and-assistance",
}


def fits(code: str) -> dict[str, str]:
    return {entry["code"]: entry["fit"] for entry in BY_CODE[code]["statistical_codes"]}


def competences(code: str) -> dict[str, str]:
    return {entry["area"]: entry["kind"] for entry in BY_CODE[code]["competences"]}


def test_twenty_five_regions_of_mipex_r_from_seven_countries():
    assert Counter(region["country_code"] for region in MIPEX_R) == {
        "IT": 7,
        "ES": 6,
        "AT": 3,
        "DE": 3,
        "BE": 2,
        "PT": 2,
        "SE": 2,
    }


def test_the_six_pilots_carry_the_labels_of_the_old_lab():
    assert {region["slug"]: region["lab_label"] for region in REGIONS if region["regin_pilot"]} == {
        "azores": "Região Autónoma dos Açores (Azores)",
        "campania": "Campania",
        "catalonia": "Generalitat de Catalunya (Catalonia)",
        "murcia": "Región de Murcia (Murcia)",
        "puglia": "Apulia (Puglia)",
        "skane": "Skåne (Scania)",
    }


@pytest.mark.parametrize("field", ["code", "slug", "search_label"])
def test_no_two_regions_share_what_names_them(field: str):
    assert [v for v, n in Counter(region[field] for region in REGIONS).items() if n > 1] == []


def test_slugs_are_plain_ascii():
    allowed = set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert [region["slug"] for region in REGIONS if not set(region["slug"]) <= allowed] == []


def test_the_twenty_five_are_named_in_eight_languages():
    assert [r["code"] for r in MIPEX_R if set(r["names"]) != LANGUAGES] == []
    assert BY_CODE["ES51"]["names"]["ca"] == "Catalunya"
    assert BY_CODE["ITH1"]["names"]["de"] == "Südtirol"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("ES51", {"ES51": "matches"}),
        ("SE224", {"SE224": "matches", "SE22": "larger"}),
        ("SE232", {"SE232": "matches", "SE23": "larger"}),
        ("DE3", {"DE3": "matches", "DE30": "matches"}),
        ("DE8", {"DE8": "matches", "DE80": "matches"}),
        ("DE2", {"DE2": "matches"} | {f"DE2{n}": "part" for n in range(1, 8)}),
        ("BE2", {"BE2": "matches"} | {f"BE2{n}": "part" for n in range(1, 6)}),
        ("BE3", {"BE3": "matches"} | {f"BE3{n}": "part" for n in range(1, 6)}),
        ("PT17", {"PT17": "matches", "PT1A": "part", "PT1B": "part"}),
        ("MA-ORI", {}),
    ],
)
def test_a_region_knows_which_statistics_describe_it(code: str, expected: dict[str, str]):
    assert fits(code) == expected


def test_lisbon_keeps_apart_the_two_classifications():
    assert [entry["nuts_version"] for entry in BY_CODE["PT17"]["statistical_codes"]] == [
        "2021",
        "2024",
        "2024",
    ]


def test_fits_are_a_closed_list():
    found = {entry["fit"] for region in REGIONS for entry in region["statistical_codes"]}
    assert found == {"matches", "larger", "part"}


def test_every_part_and_twin_points_at_a_listed_region():
    for region in REGIONS:
        if region["part_of"] is not None:
            assert region["code"] in fits(region["part_of"]), region["code"]
    assert BY_CODE["DE30"]["same_territory_as"] == "DE3"
    assert BY_CODE["DE21"]["same_territory_as"] is None


def test_points_lie_in_or_near_europe():
    for region in REGIONS:
        lat, lng = region["point"]["lat"], region["point"]["lng"]
        overseas = region["code"].startswith("FRY") or region["code"] == "NO0B"
        assert overseas or (27 < lat < 72 and -32 < lng < 45), region["code"]


def test_points_fall_where_a_map_shows_the_region():
    for code, lat, lng in [("ES51", 41.8, 1.5), ("AT13", 48.2, 16.4), ("PT20", 37.8, -25.5)]:
        point = BY_CODE[code]["point"]
        assert abs(point["lat"] - lat) < 0.3
        assert abs(point["lng"] - lng) < 0.5


def test_competences_are_known_for_five_regions_and_not_invented_for_the_rest():
    known = {region["slug"] for region in REGIONS if region["competences"]}
    assert known == {"azores", "campania", "catalonia", "murcia", "puglia"}
    assert set(competences("ITF3").values()) == {"shared"}
    assert competences("ES51")["housing"] == "exclusive"
    assert competences("ES51")["labour-market"] == "shared"
    for region in REGIONS:
        assert {entry["area"] for entry in region["competences"]} <= AREAS
        assert all(entry["source"] for entry in region["competences"])


def test_population_shares_are_the_published_ones():
    shares = {
        (region["code"], entry["group"]): entry["share_pct"]
        for region in REGIONS
        for entry in region["population"]
    }
    assert shares == {
        ("ITF3", "TCN"): 3,
        ("ITF3", "BIP"): 0.4,
        ("ITF4", "TCN"): 2,
        ("ES51", "TCN"): 11,
        ("ES62", "TCN"): 12,
        ("SE224", "TCN"): 15,
        ("SE224", "BIP"): 8,
    }


def test_a_website_says_where_it_comes_from():
    for region in REGIONS:
        assert (region["website"] is None) == (region["website_source"] is None)
        assert region["website"] is None or region["website"].startswith("https://")
    assert all(region["website"] for region in MIPEX_R)


def test_nuts_versions_follow_the_classification():
    versions = {
        region["code"]: region["nuts"]["version"]
        for region in REGIONS
        if region["nuts"] is not None
    }
    assert versions["ES51"] == "2021"
    assert versions["PT1A"] == versions["NL36"] == "2024"
    assert versions["UKM"] == "2016"
    assert [r["code"] for r in REGIONS if r["nuts"] is None] == ["MA-ORI"]
    assert all(r["nuts"]["level"] == len(r["code"]) - 2 for r in REGIONS if r["nuts"] is not None)
