"""What of a practice is searchable, and under which names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from services.search.domain.catalogue import index, mutual, translated
from services.search.domain.documents import practice, region
from services.search.schemas import CATALOGUE, LABELS
from tests.search.neighbours import a_record, the_regions

VOCABULARY = Path(__file__).parents[2] / "services" / "practices" / "data" / "vocabulary.json"
REGIONS = {facts["code"]: facts for facts in the_regions()}


def a_document(**changes: Any) -> dict[str, Any]:
    return practice(a_record("p1", **changes), REGIONS, LABELS, 7)


def test_facets_hold_the_labels_that_old_links_use():
    found = a_document(regions=["ITF3", "ITF4", "SE224"])
    assert found["filter_regions"] == ["Campania", "Apulia (Puglia)", "Skåne (Scania)"]
    assert found["filter_countries"] == ["Italy", "Sweden"]
    assert found["filter_roles"] == ["leader"]
    assert found["filter_status"] == ["ongoing"]


def test_the_names_of_a_region_in_all_languages_lead_to_its_practices():
    assert {"Catalunya", "Katalonien", "Catalogne"} <= set(a_document()["region_names"])


def test_what_is_not_stated_stays_out_of_the_facets():
    found = a_document(role=None, status=None, result=None, year=None)
    assert found["filter_roles"] == found["filter_status"] == found["filter_result"] == []
    assert found["year"] is None


def test_every_text_says_its_language():
    translation = {"language": "ca", "title": "Taula d'acollida", "summary": None}
    found = a_document(language="es", original_language="eu", translations=[translation])
    assert (found["language"], found["original_language"]) == ("es", "eu")
    assert found["translations"] == [translation]
    assert found["filter_languages"] == ["es", "eu", "ca"]


def test_moments_are_numbers_to_sort_by_and_text_to_read():
    found = a_document(published_at="2026-11-22T09:30:00Z")
    assert found["published_at"] == 1_795_339_800
    assert found["published_on"] == "2026-11-22T09:30:00Z"


def test_the_point_is_that_of_the_first_region():
    assert a_document()["_geo"] == REGIONS["ES51"]["point"]


def test_a_region_that_nobody_knows_keeps_its_code_and_has_no_names():
    found = a_document(regions=["XX99"])
    assert found["region_codes"] == ["XX99"]
    assert found["filter_regions"] == []
    assert "_geo" not in found


def test_the_digest_changes_with_the_content_and_not_with_the_sequence():
    again = practice(a_record("p1"), REGIONS, LABELS, 8)
    assert again["_digest"] == a_document()["_digest"]
    assert a_document(title="Other")["_digest"] != again["_digest"]


@pytest.mark.parametrize(
    "broken",
    [
        {"regions": None},
        {"published_at": "today"},
        {"partners": [1]},
        {"translations": [{"title": "Without a language"}]},
    ],
)
def test_what_is_no_practice_is_refused(broken: dict[str, Any]):
    with pytest.raises((KeyError, TypeError, ValueError)):
        a_document(**broken)


@pytest.mark.parametrize("uid", ["practices", "regions"])
def test_every_attribute_of_the_settings_is_in_the_documents(uid: str):
    made = a_document() if uid == "practices" else region(REGIONS["ES51"], LABELS)
    settings = CATALOGUE[uid]
    for names in (settings.searchable, settings.filterable, settings.sortable, settings.displayed):
        assert {name.partition(".")[0] for name in names} <= made.keys()


def test_what_is_not_public_is_in_no_list_of_the_settings():
    settings = CATALOGUE["practices"]
    hidden = a_document().keys() - settings.displayed
    assert hidden == {"_seq", "_digest", "terms"}
    with pytest.raises(ValueError, match="_seq"):
        index("x", {**settings.settings, "filterableAttributes": ["_seq"]}, {}, [])


def test_each_word_of_a_group_means_all_the_others():
    assert mutual([["a", "b", "c"], ["a", "d"]]) == {
        "a": ["b", "c", "d"],
        "b": ["a", "c"],
        "c": ["a", "b"],
        "d": ["a"],
    }


def test_a_word_of_another_language_leads_one_way():
    synonyms = {"labour": ["work"]}
    found = translated(synonyms, [{"arbeit": ["labour", "work"]}, {"arbeit": ["work", "job"]}])
    assert found == {"labour": ["work"], "arbeit": ["labour", "work", "job"]}


def test_a_practice_is_found_by_what_its_values_are_called_elsewhere():
    terms = a_document(areas=["housing"], target_groups=["refugees"])["terms"]
    assert {"logement", "vivienda", "Wohnen", "Flüchtlinge", "Espagne", "Spanien"} <= set(terms)


def test_every_value_of_the_vocabulary_has_words_in_the_other_languages():
    vocabulary = json.loads(VOCABULARY.read_text("utf-8"))
    languages = {"fr", "de", "it", "es", "pt", "sv", "ca"}
    areas = {one["value"] for one in vocabulary["areas"]} - {"other"}
    groups = {one["value"] for one in vocabulary["target_groups"]}
    countries = {facts["country_code"] for facts in REGIONS.values()}
    for named, values in (
        (LABELS.areas, areas),
        (LABELS.target_groups, groups),
        (LABELS.countries, countries),
    ):
        assert values <= named.keys()
        assert all(languages <= named[value].keys() for value in values)


def test_a_region_is_found_by_its_towns_and_a_practice_is_not():
    assert {"Bolzano", "Bozen"} <= set(region(REGIONS["ITH1"], LABELS)["places"])
    assert "Barcelona" not in a_document()["terms"]
    assert LABELS.places.keys() <= REGIONS.keys()


def test_a_document_is_plain_json():
    assert json.loads(json.dumps(a_document())) == a_document()
