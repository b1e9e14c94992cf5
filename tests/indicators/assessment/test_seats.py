"""Who may answer: two seats, given and freed, and nobody sees into the other one's."""

from __future__ import annotations

import asyncio

import pytest

from tests.indicators.assessment.conftest import (
    CELLS,
    ELSEWHERE,
    ON_SQLITE,
    REGION,
    Desk,
    an_edition,
    caller,
    codes,
)

pytestmark = pytest.mark.anyio

F01 = CELLS[0]


async def test_experts_do_not_see_each_others_answers(desk: Desk):
    found = await desk.begun()
    await desk.one.save(found, F01, state="scored", option="b", evidence="a secret of the first")
    path = f"/assessments/{found}"
    for place in ("answers?seat=1", "export?seat=1", "scores?seat=1", "review"):
        assert (await desk.two.client.get(f"{path}/{place}")).status_code == 403
        assert (await desk.reviewer.client.get(f"{path}/{place}")).status_code == 403
    readable = ("", "/answers", "/log", "/progress", "/export", "/answers/F01/TCN", "/scores")
    for place in readable:
        answer = await desk.two.client.get(f"{path}{place}")
        assert answer.status_code == 200, answer.text
        assert "a secret of the first" not in answer.text
        assert '"option":"b"' not in answer.text
    await desk.one.submitted(found)
    await desk.two.submitted(found)
    assert (await desk.two.client.get(f"{path}/answers?seat=1")).status_code == 403


async def test_two_experts_cells_are_never_mixed_up(desk: Desk):
    found = await desk.begun()
    people = (desk.one, desk.two)

    async def writes(number: int) -> None:
        option = "ab"[number]
        for cell in CELLS[:12]:
            saved = await people[number].save(
                found, cell, state="scored", option=option, comment=f"expert {number}"
            )
            assert saved.status_code == 200, saved.text

    await asyncio.gather(writes(0), writes(1))
    for number, person in enumerate(people):
        items = (await person.read(f"/assessments/{found}/answers"))["items"]
        saved = {(one["option"], one["comment"]) for one in items[:12]}
        assert saved == {("ab"[number], f"expert {number}")}
        assert {one["state"] for one in items[12:]} == {None}


async def test_a_stranger_finds_nothing_of_all_this(desk: Desk):
    found = await desk.published()
    path, tag = f"/assessments/{found}", {"if-match": '"v1"'}
    reviewer = caller("reviewer-2", ELSEWHERE, scope="indicators:review")
    for headers in ({}, reviewer):
        for place in ("", "/answers", "/progress", "/log", "/review", "/scores", "/export",
                      "/answers/F01/TCN"):  # fmt: skip
            answer = await desk.stranger.client.get(f"{path}{place}", headers=headers)
            assert answer.status_code == 404, place
        listed = (await desk.stranger.client.get("/assessments", headers=headers)).json()["items"]
        assert {one["region"] for one in listed} <= {ELSEWHERE}
    answer = {"state": "missing"}
    bodies = {"return": {"seats": [1], "comment": "why"}, "publish": {"reason": "why"},
              "reopen": {"reason": "why"}, "to-edition": {"edition": desk.edition}}  # fmt: skip
    for step in ("claim", "submit", "accept", "return", "publish", "reopen", "to-edition"):
        sent = await desk.stranger.client.post(f"{path}/{step}", json=bodies.get(step), headers=tag)
        assert sent.status_code == 404, step
    for place in ("answers/F01/TCN", "decisions/F01/TCN"):
        sent = await desk.stranger.client.put(f"{path}/{place}", json=answer, headers=tag)
        assert sent.status_code == 404, place


@ON_SQLITE
async def test_without_a_token_or_scope_there_is_no_way_in(desk: Desk):
    found = await desk.begun()
    assert (await desk.public.get(f"/assessments/{found}")).status_code == 401
    practices = caller("c", REGION, scope="practices:write")
    assert (await desk.public.get("/assessments", headers=practices)).status_code == 403
    body = an_edition()
    assert (await desk.one.client.post("/editions", json=body)).status_code == 403


