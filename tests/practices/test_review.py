"""The review over HTTP: two steps, two evaluators who are blind to one another, consensus."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from services.indicators.settings import IndicatorsSettings
from shared.actor import Actor
from tests.examples import as_caller
from tests.practices.access import LOCAL
from tests.practices.lab import running
from tests.practices.review import ANNA, ANSWERED, AUTHOR, BRUNO, Case, Desk, an_evaluation

pytestmark = pytest.mark.anyio


@pytest.fixture
async def client(
    database_url: str, tmp_path: Path, indicators_settings: IndicatorsSettings, anyio_backend: str
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an empty practices service."""
    async with running(tmp_path, database_url, indicators_settings) as made:
        yield made


async def test_a_practice_is_submitted_selected_judged_agreed_on_and_published(client):
    case = await (await Case.begun(client)).published()
    public = (await client.get(f"/practices/{case.id}")).json()
    assert public["provenance"] == "evaluated"
    assert public["evaluation"]["evaluators"] == 2
    assert public["evaluation"]["judgements"] == an_evaluation()["judgements"]
    assert public["questionnaire"] == ANSWERED
    text = str(public)
    assert ANNA.id not in text
    assert BRUNO.id not in text


async def test_everybody_sees_whose_turn_it_is(client):
    case = await Case.begun(client)
    seen = [(await case.author.draft())["next_actor"]]
    await case.selected()
    seen.append((await case.author.draft())["next_actor"])
    await case.author.save(questionnaire=ANSWERED)
    await case.author.step("submit")
    seen.append((await case.author.draft())["next_actor"])
    await case.publisher.step("assign", {"evaluators": [ANNA.id, BRUNO.id]})
    seen.append((await case.author.draft())["next_actor"])
    assert seen == ["author", "author", "publisher", "evaluators"]
    draft = await case.author.draft()
    assert draft["since"] <= draft["due"]


async def test_the_questionnaire_is_asked_after_the_selection_and_not_before(client):
    case = await (await Case.begun(client)).selected()
    refused = await case.author.step("submit")
    assert refused.status_code == 422
    pointers = [error["pointer"] for error in refused.json()["errors"]]
    assert pointers == [f"/questionnaire/{code}" for code in ANSWERED]
    assert (await case.author.draft())["record"]["title"] == "Welcome desk"


async def test_neither_evaluator_sees_the_other_before_both_are_in(client):
    case = await (await Case.begun(client)).in_review()
    await case.anna.evaluate()
    await case.anna.hand_in()
    path = f"{case.anna.path}/evaluations"
    other = await client.get(f"{path}/{ANNA.id}", headers=case.bruno.headers)
    assert other.status_code == 404
    listed = (await client.get(path, headers=case.bruno.headers)).json()
    assert listed["complete"] is False
    assert [one["answers"] for one in listed["items"]] == [None, listed["items"][1]["answers"]]
    publisher = (await client.get(path, headers=case.publisher.headers)).json()
    assert [one["answers"] for one in publisher["items"]] == [None, None]
    await case.bruno.evaluate()
    await case.bruno.hand_in()
    after = (await client.get(path, headers=case.bruno.headers)).json()
    assert after["complete"] is True
    assert all(one["answers"]["judgements"] for one in after["items"])


async def test_the_author_and_strangers_never_see_an_evaluation(client):
    case = await (await Case.begun(client)).agreed()
    for part in ("evaluations", "consensus"):
        path = f"{case.author.path}/{part}"
        assert (await client.get(path, headers=case.author.headers)).status_code == 403
        assert (await client.get(path, headers=case.stranger.headers)).status_code == 404
        assert (await client.get(path)).status_code == 401
    own = f"{case.author.path}/evaluations/{ANNA.id}"
    assert (await client.get(own, headers=case.author.headers)).status_code == 404


async def test_who_came_to_the_own_region_after_being_named_is_told_so(client):
    case = await (await Case.begun(client)).in_review()
    moved = Actor("person", ANNA.id, ANNA.scopes, frozenset({"ES51"}))
    refused = await Desk(client, moved, case.id).evaluate()
    assert refused.status_code == 403
    assert "own region" in refused.json()["detail"]


async def test_an_evaluation_is_final_when_it_is_handed_in(client):
    case = await (await Case.begun(client)).in_review()
    await case.anna.evaluate()
    await case.anna.hand_in()
    assert (await case.anna.evaluate()).status_code == 409


async def test_an_incomplete_evaluation_is_kept_and_not_handed_in(client):
    case = await (await Case.begun(client)).in_review()
    assert (await case.anna.evaluate(judgements={})).status_code == 200
    refused = await case.anna.hand_in()
    assert refused.status_code == 422
    assert "/judgements/relevance.needs" in [one["pointer"] for one in refused.json()["errors"]]


