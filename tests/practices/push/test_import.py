"""Many practices in one request: what is stored, and what the report says."""

from __future__ import annotations

import asyncio
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.actor import Actor
from tests.examples import a_practice, an_actor, as_caller
from tests.practices.push.files import (
    HEADER,
    as_csv,
    as_json,
    as_ndjson,
    as_xlsx,
    row,
)

pytestmark = pytest.mark.anyio

SERVICE = as_caller(Actor("service", "internal", frozenset({"internal"}), frozenset({"*"})))


def counts(answer):
    body = answer.json()
    assert "rows" in body.get("report", body), body
    report = body.get("report", body)
    return {name: report[name] for name in ("created", "updated", "unchanged", "failed")}


@pytest.mark.parametrize("form", ["json", "ndjson", "csv", "xlsx"])
async def test_practices_come_in_from_each_kind_of_file(region, form):
    items = [
        {
            "external_id": "own-1",
            "regions": [region.code],
            "title": "Welcome desk",
            "areas": ["health"],
        },
        {"external_id": "own-2", "regions": [region.code], "title": "Language café", "areas": []},
    ]
    table = [
        ["external_id", "regions", "title", "areas"],
        ["own-1", region.code, "Welcome desk", "health"],
        ["own-2", region.code, "Language café", ""],
    ]
    files = {
        "json": as_json(items),
        "ndjson": as_ndjson(items),
        "csv": as_csv(table),
        "xlsx": as_xlsx(table),
    }
    answer = await region.send(files[form], form)
    assert counts(answer) == {"created": 2, "updated": 0, "unchanged": 0, "failed": 0}
    kept = (await region.held("own-2")).json()
    assert kept["state"] == "draft"
    assert kept["record"]["title"] == "Language café"
    assert kept["record"]["regions"] == [region.code]


async def test_the_same_file_again_changes_nothing(region):
    await region.send(as_json(region.practices(3)))
    before = (await region.held("own-2")).headers["etag"]
    answer = await region.send(as_json(region.practices(3)))
    assert counts(answer) == {"created": 0, "updated": 0, "unchanged": 3, "failed": 0}
    assert (await region.held("own-2")).headers["etag"] == before


async def test_what_changed_is_updated_and_named(region):
    await region.send(as_json(region.practices(2)))
    changed = region.practices(3)
    changed[1]["title"] = "Welcome house"
    report = (await region.send(as_json(changed))).json()
    assert [one["result"] for one in report["results"]] == ["unchanged", "updated", "created"]
    assert (await region.held("own-2")).json()["record"]["title"] == "Welcome house"


async def test_one_bad_row_and_nothing_is_stored(region):
    items = region.practices(3)
    items[1]["areas"] = ["sport"]
    answer = await region.send(as_json(items))
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["row"], error["column"], error["value"]) == (2, "areas.1", "sport")
    assert error["code"] == "unknown_value"
    assert "health" in error["allowed"]
    assert (await region.held("own-1")).status_code == 404


async def test_without_atomicity_the_good_rows_are_stored(region):
    items = region.practices(3)
    items[1]["areas"] = ["sport"]
    answer = await region.send(as_json(items), atomic="none")
    assert answer.status_code == 200
    assert counts(answer) == {"created": 2, "updated": 0, "unchanged": 0, "failed": 1}
    assert (await region.held("own-2")).status_code == 404
    assert (await region.held("own-3")).status_code == 200


@pytest.mark.parametrize("atomic", ["all", "none"])
@pytest.mark.parametrize("strategy", ["create", "update", "create-and-update"])
async def test_the_dry_run_says_what_the_real_run_does(region, atomic, strategy):
    await region.send(as_json(region.practices(2)))
    items = region.practices(4, status="completed")
    items[0] = region.practices(1)[0]
    items[3]["title"] = ""
    asked = {"atomic": atomic, "strategy": strategy}
    dry = await region.send(as_json(items), dry_run="true", **asked)
    assert (await region.held("own-2")).json()["record"]["status"] == "ongoing"
    real = await region.send(as_json(items), dry_run="false", **asked)
    assert told(dry) == told(real)