async def test_the_reviewer_gives_seats_and_frees_them_and_the_log_says_so(desk: Desk):
    body = {"edition": desk.edition, "region": REGION, "kind": "edition"}
    made = await desk.reviewer.client.post("/assessments", json=body)
    found = made.json()["id"]
    path = f"/assessments/{found}"
    assert [one["holder"] for one in made.json()["seats"]] == [None, None]
    for seat, name in ((1, "expert-1"), (2, "expert-2")):
        given = await desk.reviewer.step(found, "assign", {"seat": seat, "holder": name})
        assert given.status_code == 200, given.text
    assert [one["holder"] for one in given.json()["seats"]] == ["expert-1", "expert-2"]
    assert {one["holder"] for one in (await desk.one.read(path))["seats"]} == {None}
    assert (await desk.one.save(found, F01, state="missing", comment="no law")).status_code == 200

    why = {"seat": 1, "answers": "keep", "comment": "On leave until May."}
    freed = await desk.reviewer.step(found, "free", why)
    assert freed.json()["seats"][0]["state"] == "free"
    assert (await desk.one.read(path))["role"] == "region"
    third = caller("expert-3", REGION)
    await desk.reviewer.step(found, "assign", {"seat": 1, "holder": "expert-3"})
    kept = await desk.public.get(f"{path}/answers/F01/TCN", headers=third)
    assert (kept.json()["comment"], kept.headers["etag"]) == ("no law", '"v1"')

    lines = (await desk.reviewer.read(f"{path}/log"))["items"]
    assert [(one["actor"], one["action"], one["seat"], one["note"]) for one in lines] == [
        ("reviewer", "create", None, None),
        ("reviewer", "assign", 1, "expert-1"),
        ("reviewer", "assign", 2, "expert-2"),
        ("expert-1", "save", 1, None),
        ("reviewer", "free", 1, "On leave until May."),
        ("reviewer", "assign", 1, "expert-3"),
    ]
    seen = (await desk.two.read(f"{path}/log"))["items"]
    assert [one["action"] for one in seen] == ["create", "assign", "assign", "free", "assign"]
    assert {one["note"] for one in seen if one["seat"] == 1} == {None}


async def test_experts_do_not_learn_who_the_other_one_is(desk: Desk):
    found = await desk.begun()
    await desk.one.submitted(found)
    await desk.two.submitted(found)
    for path in ("", "/log", "/progress"):
        answer = await desk.two.client.get(f"/assessments/{found}{path}")
        assert "expert-1" not in answer.text
    lines = (await desk.two.read(f"/assessments/{found}/log"))["items"]
    own = {(one["seat"], one["actor"]) for one in lines if one["seat"]}
    assert own == {(1, None), (2, "expert-2")}
    both = (await desk.reviewer.read(f"/assessments/{found}/log"))["items"]
    assert {one["actor"] for one in both if one["seat"]} == {"expert-1", "expert-2"}


async def test_a_colleague_without_a_seat_reads_neither_comments_to_experts_nor_decisions(
    desk: Desk,
):
    found = await desk.begun()
    await desk.one.submitted(found, F01_TCN="a")
    await desk.two.submitted(found, F01_TCN="b")
    decision = {"state": "scored", "option": "a"}
    where = f"/assessments/{found}/decisions/F01/TCN"
    decided = await desk.reviewer.client.put(where, json=decision, headers={"if-match": '"v0"'})
    assert decided.status_code == 200, decided.text
    await desk.reviewer.step(found, "return", {"seats": [1], "comment": "Between us: look again."})
    colleague = caller("colleague", REGION)
    log = await desk.public.get(f"/assessments/{found}/log", headers=colleague)
    actions = [one["action"] for one in log.json()["items"]]
    assert "return" in actions
    assert "decide" not in actions
    assert "Between us" not in log.text


