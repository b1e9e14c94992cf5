"""Two experts, a reviewer and a stranger, each with a client of their own, over HTTP."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text as sql

from shared.db import Database
from tests.indicators.assessment.conftest import (
    CELLS,
    ELSEWHERE,
    ON_SQLITE,
    REGION,
    Desk,
    an_edition,
    caller,
)

pytestmark = pytest.mark.anyio

F01 = CELLS[0]


def codes(answer) -> list[str]:
    return [one["code"] for one in answer.json()["errors"]]


async def test_from_two_questionnaires_to_a_frozen_revision(desk: Desk):
    found = await desk.begun()
    path = f"/assessments/{found}"
    await desk.one.save(
        found,
        F01,
        state="scored",
        option="b",
        evidence="Yearly report",
        sources=[{"url": "https://example.org/report", "title": "Report | 2025", "date": "2025"}],
    )
    await desk.one.answer_all(found, F01_TCN="b")
    await desk.one.save(found, F01, state="scored", option="b", evidence="Yearly report")
    assert (await desk.one.step(found, "submit")).json()["state"] == "answering"
    assert (await desk.two.submitted(found, F02_BIP="c")).json()["state"] == "in_review"

    review = await desk.reviewer.read(f"{path}/review")
    assert (review["agreeing"], review["undecided"]) == (len(CELLS) - 2, 2)
    differing = [(one["indicator"], one["group"]) for one in review["items"] if not one["agrees"]]
    assert differing == [("F01", "TCN"), ("F02", "BIP")]

    refused = await desk.reviewer.step(found, "accept")
    assert (refused.status_code, codes(refused)) == (422, ["E_UNDECIDED"] * 2)
    for place, option in (("F01/TCN", "b"), ("F02/BIP", "b")):
        decided = await desk.reviewer.client.put(
            f"{path}/decisions/{place}",
            json={"state": "scored", "option": option, "comment": "As the report says."},
            headers={"if-match": '"v0"'},
        )
        assert decided.status_code == 200, decided.text
    assert (await desk.reviewer.step(found, "accept")).json()["state"] == "accepted"
    published = await desk.reviewer.step(found, "publish", {"reason": "The first one."})
    assert published.json()["revision"] == 2

    profile = await desk.public.get(f"/editions/{desk.edition}/regions/{REGION}")
    shown = {(one["indicator"], one["group"]): one for one in profile.json()["answers"]}
    answers = {cell: one["option"] for cell, one in shown.items()}
    assert answers[("F01", "TCN")] == answers[("F02", "BIP")] == "b"
    assert profile.json()["revision"] == 2
    first = shown["F01", "TCN"]
    assert (first["evidence"], first["comment"]) == ("Yearly report", "As the report says.")
    assert shown["F03", "TCN"]["evidence"] is shown["F03", "TCN"]["comment"] is None
    revision = f"/editions/{desk.edition}/revisions/2"
    what = (await desk.public.get(revision)).json()
    assert (what["region"], what["reason"], what["n_changes"]) == (
        REGION, "The first one.", len(CELLS),
    )  # fmt: skip
    behind = (await desk.public.get(f"{revision}/answers?region={REGION}")).json()["items"][0]
    assert (behind["evidence"], behind["comment"]) == ("Yearly report", "As the report says.")


async def test_a_profile_shows_what_stands_behind_each_answer_in_its_revision(desk: Desk):
    found = await desk.begun()
    source = {"url": "https://example.org/act", "title": "Act 10/2010", "date": "2010-05-07"}
    await desk.one.answer_all(found)
    await desk.one.save(found, F01, state="scored", option="a", evidence="Art. 9", sources=[source])
    await desk.one.step(found, "submit")
    await desk.two.submitted(found)
    for action, body in (("accept", None), ("publish", {"reason": "The first one."})):
        await desk.reviewer.step(found, action, body)
    path = f"/editions/{desk.edition}/regions/{REGION}"
    first = (await desk.public.get(path)).json()["answers"][0]
    assert (first["evidence"], first["sources"]) == ("Art. 9", [source])

    await desk.reviewer.step(found, "reopen", {"reason": "Another act applies."})
    newer = source | {"title": "Act 1/2026", "date": "2026-01-01"}
    decision = {"state": "scored", "option": "b", "evidence": "Art. 1", "sources": [newer]}
    await desk.reviewer.client.put(
        f"/assessments/{found}/decisions/F01/TCN", json=decision, headers={"if-match": '"v1"'}
    )
    await desk.reviewer.step(found, "accept")
    await desk.reviewer.step(found, "publish", {"reason": "Another act applies."})
    profile = (await desk.public.get(path)).json()
    assert profile["revision"] == 3
    assert profile["answers"][0]["sources"] == [newer]
    assert profile["answers"][1]["sources"] == []
    assert sum(one["contribution"] for one in profile["contributions"]["indicators"]) == (
        pytest.approx(profile["contributions"]["overall"])
    )


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


async def test_of_sixteen_who_save_one_cell_one_wins_and_the_others_hear_of_it(desk: Desk):
    found = await desk.begun()
    path = f"/assessments/{found}/answers/F01/TCN"
    answers = await asyncio.gather(
        *(
            desk.one.client.put(
                path,
                json={"state": "scored", "option": "a", "comment": f"writer {n}"},
                headers={"if-match": '"v0"'},
            )
            for n in range(16)
        )
    )
    assert sorted(one.status_code for one in answers) == [200] + [412] * 15
    winner = next(one for one in answers if one.status_code == 200).json()
    kept = await desk.one.read(path)
    assert (kept["comment"], kept["version"]) == (winner["comment"], 1)
    loser = next(one for one in answers if one.status_code == 412).json()
    assert loser["current"]["comment"] == winner["comment"]
    assert loser["yours"]["comment"] != winner["comment"]


async def test_of_eight_who_begin_the_same_one_wins(desk: Desk):
    body = {"edition": desk.edition, "region": REGION, "kind": "edition"}
    begun = await asyncio.gather(
        *(desk.one.client.post("/assessments", json=body) for _ in range(8))
    )
    assert sorted(one.status_code for one in begun) == [201] + [409] * 7
    lost = next(one for one in begun if one.status_code == 409).json()
    won = next(one for one in begun if one.status_code == 201).json()
    assert lost["errors"][0]["value"] == won["id"]


async def test_a_save_needs_the_version_that_it_is_based_on(desk: Desk):
    found = await desk.begun()
    for place, body in (
        ("answers/F01/TCN", {"state": "missing"}),
        ("answers", {"answers": [{"indicator": "F01", "group": "TCN", "state": "missing"}]}),
    ):
        path = f"/assessments/{found}/{place}"
        assert (await desk.one.client.put(path, json=body)).status_code == 428
        stale = await desk.one.client.put(path, json=body, headers={"if-match": '"v9"'})
        assert (stale.status_code, stale.json()["current_etag"]) == (412, '"v0"')
    submit = await desk.one.client.post(f"/assessments/{found}/submit")
    assert submit.status_code == 428


async def test_the_same_content_again_changes_nothing(desk: Desk):
    found = await desk.begun()
    one = await desk.one.save(found, F01, state="scored", option="a", evidence=" seen \r\n there ")
    two = await desk.one.save(found, F01, state="scored", option="a", evidence="seen \n there")
    assert one.json() == two.json()
    log = await desk.one.read(f"/assessments/{found}/log")
    assert [line["action"] for line in log["items"]] == ["create", "claim", "save"]


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"state": "scored"}, "/option", "E_UNKNOWN_OPTION"),
        ({"state": "scored", "option": "z"}, "/option", "E_UNKNOWN_OPTION"),
        ({"state": "missing", "option": "a"}, "/option", "E_OPTION_WITHOUT_SCORE"),
        ({"state": "unknown"}, "/state", "literal_error"),
        ({"state": "missing", "seat": 2}, "/seat", "extra_forbidden"),
        ({"state": "missing", "actor": "x"}, "/actor", "extra_forbidden"),
        ({"state": "missing", "version": 3}, "/version", "extra_forbidden"),
        ({"state": "missing", "sources": [{"url": "javascript:1"}]}, "/sources/0/url",
         "string_pattern_mismatch"),
        ({"state": "missing", "comment": "x" * 4001}, "/comment", "too_long"),
    ],
)  # fmt: skip
@ON_SQLITE
async def test_a_wrong_answer_is_named_and_nothing_is_stored(desk: Desk, change, pointer, code):
    found = await desk.begun()
    answer = await desk.one.save(found, F01, **change)
    assert answer.status_code == 422
    assert (pointer, code) in [(e["pointer"], e["code"]) for e in answer.json()["errors"]]
    assert (await desk.one.read(f"/assessments/{found}/answers"))["version"] == 0


@ON_SQLITE
async def test_of_many_answers_all_errors_are_named_and_none_is_stored(desk: Desk):
    found = await desk.begun()
    good = {"indicator": "F03", "group": "TCN", "state": "scored", "option": "a"}
    answers = [
        good,
        {"indicator": "F99", "group": "TCN", "state": "missing"},
        {"indicator": "F01", "group": "ALL", "state": "missing"},
        {"indicator": "F01", "group": "TCN", "state": "scored", "option": "z"},
        good,
    ]
    sent = await desk.one.client.put(
        f"/assessments/{found}/answers", json={"answers": answers}, headers={"if-match": '"v0"'}
    )
    assert [(one["pointer"], one["code"]) for one in sent.json()["errors"]] == [
        ("/answers/1/indicator", "E_UNKNOWN_INDICATOR"),
        ("/answers/2/group", "E_GROUP_OUT_OF_SCOPE"),
        ("/answers/3/option", "E_UNKNOWN_OPTION"),
        ("/answers/4/indicator", "E_DUPLICATE_ANSWER"),
    ]
    progress = await desk.one.read(f"/assessments/{found}/progress")
    assert progress["seats"][0]["answered"] == 0


@ON_SQLITE
async def test_an_unfinished_questionnaire_is_told_all_that_is_missing(desk: Desk):
    found = await desk.begun()
    await desk.one.save(found, F01, state="missing")
    answer = await desk.one.step(found, "submit")
    assert answer.status_code == 422
    assert codes(answer) == ["E_REASON_MISSING"] + ["E_INCOMPLETE"] * (len(CELLS) - 1)


@ON_SQLITE
async def test_progress_is_counted_for_each_section(desk: Desk):
    found = await desk.begun()
    await desk.one.save(found, F01, state="scored", option="a")
    mine = (await desk.one.read(f"/assessments/{found}/progress"))["seats"]
    assert [(one["seat"], one["answered"], one["total"]) for one in mine] == [(1, 1, len(CELLS))]
    sections = {(s["axis"], s["code"]): s["answered"] for s in mine[0]["sections"]}
    assert sections[("phase", "formulation")] == 1
    assert sections[("phase", "evaluation")] == 0
    both = (await desk.reviewer.read(f"/assessments/{found}/progress"))["seats"]
    assert [(one["seat"], one["answered"]) for one in both] == [(1, 1), (2, 0)]


async def test_answers_that_are_sent_back_are_decided_anew_where_they_changed(desk: Desk):
    found = await desk.in_review(F01_TCN="b", F02_TCN="b")
    path = f"/assessments/{found}"
    for place in ("F01/TCN", "F02/TCN"):
        await desk.reviewer.client.put(
            f"{path}/decisions/{place}",
            json={"state": "scored", "option": "a"},
            headers={"if-match": '"v0"'},
        )
    comment = {"seats": [2], "comment": "Look at F01 again."}
    back = await desk.reviewer.step(found, "return", comment)
    assert back.json()["state"] == "answering"
    notes = [one["note"] for one in (await desk.two.read(path))["seats"]]
    assert notes == [None, "Look at F01 again."]
    assert "Look at F01" not in (await desk.one.client.get(path)).text
    assert (await desk.one.save(found, F01, state="missing")).status_code == 409
    assert (await desk.two.save(found, F01, state="scored", option="c")).status_code == 200
    await desk.two.step(found, "submit")
    review = await desk.reviewer.read(f"{path}/review")
    decisions = {(o["indicator"], o["group"]): o["decision"] for o in review["items"]}
    assert decisions[("F01", "TCN")]["state"] is None
    assert decisions[("F02", "TCN")]["option"] == "a"
    assert review["undecided"] == 1


async def test_two_reviewers_do_not_write_over_each_other(desk: Desk):
    found = await desk.in_review(F01_TCN="b")
    path = f"/assessments/{found}/decisions/F01/TCN"
    sent = await asyncio.gather(
        *(
            desk.reviewer.client.put(
                path, json={"state": "scored", "option": o}, headers={"if-match": '"v0"'}
            )
            for o in "abc"
        )
    )
    assert sorted(one.status_code for one in sent) == [200, 412, 412]


@ON_SQLITE
async def test_an_expert_decides_nothing(desk: Desk):
    found = await desk.in_review(F01_TCN="b")
    path = f"/assessments/{found}/decisions/F01/TCN"
    both = caller("expert-1", "*", scope="indicators:review")
    answer = {"state": "scored", "option": "a"}
    tag = {"if-match": '"v0"'}
    assert (await desk.one.client.put(path, json=answer, headers=tag)).status_code == 403
    assert (await desk.public.put(path, json=answer, headers=tag | both)).status_code == 404
    assert (await desk.one.step(found, "accept")).status_code == 403


async def test_what_is_published_refuses_change(desk: Desk):
    found = await desk.published()
    saved = await desk.one.save(found, F01, state="missing")
    assert (saved.status_code, codes(saved)) == (409, ["E_FROZEN_EDITION"])
    for step, body in (("accept", None), ("publish", {"reason": "again"}),
                       ("return", {"seats": [1], "comment": "why"})):  # fmt: skip
        answer = await desk.reviewer.step(found, step, body)
        assert (answer.status_code, codes(answer)) == (409, ["E_FROZEN_EDITION"]), step
    decided = await desk.reviewer.client.put(
        f"/assessments/{found}/decisions/F01/TCN",
        json={"state": "missing"},
        headers={"if-match": '"v1"'},
    )
    assert codes(decided) == ["E_FROZEN_EDITION"]


async def test_a_correction_is_a_new_revision_with_a_diff_and_a_reason(desk: Desk):
    found = await desk.published()
    base = f"/editions/{desk.edition}/revisions"
    old = (await desk.public.get(f"{base}/2/answers")).content
    before = (await desk.public.get(f"/editions/{desk.edition}")).json()["answers_hash"]
    await desk.reviewer.step(found, "reopen", {"reason": "A page was misread."})
    decision = f"/assessments/{found}/decisions/F01/TCN"
    await desk.reviewer.client.put(
        decision, json={"state": "scored", "option": "c"}, headers={"if-match": '"v1"'}
    )
    await desk.reviewer.step(found, "accept")
    answer = await desk.reviewer.step(found, "publish", {"reason": "Page 12 was misread."})
    assert answer.json()["revision"] == 3
    third = (await desk.public.get(f"{base}/3")).json()
    assert third["reason"] == "Page 12 was misread."
    assert third["changes"] == [
        {"region": REGION, "indicator": "F01", "group": "TCN",
         "before": {"state": "scored", "option": "a"},
         "after": {"state": "scored", "option": "c"}}
    ]  # fmt: skip
    kept = await desk.public.get(f"{base}/2/answers")
    assert kept.content == old
    assert "immutable" in kept.headers["cache-control"]
    after = (await desk.public.get(f"/editions/{desk.edition}")).json()
    assert (after["revision"], after["answers_hash"] != before) == (3, True)


async def test_trends_compare_revisions_and_editions_with_different_answers(desk: Desk):
    found = await desk.published()
    await desk.reviewer.step(found, "reopen", {"reason": "A page was misread."})
    for place, option in (("F01/TCN", "c"), ("F02/TCN", "c")):
        path = f"/assessments/{found}/decisions/{place}"
        worse = {"state": "scored", "option": option}
        await desk.reviewer.client.put(path, json=worse, headers={"if-match": '"v1"'})
    await desk.reviewer.step(found, "accept")
    await desk.reviewer.step(found, "publish", {"reason": "Page 12 was misread."})

    def asked(edition: str, other: str, **more: int | str) -> dict:
        query = {"with": other, "dimension": "overall", "group": "ALL", "region": REGION, **more}
        return {"url": f"/editions/{edition}/trends", "params": query}

    own = desk.edition
    first, third = [
        (await desk.public.get(f"/editions/{own}/revisions/{number}/scores")).json()["items"][0]
        for number in (2, 3)
    ]
    corrected = (await desk.public.get(**asked(own, own, with_revision=2))).json()
    (row,) = corrected["items"]
    assert (corrected["before"]["revision"], corrected["after"]["revision"]) == (2, 3)
    assert (
        (row["before"], row["after"]) == (first["score"], third["score"]) == (100.0, row["after"])
    )
    assert (row["direction"], row["flag"], row["change"]) == ("down", "", row["after"] - 100)
    back = (await desk.public.get(**asked(own, own, revision=2, with_revision=3))).json()["items"]
    assert (back[0]["direction"], back[0]["change"]) == ("up", -row["change"])

    (other,) = (await desk.public.get(**asked("demonstration", own))).json()["items"]
    assert (other["before"], other["direction"]) == (row["after"], "down")
    for wrong, status in (
        (asked(own, own, with_revision=9), 404),
        (asked(own, own, revision=0), 422),
        (asked(own, "mipex-r-2021-published"), 409),
        (asked(own, own, with_revision=1, revision=1, region="ES51"), 200),
    ):
        assert (await desk.public.get(**wrong)).status_code == status


async def test_a_second_region_leaves_the_first_as_it_was(desk: Desk):
    await desk.published()
    first = (await desk.public.get(f"/editions/{desk.edition}/regions/{REGION}")).json()
    body = {"edition": desk.edition, "region": ELSEWHERE, "kind": "edition"}
    found = (await desk.stranger.client.post("/assessments", json=body)).json()["id"]
    other = caller("stranger-2", ELSEWHERE)
    await desk.two.client.post(f"/assessments/{found}/claim", headers=other)
    await desk.stranger.submitted(found, F01_TCN="b")
    desk.two.client.headers.update(other)
    await desk.two.submitted(found, F01_TCN="b")
    await desk.reviewer.step(found, "accept")
    await desk.reviewer.step(found, "publish", {"reason": "The second region."})
    again = (await desk.public.get(f"/editions/{desk.edition}/regions/{REGION}")).json()
    assert again["answers"] == first["answers"]
    edition = (await desk.public.get(f"/editions/{desk.edition}")).json()
    assert (edition["revision"], edition["regions"]) == (3, [REGION, ELSEWHERE])
    third = (await desk.public.get(f"/editions/{desk.edition}/revisions/3")).json()
    assert {one["region"] for one in third["changes"]} == {ELSEWHERE}


async def test_the_log_says_who_did_what_and_when(desk: Desk):
    found = await desk.in_review(F01_TCN="b")
    lines = (await desk.reviewer.read(f"/assessments/{found}/log"))["items"]
    assert [(one["actor"], one["action"], one["seat"]) for one in lines] == [
        ("expert-1", "create", 1),
        ("expert-2", "claim", 2),
        ("expert-1", "save all", 1),
        ("expert-1", "submit", 1),
        ("expert-2", "save all", 2),
        ("expert-2", "submit", 2),
    ]
    assert all(len(one["trace"]) == 32 and one["at"].endswith("Z") for one in lines)
    mine = (await desk.one.read(f"/assessments/{found}/log"))["items"]
    assert [one["action"] for one in mine] == ["create", "claim", "save all", "submit", "submit"]


async def test_a_refused_step_leaves_no_trace_in_the_database(desk: Desk, settings):
    found = await desk.begun()
    before = _rows(settings, found)
    await desk.one.step(found, "submit")
    await desk.one.save(found, F01, state="scored", option="z")
    await desk.reviewer.step(found, "accept")
    assert _rows(settings, found) == before


def _rows(settings, found: str) -> list[int]:
    database = Database(settings.database)
    names = ("assessment_log", "assessment_answer", "assessment_decision")
    with database.reader.connect() as connection:
        counted = [
            connection.execute(
                sql(f"SELECT count(*) FROM {name} WHERE assessment = :one"), {"one": found}
            ).scalar_one()
            for name in names
        ]
    database.close()
    return counted


async def test_a_step_is_done_once_under_one_key(desk: Desk):
    body = {"edition": desk.edition, "region": REGION, "kind": "edition"}
    key = {"idempotency-key": f"begin-{desk.edition}"}
    one = await desk.one.client.post("/assessments", json=body, headers=key)
    two = await desk.one.client.post("/assessments", json=body, headers=key)
    assert (one.status_code, two.status_code) == (201, 201)
    assert one.json() == two.json()
    assert two.headers["idempotent-replayed"] == "true"
    other = await desk.two.client.post("/assessments", json=body, headers=key)
    assert other.status_code == 409


@pytest.mark.parametrize("edition", ["demonstration", "mipex-r-2021-published"])
@ON_SQLITE
async def test_an_edition_that_is_not_answered_takes_no_answers(desk: Desk, edition: str):
    body = {"edition": edition, "region": REGION, "kind": "edition"}
    answer = await desk.one.client.post("/assessments", json=body)
    assert (answer.status_code, codes(answer)) == (409, ["E_EDITION_KIND"])


@ON_SQLITE
async def test_what_does_not_exist_is_named(desk: Desk):
    for change in ({"edition": "none"}, {"region": "ATLANTIS"}):
        body = {"edition": desk.edition, "region": REGION, "kind": "edition"} | change
        answer = await desk.one.client.post("/assessments", json=body)
        assert answer.status_code == 404
        assert next(iter(change.values())) in answer.json()["detail"]
    found = await desk.begun()
    missing = f"/assessments/{found}/answers/F99/TCN"
    assert (await desk.one.client.get(missing)).status_code == 404


@ON_SQLITE
async def test_a_region_for_which_the_token_does_not_speak_is_refused(desk: Desk):
    body = {"edition": desk.edition, "region": ELSEWHERE, "kind": "edition"}
    answer = await desk.one.client.post("/assessments", json=body)
    assert answer.status_code == 403
    assert REGION in answer.json()["detail"]


async def test_an_edition_is_opened_once_and_is_empty_at_first(desk: Desk):
    body = an_edition()
    assert (await desk.opened(**body)).status_code == 201
    twin = await desk.opened(**body)
    assert (twin.status_code, codes(twin)) == (409, ["E_EXISTS"])
    other = await desk.opened(methodology_version="9.9.9")
    assert (other.status_code, codes(other)) == (404, ["unknown_methodology"])
    path = f"/editions/{body['id']}"
    assert (await desk.public.get(path)).json()["regions"] == []
    assert (await desk.public.get(f"{path}/scores")).json()["items"] == []
    assert (await desk.public.get(f"{path}/regions/{REGION}")).status_code == 404
    assert (await desk.public.get(f"{path}/revisions/2")).status_code == 404
    layer = await desk.public.get(f"/map/layers/score.{body['id']}.overall")
    assert layer.status_code == 200


async def test_lists_turn_their_pages(desk: Desk):
    found = await desk.begun()
    await desk.one.submitted(found)
    first = await desk.one.client.get(f"/assessments/{found}/log?limit=2")
    seen = [one["id"] for one in first.json()["items"]]
    cursor = first.json()["next"]
    assert f"cursor={cursor}" in first.headers["link"]
    second = await desk.one.read(f"/assessments/{found}/log?limit=2&cursor={cursor}")
    seen += [one["id"] for one in second["items"]]
    whole = await desk.one.read(f"/assessments/{found}/log")
    assert seen == [one["id"] for one in whole["items"]]
    body = {"edition": desk.edition, "region": ELSEWHERE, "kind": "self"}
    await desk.stranger.client.post("/assessments", json=body)
    mine = await desk.one.read(f"/assessments?edition={desk.edition}&limit=1")
    assert ([one["id"] for one in mine["items"]], mine["next"]) == ([found], None)


@ON_SQLITE
async def test_an_answer_that_the_caller_has_is_not_sent_again(desk: Desk):
    found = await desk.published()
    for place in ("", "/answers", "/progress", "/log", "/review", "/scores", "/export"):
        first = await desk.one.client.get(f"/assessments/{found}{place}")
        headers = {"if-none-match": first.headers["etag"]}
        again = await desk.one.client.get(f"/assessments/{found}{place}", headers=headers)
        assert (again.status_code, again.content) == (304, b""), place
        assert first.headers["cache-control"] == "private, no-store"