async def test_two_windows_of_one_evaluator_lose_nothing(client):
    case = await (await Case.begun(client)).in_review()
    path = f"{case.anna.path}/evaluations/{ANNA.id}"
    tag = (await client.get(path, headers=case.anna.headers)).headers["etag"]
    headers = case.anna.headers | {"if-match": tag}
    assert (await client.put(path, json=an_evaluation(), headers=headers)).status_code == 200
    late = await client.put(path, json=an_evaluation(judgements={}), headers=headers)
    assert late.status_code == 412
    assert late.json()["current"]["judgements"] == an_evaluation()["judgements"]
    assert (await client.put(path, json={}, headers=case.anna.headers)).status_code == 428


async def test_a_practice_is_accepted_only_when_both_are_in_and_a_consensus_is_written(client):
    case = await (await Case.begun(client)).in_review()
    assert (await case.publisher.step("accept")).status_code == 409
    assert (await case.anna.agree(an_evaluation())).status_code == 409
    await case.anna.evaluate()
    await case.anna.hand_in()
    await case.bruno.evaluate()
    await case.bruno.hand_in()
    refused = await case.publisher.step("accept")
    assert refused.status_code == 409
    assert "consensus" in refused.json()["detail"]
    assert (await case.anna.agree(an_evaluation())).json()["settled"] is False
    assert (await case.bruno.agree()).json()["settled"] is True
    assert (await case.publisher.step("accept")).json()["state"] == "accepted"


async def test_a_new_wording_must_be_confirmed_anew(client):
    case = await (await Case.begun(client)).agreed()
    changed = an_evaluation(reflection={"challenges": "The winter."})
    assert (await case.bruno.agree(changed)).json()["agreed"] == [BRUNO.id]
    assert (await case.anna.agree()).json()["settled"] is True


async def test_changes_after_a_review_open_a_new_round_with_the_answers_of_the_last(client):
    case = await (await Case.begun(client)).judged()
    asked = {"messages": [{"pointer": "/summary", "text": "Say for whom."}]}
    changed = await case.publisher.step("request-changes", asked)
    assert changed.json()["state"] == "changes_requested"
    assert changed.json()["conversation_count"] == 1
    await case.author.save(questionnaire=ANSWERED, summary="For families who arrive.")
    assert (await case.author.step("submit")).json()["state"] == "in_review"
    path = f"{case.anna.path}/evaluations/{ANNA.id}"
    mine = (await client.get(path, headers=case.anna.headers)).json()
    assert mine["submitted_at"] is None
    assert mine["answers"]["judgements"] == an_evaluation()["judgements"]


async def test_changes_before_the_selection_lead_back_to_the_publisher(client):
    case = await (await Case.begun(client)).submitted()
    await case.publisher.step("request-changes", {"messages": [{"text": "Which year?"}]})
    assert (await case.author.step("submit")).json()["state"] == "submitted"


async def test_a_rejection_says_why_and_the_author_may_begin_anew(client):
    case = await (await Case.begun(client)).submitted()
    await case.publisher.step("reject", {"reasons": ["It is a plan, not yet a practice."]})
    talk = await client.get(f"{case.author.path}/conversation", headers=case.author.headers)
    assert [(one["kind"], one["text"]) for one in talk.json()["items"]] == [
        ("reason", "It is a plan, not yet a practice.")
    ]
    assert (await case.author.save(title="Welcome desk, opened")).json()["state"] == "draft"


async def test_who_has_judged_cannot_be_replaced_in_the_round(client):
    case = await (await Case.begun(client)).in_review()
    await case.anna.evaluate()
    await case.anna.hand_in()
    refused = await case.publisher.step("assign", {"evaluators": ["p_carla", BRUNO.id]})
    assert refused.json()["errors"][0]["code"] == "already_judged"
    fine = await case.publisher.step("assign", {"evaluators": [ANNA.id, "p_carla"]})
    assert fine.status_code == 200


@pytest.mark.parametrize(
    ("named", "code", "value"),
    [
        ([ANNA.id, ANNA.id], "evaluators", [ANNA.id]),
        ([ANNA.id, AUTHOR.id], "own_practice", AUTHOR.id),
        ([ANNA.id, LOCAL.id], "own_region", LOCAL.id),
        ([ANNA.id, "p_nobody"], "unknown_evaluator", "p_nobody"),
    ],
)
async def test_evaluators_are_two_of_other_regions(client, named, code, value):
    case = await (await Case.begun(client)).selected()
    refused = await case.publisher.step("assign", {"evaluators": named})
    (error,) = refused.json()["errors"]
    assert (refused.status_code, error["code"], error["value"]) == (422, code, value)


async def test_an_evaluator_of_a_further_region_of_the_practice_is_refused(client):
    case = await (await Case.begun(client, regions=["ES51", "SE224"])).selected()
    refused = await case.publisher.step("assign", {"evaluators": [ANNA.id, BRUNO.id]})
    assert [one["value"] for one in refused.json()["errors"]] == [ANNA.id]