async def test_a_seat_is_freed_with_its_answers_or_without(desk: Desk):
    found = await desk.begun()
    await desk.one.submitted(found, F01_TCN="c")
    gone = {"seat": 1, "answers": "remove", "comment": "Left the office."}
    assert (await desk.reviewer.step(found, "free", gone)).status_code == 200
    progress = await desk.reviewer.read(f"/assessments/{found}/progress")
    assert [one["answered"] for one in progress["seats"]] == [0, 0]
    await desk.reviewer.step(found, "assign", {"seat": 1, "holder": "expert-1"})
    assert (await desk.one.submitted(found)).status_code == 200
    assert (await desk.two.submitted(found)).json()["state"] == "in_review"
    late = await desk.reviewer.step(found, "free", gone)
    assert (late.status_code, codes(late)) == (409, ["E_STATE"])


async def test_who_answered_in_one_seat_never_gets_the_other(desk: Desk):
    found = await desk.begun()
    await desk.one.save(found, F01, state="scored", option="a")
    keep = {"answers": "keep", "comment": "They change places."}
    for seat in (1, 2):
        await desk.reviewer.step(found, "free", {"seat": seat, **keep})
    wrong = await desk.reviewer.step(found, "assign", {"seat": 2, "holder": "expert-1"})
    assert (wrong.status_code, codes(wrong)) == (409, ["E_STATE"])
    own = await desk.reviewer.step(found, "assign", {"seat": 2, "holder": "reviewer"})
    assert own.status_code == 403
    taken = await desk.two.client.post(f"/assessments/{found}/claim")
    assert taken.json()["seat"] == 1
    refused = await desk.one.client.post(f"/assessments/{found}/claim")
    assert (refused.status_code, codes(refused)) == (409, ["E_STATE"])


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("assign", {"seat": 3, "holder": "a"}),
        ("assign", {"seat": 1, "holder": "a b"}),
        ("assign", {"seat": 1}),
        ("free", {"seat": 1, "comment": "They left."}),
        ("free", {"seat": 1, "comment": "They left.", "answers": "maybe"}),
        ("free", {"seat": 1, "comment": "", "answers": "keep"}),
    ],
)
@ON_SQLITE
async def test_seats_are_given_and_freed_in_whole_sentences(desk: Desk, action, body):
    found = await desk.begun()
    assert (await desk.reviewer.step(found, action, body)).status_code == 422
    assert (await desk.two.step(found, action, body)).status_code == 422
    assert (await desk.two.step(found, "assign", {"seat": 1, "holder": "a"})).status_code == 403


async def test_nobody_holds_both_seats_and_a_third_expert_none(desk: Desk):
    found = await desk.begun()
    again = await desk.one.client.post(f"/assessments/{found}/claim")
    assert again.status_code == 403
    third = caller("expert-3", REGION)
    late = await desk.public.post(f"/assessments/{found}/claim", headers=third)
    assert (late.status_code, codes(late)) == (409, ["E_STATE"])


async def test_of_eight_experts_who_claim_at_once_one_takes_the_last_seat(desk: Desk):
    body = {"edition": desk.edition, "region": REGION, "kind": "edition"}
    made = (await desk.one.client.post("/assessments", json=body)).json()["id"]
    claims = await asyncio.gather(
        *(
            desk.public.post(f"/assessments/{made}/claim", headers=caller(f"late-{n}", REGION))
            for n in range(8)
        )
    )
    assert sorted(one.status_code for one in claims) == [200] + [409] * 7


async def test_of_eight_who_begin_the_same_one_wins(desk: Desk):
    body = {"edition": desk.edition, "region": REGION, "kind": "edition"}
    begun = await asyncio.gather(
        *(desk.one.client.post("/assessments", json=body) for _ in range(8))
    )
    assert sorted(one.status_code for one in begun) == [201] + [409] * 7
    lost = next(one for one in begun if one.status_code == 409).json()
    won = next(one for one in begun if one.status_code == 201).json()
    assert lost["errors"][0]["value"] == won["id"]


@ON_SQLITE
async def test_a_region_for_which_the_token_does_not_speak_is_refused(desk: Desk):
    body = {"edition": desk.edition, "region": ELSEWHERE, "kind": "edition"}
    answer = await desk.one.client.post("/assessments", json=body)
    assert answer.status_code == 403
    assert REGION in answer.json()["detail"]
