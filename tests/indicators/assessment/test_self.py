"""Self-assessment: private to the region, scored at once, compared, exported, handed in."""

from __future__ import annotations

import pytest

from tests.indicators.assessment.conftest import (
    CELLS,
    ELSEWHERE,
    ON_SQLITE,
    REGION,
    Desk,
    caller,
    whole,
)

pytestmark = pytest.mark.anyio

F01 = CELLS[0]
DEMONSTRATION = "demonstration"


@pytest.fixture
async def own(desk: Desk) -> str:
    """A self-assessment of Catalonia, answered in full."""
    found = await desk.begun("self")
    saved = await desk.one.answer_all(found, F01_TCN="b")
    assert saved.status_code == 200, saved.text
    return found


async def test_it_is_private_to_the_region(desk: Desk, own: str):
    reviewers = caller("reviewer-9", REGION, "*", scope="indicators:review")
    for place in ("", "/answers", "/answers/F01/TCN", "/scores", "/export", "/log", "/progress"):
        path = f"/assessments/{own}{place}"
        assert (await desk.stranger.client.get(path)).status_code == 404
        assert (await desk.reviewer.client.get(path)).status_code == 404
        assert (await desk.public.get(path, headers=reviewers)).status_code == 404
        assert (await desk.public.get(path)).status_code == 401
    listed = await desk.reviewer.read(f"/assessments?edition={desk.edition}")
    assert own not in [one["id"] for one in listed["items"]]


@ON_SQLITE
async def test_all_who_speak_for_the_region_work_on_it(desk: Desk, own: str):
    saved = await desk.two.save(own, F01, state="not_competent", comment="A state matter.")
    assert saved.status_code == 200
    answer = await desk.one.read(f"/assessments/{own}/answers/F01/TCN")
    assert (answer["state"], answer["version"]) == ("not_competent", 2)


@ON_SQLITE
async def test_its_scores_are_those_of_an_edition_with_the_same_answers(desk: Desk):
    profile = (await desk.public.get(f"/editions/{DEMONSTRATION}/regions/{REGION}")).json()
    answers = [
        {name: one[name] for name in ("indicator", "group", "state", "option")}
        for one in profile["answers"]
    ]
    found = await desk.begun("self")
    path = f"/assessments/{found}/answers"
    sent = await desk.one.client.put(
        path, json={"answers": answers}, headers=await desk.one.tag(path)
    )
    assert sent.status_code == 200
    scores = await desk.one.read(f"/assessments/{found}/scores?compare={DEMONSTRATION}")
    numbers = ("axis", "dimension", "group", "score", "coverage", "state", "band")
    assert [[one[name] for name in numbers] for one in scores["scores"]] == [
        [one[name] for name in numbers] for one in profile["scores"]
    ]
    assert scores["contributions"] == profile["contributions"]
    assert {one["rank"] for one in scores["scores"]} == {None}
    assert {one["difference"] for one in scores["compare"]["items"]} <= {0.0, None}
    overall = scores["compare"]["items"][0]
    assert overall["own"] == overall["region"]
    assert overall["lowest"] <= overall["median"] <= overall["highest"]
    assert scores["compare"]["same_methodology"]


@ON_SQLITE
async def test_it_stands_beside_what_was_published_without_answers(desk: Desk, own: str):
    path = f"/assessments/{own}/scores?compare=mipex-r-2021-published"
    compared = (await desk.one.read(path))["compare"]
    known = {one["dimension"]: one for one in compared["items"] if one["group"] == "ALL"}
    assert known["policy-output"]["region"] == 71
    assert known["overall"]["region"] is None
    assert (compared["provenance"], compared["same_methodology"]) == ("published", False)


@ON_SQLITE
async def test_an_unanswered_one_has_no_score_and_is_no_zero(desk: Desk):
    found = await desk.begun("self")
    scores = (await desk.one.read(f"/assessments/{found}/scores"))["scores"]
    assert {one["score"] for one in scores} == {None}
    assert scores[0]["state"] == "insufficient"


@ON_SQLITE
async def test_what_to_compare_with_has_to_exist(desk: Desk, own: str):
    answer = await desk.one.client.get(f"/assessments/{own}/scores?compare=none")
    assert answer.status_code == 404
    assert "none" in answer.json()["detail"]


@ON_SQLITE
async def test_there_is_one_for_each_edition(desk: Desk, own: str):
    body = {"edition": desk.edition, "region": REGION, "kind": "self"}
    again = await desk.two.client.post("/assessments", json=body)
    assert (again.status_code, again.json()["errors"][0]["value"]) == (409, own)
    beside = await desk.stranger.client.post("/assessments", json=body | {"region": ELSEWHERE})
    assert beside.status_code == 201


@ON_SQLITE
async def test_an_edition_without_questionnaire_has_none(desk: Desk):
    body = {"edition": "mipex-r-2021-published", "region": REGION, "kind": "self"}
    answer = await desk.one.client.post("/assessments", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "E_EDITION_KIND")


@ON_SQLITE
async def test_it_has_no_steps(desk: Desk, own: str):
    answer = await desk.one.step(own, "submit")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "E_KIND")


async def test_it_is_handed_in_for_an_edition_and_published_like_any_other(desk: Desk, own: str):
    body = {"edition": desk.edition}
    handed = await desk.one.client.post(f"/assessments/{own}/to-edition", json=body)
    assert handed.status_code == 200, handed.text
    found = handed.json()["id"]
    assert (handed.json()["kind"], handed.json()["seat"]) == ("edition", 1)
    answers = (await desk.one.read(f"/assessments/{found}/answers"))["items"]
    assert [one["option"] for one in answers[:2]] == ["b", "a"]
    await desk.two.client.post(f"/assessments/{found}/claim")
    await desk.two.submitted(found, F01_TCN="b")
    assert (await desk.one.step(found, "submit")).json()["state"] == "in_review"
    await desk.reviewer.step(found, "accept")
    done = await desk.reviewer.step(found, "publish", {"reason": "Handed in."})
    assert done.json()["revision"] == 2
    assert (await desk.one.read(f"/assessments/{own}"))["state"] == "answering"


async def test_a_seat_with_answers_is_written_over_only_on_demand(desk: Desk, own: str):
    found = await desk.begun()
    await desk.one.save(found, F01, state="scored", option="c")
    path, body = f"/assessments/{own}/to-edition", {"edition": desk.edition}
    refused = await desk.one.client.post(path, json=body)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (409, "E_SEAT_NOT_EMPTY")
    done = await desk.one.client.post(path, json=body | {"replace": True})
    assert done.status_code == 200
    assert (await desk.one.read(f"/assessments/{found}/answers/F01/TCN"))["option"] == "b"
    untouched = (await desk.two.read(f"/assessments/{found}/answers"))["items"]
    assert {one["state"] for one in untouched} == {None}


@ON_SQLITE
async def test_a_questionnaire_for_an_edition_is_not_handed_in_again(desk: Desk):
    found = await desk.begun()
    answer = await desk.one.client.post(
        f"/assessments/{found}/to-edition", json={"edition": desk.edition}
    )
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "E_KIND")


def test_the_whole_questionnaire_has_122_cells():
    assert len(whole()) == 122
