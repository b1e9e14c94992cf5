"""Answers are saved on what is there now, one or many; every step is written down."""

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
    codes,
)

pytestmark = pytest.mark.anyio

F01 = CELLS[0]


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