def told(answer) -> tuple[int, dict]:
    """Status and report, without what tells a dry run from a real one."""
    found = answer.json()
    found.pop("trace_id", None)
    found.get("report", found).pop("dry_run")
    return answer.status_code, found


_ITEMS = st.fixed_dictionaries(
    {
        "external_id": st.sampled_from(["own-1", "own-2", "own-3", "", "own 4", 5]),
        "regions": st.sampled_from([["here"], ["here", "ITF4"], ["ITF4"], ["XX9"], []]),
        "title": st.sampled_from(["Welcome desk", "Welcome house", "'=1", "", None, "é" * 500]),
        "areas": st.sampled_from([["health"], ["sport"], "health", []]),
    },
    optional={
        "contact": st.sampled_from([None, {"name": "Ada"}, {"name": "Ada", "email": "no"}]),
        "odd": st.none(),
    },
)


@given(
    items=st.lists(_ITEMS | st.sampled_from([7, None, []]), min_size=1, max_size=6),
    form=st.sampled_from(["json", "ndjson"]),
    atomic=st.sampled_from(["all", "none"]),
    strategy=st.sampled_from(["create", "update", "create-and-update"]),
)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
async def test_whatever_the_file_the_dry_run_says_what_the_real_run_does(
    region, items, form, atomic, strategy
):
    """One after the other in one region: later files meet what the earlier ones stored."""
    here = json.loads(json.dumps(items).replace('"here"', f'"{region.code}"'))
    content = as_json(here) if form == "json" else as_ndjson(here)
    asked = {"atomic": atomic, "strategy": strategy}
    before = await region.held("own-1")
    dry = await region.send(content, form, dry_run="true", **asked)
    assert (await region.held("own-1")).headers.get("etag") == before.headers.get("etag")
    assert told(dry) == told(await region.send(content, form, dry_run="false", **asked))


async def test_strategies_say_what_may_be_new_and_what_must_be_there(region):
    await region.send(as_json(region.practices(1)))
    create = await region.send(as_json(region.practices(2)), strategy="create", atomic="none")
    assert [one["code"] for one in create.json()["errors"]] == ["exists"]
    update = await region.send(as_json(region.practices(3)), strategy="update", atomic="none")
    assert [one["code"] for one in update.json()["errors"]] == ["not_there"]
    assert (await region.held("own-3")).status_code == 404


async def test_the_same_import_under_the_same_key_is_done_once(region):
    one = await region.send(as_json(region.practices(2)), key="batch-0001")
    await region.send(as_json(region.practices(2, status="completed")))
    two = await region.send(as_json(region.practices(2)), key="batch-0001")
    assert two.json() == one.json()
    assert two.headers["idempotent-replayed"] == "true"
    assert (await region.held("own-1")).json()["record"]["status"] == "completed"
    other = await region.send(as_json(region.practices(3)), key="batch-0001")
    assert other.status_code == 422


async def test_a_dry_run_under_the_key_of_an_import_that_was_done_tells_its_result(region):
    one = await region.send(as_json(region.practices(2)), key="batch-0001", strategy="create")
    two = await region.send(
        as_json(region.practices(2)), key="batch-0001", strategy="create", dry_run="true"
    )
    assert two.json() == one.json()


async def test_two_rows_of_one_name_are_refused_and_the_first_is_named(region):
    items = [*region.practices(2), *region.practices(1)]
    answer = await region.send(as_json(items), atomic="none")
    (error,) = answer.json()["errors"]
    assert (error["row"], error["code"]) == (3, "repeated_external_id")
    assert "Row 1" in error["detail"]


async def test_a_practice_needs_a_name_of_the_region(region):
    answer = await region.send(as_json([a_practice(regions=[region.code])]))
    assert [(one["code"], one["column"]) for one in answer.json()["errors"]] == [
        ("missing", "external_id")
    ]