async def test_evaluators_read_the_practice_without_the_contact(client):
    contact = {"name": "Quilla Zorrobatán", "email": "zorro@example.org"}
    case = await Case.begun(client, contact=contact)
    await case.selected()
    await case.author.save(questionnaire=ANSWERED, contact=contact)
    await case.author.step("submit")
    await case.publisher.step("assign", {"evaluators": [ANNA.id, BRUNO.id]})
    assert "Quilla" not in str(await case.anna.draft())
    assert (await case.author.draft())["record"]["contact"]["name"] == "Quilla Zorrobatán"
    assert (await case.publisher.draft())["record"]["contact"]["name"] == "Quilla Zorrobatán"


async def test_what_is_published_unevaluated_says_so_and_is_marked_evaluated_later(client):
    case = await (await Case.begun(client)).submitted()
    assert (await case.author.step("publish")).status_code == 403
    await case.publisher.step("publish")
    first = (await client.get(f"/practices/{case.id}")).json()
    assert (first["provenance"], first["evaluation"]) == ("region", None)
    await case.author.save()
    await case.published()
    versions = (await client.get(f"/practices/{case.id}/versions")).json()["items"]
    assert [(one["version"], one["provenance"], one["reason"]) for one in versions] == [
        (2, "evaluated", "First version"),
        (1, "region", None),
    ]
    assert (await client.get(f"/practices/{case.id}/versions/1")).json()["evaluation"] is None


async def test_a_published_practice_is_withdrawn_while_a_revision_is_written(client):
    case = await (await Case.begun(client)).submitted()
    await case.publisher.step("publish")
    await case.author.save(title="Welcome desk, second year")
    assert (await case.stranger.step("withdraw")).status_code == 404
    assert (await case.publisher.step("withdraw")).json()["state"] == "draft"
    assert (await client.get(f"/practices/{case.id}")).status_code == 404
    assert (await client.get(f"/practices/{case.id}/versions")).status_code == 404


async def test_a_region_withdraws_what_is_its_own_and_the_publisher_is_told(client):
    case = await (await Case.begun(client)).submitted()
    await case.publisher.step("publish")
    assert (await case.author.step("withdraw")).json()["state"] == "withdrawn"
    assert (await client.get(f"/practices/{case.id}")).status_code == 404
    told = await client.get("/notifications", headers=case.publisher.headers)
    assert "withdraw" in [one["event"] for one in told.json()["items"]]


async def test_the_same_step_under_the_same_key_is_done_once(client):
    case = await (await Case.begun(client)).submitted()
    tag, key = await case.publisher.tag(), {"idempotency-key": "request-changes-1"}
    headers = case.publisher.headers | {"if-match": tag} | key
    path = f"{case.publisher.path}/request-changes"
    asked = {"messages": [{"text": "Which year?"}]}
    one = await client.post(path, json=asked, headers=headers)
    two = await client.post(path, json=asked, headers=headers)
    assert one.json() == two.json()
    talk = await client.get(f"{case.author.path}/conversation", headers=case.author.headers)
    assert len(talk.json()["items"]) == 1


@pytest.mark.parametrize(
    ("step", "body"),
    [
        ("request-changes", {"messages": []}),
        ("request-changes", {"messages": [{"pointer": "summary", "text": "x"}]}),
        ("request-changes", {"messages": [{"text": ""}]}),
        ("reject", {"reasons": []}),
        ("assign", {"evaluators": [ANNA.id]}),
        ("assign", {"evaluators": [ANNA.id, "with space"]}),
        ("publish", {"reason": "x" * 501}),
        ("publish", {"because": "x"}),
    ],
)
async def test_a_step_with_wrong_details_changes_nothing(client, step, body):
    case = await (await Case.begun(client)).submitted()
    tag = await case.publisher.tag()
    assert (await case.publisher.step(step, body)).status_code == 422
    assert await case.publisher.tag() == tag


@pytest.mark.parametrize(
    "change",
    [
        {"judgements": {"relevance.colour": {"judgement": "convincing", "reason": "x"}}},
        {"judgements": {"relevance.needs": {"judgement": "excellent", "reason": "x"}}},
        {"aspects": {"beauty": {}}},
        {"transferability": {"replication": ""}},
        {"total": 7},
    ],
)
async def test_an_evaluation_outside_the_framework_is_refused(client, change):
    case = await (await Case.begun(client)).in_review()
    refused = await case.anna.evaluate(**change)
    assert refused.status_code == 422
    assert refused.json()["errors"]


async def test_a_caller_without_any_scope_of_the_lab_is_refused(client):
    nobody = as_caller(Actor("client", "c", frozenset({"indicators:write"}), frozenset({"*"})))
    for path in ("/desk/practices", "/notifications", "/practices/x/evaluations"):
        assert (await client.get(path, headers=nobody)).status_code == 403
