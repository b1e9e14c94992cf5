"""Which practices are suggested, and that each says why."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from services.search.domain.suggestions import Gap, Suggestion, for_gap
from services.search.domain.suggestions import similar as most_alike
from services.search.suggestions import FUNCTION_WORDS
from tests.search.conftest import Found

ROOT = Path(__file__).parents[2]
AREAS = ROOT / "services" / "search" / "data" / "areas.json"
VOCABULARY = ROOT / "services" / "practices" / "data" / "vocabulary.json"


def a_document(name: str, **changes: Any) -> dict[str, Any]:
    return {
        "id": name,
        "language": "en",
        "title": "Welcome desk",
        "summary": "A desk where newcomers find their way.",
        "region_codes": ["ES51"],
        "filter_areas": ["reception"],
        "filter_target_groups": ["refugees"],
        "filter_result": [],
        "confidence": "medium",
    } | changes


def similar(one: dict[str, Any], others: list[dict[str, Any]], limit: int) -> list[Suggestion]:
    return most_alike(one, others, limit, FUNCTION_WORDS)


def names(found: list[Any]) -> list[str]:
    return [one.document["id"] for one in found]


# ------------------------------------------------------------------ like this one


def test_what_shares_more_is_more_alike():
    one = a_document("one", filter_areas=["housing", "health"])
    both = a_document("both", filter_areas=["housing", "health"])
    half = a_document("half", filter_areas=["housing"])
    assert names(similar(one, [half, both], 5)) == ["both", "half"]


def test_a_practice_is_not_like_itself_nor_like_one_with_which_it_shares_nothing():
    one = a_document("one")
    other = a_document(
        "other",
        title="Robotics",
        summary="Machines",
        filter_areas=["education"],
        filter_target_groups=["women"],
    )
    assert similar(one, [one, other], 5) == []


def test_the_reasons_name_what_is_shared():
    one, other = a_document("one"), a_document("other", filter_result=["successful"])
    (found,) = similar(one, [other], 5)
    assert {why.kind: why.values for why in found.why} == {
        "area": ["reception"],
        "target_group": ["refugees"],
        "words": ["newcomers", "Welcome"],
        "result": ["successful"],
    }


@pytest.mark.parametrize(
    ("language", "text", "shared"),
    [
        ("en", "Those mediators, until October, within almost every school", "mediators school"),
        ("fr", "Leurs médiateurs étaient, jusqu'à octobre, parmi les écoles", "écoles médiateurs"),
        ("de", "Während unserer Schule fünfzig Vermittler gegenüber", "Schule Vermittler"),
        ("it", "Questi mediatori avrebbero, perché dentro, quattro scuole", "mediatori scuole"),
        ("es", "También nuestros mediadores estuvieron según escuelas", "escuelas mediadores"),
        ("pt", "Aqueles mediadores também, até então, através escolas", "escolas mediadores"),
        ("sv", "Också medlare själva, från oktober, mellan några skolor", "medlare skolor"),
        ("ca", "Aquests mediadors també, mitjançant quatre escoles", "escoles mediadors"),
    ],
)
def test_a_reason_is_a_word_with_a_meaning(language: str, text: str, shared: str):
    one = a_document("one", language=language, title="", summary=text)
    (found,) = similar(one, [one | {"id": "other"}], 5)
    assert [why.values for why in found.why if why.kind == "words"] == [shared.split()]


def test_a_shared_word_is_shown_as_it_is_written():
    one = a_document("one", title="Mediators", summary="The mediators of Västra Götaland")
    other = one | {"id": "other", "summary": "MEDIATORS, VASTRA GOTALAND"}
    (found,) = similar(one, [other], 5)
    assert found.why[-1].values == ["Götaland", "mediators", "Västra"]


def test_what_is_grammar_in_one_language_may_mean_something_in_another():
    english = a_document("one", title="", summary="Rights in Sommes, a town of Picardy")
    (found,) = similar(english, [english | {"id": "other"}], 5)
    assert "Sommes" in found.why[-1].values


def test_practices_are_not_alike_because_of_grammar():
    nothing = {"title": "", "filter_areas": [], "filter_target_groups": []}
    one = a_document("one", summary="Housing, where there was none until May") | nothing
    other = a_document("other", summary="Lessons, where they ended until May") | nothing
    assert similar(one, [other], 5) == []


def test_the_lists_of_function_words_cover_the_languages_of_the_pages():
    assert set(FUNCTION_WORDS) == {"en", "fr", "de", "it", "es", "pt", "sv", "ca"}


# ------------------------------------------------------------------ for a gap


def test_a_practice_that_misses_a_part_asked_for_is_left_out():
    housing = a_document("housing", filter_areas=["housing"])
    gap = Gap(areas=["housing"], named=["refugees"])
    women = a_document("women", filter_areas=["housing"], filter_target_groups=["women"])
    assert names(for_gap(gap, [a_document("reception"), housing, women], 5)) == ["housing"]


def test_a_result_on_record_and_a_good_source_come_first():
    judged = a_document("c", filter_result=["mixed"])
    sure = a_document("b", confidence="high")
    found = for_gap(Gap(areas=["reception"]), [a_document("a"), sure], 5)
    assert names(found) == ["b", "a"]
    assert names(for_gap(Gap(areas=["reception"]), [sure, judged], 5)) == ["c", "b"]


def test_one_region_gives_two_practices_at_the_most():
    many = [a_document(f"p{n}") for n in range(5)]
    other = a_document("z", region_codes=["ITF4"])
    assert names(for_gap(Gap(areas=["reception"]), [*many, other], 5)) == ["p0", "p1", "z"]


def test_a_phase_is_recognised_by_words_and_that_is_said():
    gap = Gap(phase="evaluation", phase_words=["evaluated"])
    told = a_document("told", summary="Two universities evaluated it.")
    (found,) = for_gap(gap, [told, a_document("silent")], 5)
    assert "Practices carry no phase" in found.why[0].text
    assert found.why[0].values == ["evaluated"]


def test_the_areas_of_both_halves_are_joined_as_the_vocabulary_of_practices_says():
    vocabulary = json.loads(VOCABULARY.read_text("utf-8"))
    joined: dict[str, list[str]] = {}
    for one in vocabulary["areas"]:
        if one["mipex_r_area"]:
            joined.setdefault(one["mipex_r_area"], []).append(one["value"])
    ours = json.loads(AREAS.read_text("utf-8"))
    assert ours["areas"] == joined
    groups = {one["value"] for one in vocabulary["target_groups"]}
    assert all(
        set(kinds["named"] + kinds["included"]) <= groups for kinds in ours["groups"].values()
    )


# ------------------------------------------------------------------ over the 192 practices


async def get(found: Found, path: str, **query: Any) -> dict[str, Any]:
    answer = await found.client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.anyio
async def test_practices_on_trafficking_lead_to_one_another(found: Found):
    (one,) = (await found.find("anti trafficking network", limit=1))["hits"]
    items = (await get(found, f"/practices/{one['id']}/similar"))["items"]
    assert len(items) >= 3
    assert "trafficking" in items[0]["title"].casefold()
    assert all(item["why"] for item in items)
    shared = {word for item in items for why in item["why"] for word in why["values"]}
    assert shared.isdisjoint(FUNCTION_WORDS["en"])
    assert [item["score"] for item in items] == sorted((i["score"] for i in items), reverse=True)


@pytest.mark.anyio
async def test_a_gap_is_answered_by_other_regions(found: Found):
    answer = await get(
        found, "/regions/catalonia/suggestions", area="housing", group="BIP", phase="evaluation"
    )
    assert (answer["region"], answer["practice_areas"]) == ("ES51", ["housing"])
    assert answer["items"]
    for item in answer["items"]:
        assert "ES51" not in item["regions"]
        assert "housing" in item["areas"]
        assert {"area", "target_group", "phase"} <= {why["kind"] for why in item["why"]}


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/practices/nothing/similar", 404),
        ('/practices/%22%20OR%20id%20EXISTS%20OR%20id%20=%20"/similar', 404),
        ("/regions/atlantis/suggestions", 404),
        ("/regions/ES51/suggestions?area=labour", 422),
        ("/regions/ES51/suggestions?phase=never", 422),
        ("/regions/ES51/suggestions?limit=0", 422),
        ("/regions/ES51/suggestions?areas=housing", 422),
    ],
)
async def test_what_does_not_exist_is_refused(found: Found, path: str, status: int):
    assert (await found.client.get(path)).status_code == status