async def test_another_regions_row_and_an_unknown_region_are_named(region):
    items = [
        a_practice(external_id="it-1", regions=["ITC4"]),
        a_practice(external_id="at-1", regions=[region.code, "ATLANTIS"]),
    ]
    errors = (await region.send(as_json(items))).json()["errors"]
    assert [(one["row"], one["code"], one["column"]) for one in errors] == [
        (1, "not_your_region", "regions.1"),
        (2, "unknown_region", "regions.2"),
    ]
    assert errors[0]["allowed"] == [region.code]


async def test_a_practice_that_was_submitted_is_not_overwritten(region):
    made = await region.put(region.path() + "?submit=true")
    assert made.json()["state"] == "submitted"
    answer = await region.send(as_json(region.practices(1, status="completed")))
    assert [one["code"] for one in answer.json()["errors"]] == ["not_legal"]


async def test_a_rejected_practice_that_is_imported_anew_begins_anew(region):
    await region.put(path=region.path("own-1") + "?submit=true", external_id="own-1")
    held = await region.held("own-1")
    there = f"/practices/{held.json()['id']}/reject"
    publisher = as_caller(an_actor("*", scopes=("practices:publish",)))
    headers = publisher | {"if-match": held.headers["etag"]}
    answer = await region.client.post(there, json={"reasons": ["A plan."]}, headers=headers)
    assert answer.json()["next_actor"] == "nobody"
    changed = region.practices(1, title="Welcome house")
    assert (await region.send(as_json(changed))).json()["updated"] == 1
    held = (await region.held("own-1")).json()
    assert (held["state"], held["next_actor"]) == ("draft", "author")


async def test_an_import_is_in_the_trail_and_not_in_the_feed(region):
    before = (await region.client.get("/internal/state?limit=1", headers=SERVICE)).json()["seq"]
    await region.send(as_json(region.practices(2)))
    after = (await region.client.get("/internal/state?limit=1", headers=SERVICE)).json()["seq"]
    assert after == before


async def test_a_contact_comes_in_and_is_kept_apart(region):
    contact = {"name": "Ada Example", "email": "ada@example.org"}
    answer = await region.send(as_json(region.practices(1, contact=contact)), key="with-contact")
    assert "Ada Example" not in answer.text
    assert (await region.held("own-1")).json()["record"]["contact"]["name"] == "Ada Example"
    assert (
        counts(await region.send(as_json(region.practices(1, contact=contact))))["unchanged"] == 1
    )
    assert counts(await region.send(as_json(region.practices(1))))["updated"] == 1


async def test_a_wrong_contact_is_named_without_repeating_it(region):
    answer = await region.send(
        as_json(region.practices(1, contact={"name": "Ada", "email": "ada-at"}))
    )
    (error,) = answer.json()["errors"]
    assert error["column"] == "contact.email"
    assert "ada-at" not in answer.text


async def test_two_imports_of_the_same_practices_at_once_make_each_once(region):
    answers = await asyncio.gather(*(region.send(as_json(region.practices(20))) for _ in range(4)))
    assert [one.status_code for one in answers] == [200] * 4
    assert sum(one.json()["created"] for one in answers) == 20


async def test_a_reader_may_not_import(region):
    nobody = await region.client.post("/practices/import", content=b"[]", headers={})
    assert nobody.status_code == 401
    reviewer = as_caller(an_actor(region.code, scopes=("indicators:review",)))
    answer = await region.client.post("/practices/import", content=b"[]", headers=reviewer)
    assert answer.status_code == 403


async def test_a_format_that_is_not_read_is_415(region):
    headers = region.author | {"content-type": "application/pdf"}
    answer = await region.client.post("/practices/import", content=b"%PDF", headers=headers)
    assert answer.status_code == 415
    assert "text/csv" in answer.json()["detail"]


async def test_a_table_has_the_errors_of_its_cells(region):
    table = [
        HEADER,
        row(role="boss", areas="reception | sport"),
        row(regions=region.code, external_id="own-2", title=""),
    ]
    answer = await region.send(as_csv(table), "csv")
    errors = [(one["row"], one["column"], one["code"]) for one in answer.json()["errors"]]
    assert errors == [
        (2, "role", "unknown_value"),
        (2, "areas", "unknown_value"),
        (3, "title", "missing"),
    ]
