"""From two questionnaires over a review to a frozen revision, and to its correction."""

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
    (change,) = third["changes"]
    assert (change["region"], change["indicator"], change["group"]) == (REGION, "F01", "TCN")
    assert [change[side]["option"] for side in ("before", "after")] == ["a", "c"]
    assert change["differs"][0] == "option"
    kept = await desk.public.get(f"{base}/2/answers")
    assert kept.content == old
    assert "immutable" in kept.headers["cache-control"]
    after = (await desk.public.get(f"/editions/{desk.edition}")).json()
    assert (after["revision"], after["answers_hash"] != before) == (3, True)


async def test_a_correction_of_evidence_alone_is_in_the_diff(desk: Desk):
    found = await desk.published()
    await desk.reviewer.step(found, "reopen", {"reason": "The address is dead."})
    corrected = {"state": "scored", "option": "a", "evidence": "Article 3, as of 2025",
                 "sources": [{"url": "https://example.org/law"}]}  # fmt: skip
    where = f"/assessments/{found}/decisions/F01/TCN"
    saved = await desk.reviewer.client.put(where, json=corrected, headers={"if-match": '"v1"'})
    assert saved.status_code == 200, saved.text
    await desk.reviewer.step(found, "accept")
    await desk.reviewer.step(found, "publish", {"reason": "The address of the law was dead."})
    third = (await desk.public.get(f"/editions/{desk.edition}/revisions/3")).json()
    assert third["n_changes"] == 1
    (change,) = third["changes"]
    assert change["differs"] == ["evidence", "sources"]
    assert change["before"]["option"] == change["after"]["option"] == "a"
    assert change["after"]["evidence"] == "Article 3, as of 2025"


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


@pytest.mark.parametrize("edition", ["demonstration", "mipex-r-2021-published"])
@ON_SQLITE
async def test_an_edition_that_is_not_answered_takes_no_answers(desk: Desk, edition: str):
    body = {"edition": edition, "region": REGION, "kind": "edition"}
    answer = await desk.one.client.post("/assessments", json=body)
    assert (answer.status_code, codes(answer)) == (409, ["E_EDITION_KIND"])


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
