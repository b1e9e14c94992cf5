"""A region's own research sent as CSV, XLSX and JSON: everything stored, or nothing."""

from __future__ import annotations

import random
import time

import pytest

from services.indicators.assessments.exports import write
from services.indicators.assessments.imports import MEDIA, Format
from services.indicators.domain.questionnaire import Entry
from tests.indicators.assessment.answer_files import (
    F01,
    FILES,
    FORMS,
    a_bomb,
    a_csv,
    mutated,
    some_entries,
)
from tests.indicators.assessment.conftest import (
    CELLS,
    ELSEWHERE,
    METHODOLOGY,
    ON_SQLITE,
    REGION,
    Desk,
    caller,
)


async def _sent(desk: Desk, path: str, content: bytes, form: Format = "csv", **headers: str):
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    return await desk.one.client.post(
        path, content=content, headers={"content-type": MEDIA[form], **more}
    )


@pytest.mark.anyio
@pytest.mark.parametrize("form", FORMS)
async def test_exported_imported_and_exported_again_it_is_the_same(desk: Desk, form: Format):
    found = await desk.begun("self")
    content = write(form, METHODOLOGY, REGION, some_entries())
    path = f"/assessments/{found}"
    sent = await _sent(desk, f"{path}/import", content, form, if_match='"v0"')
    assert (sent.status_code, sent.json()["report"]["new"]) == (200, len(CELLS))
    first = await desk.one.client.get(f"{path}/export?format={form}")
    assert first.content == content
    again = await _sent(desk, f"{path}/import", first.content, form, if_match='"v1"')
    report = again.json()["report"]
    assert (report["new"], report["changed"], report["same"]) == (0, 0, len(CELLS))
    assert (await desk.one.client.get(f"{path}/export?format={form}")).content == content
    assert again.headers["etag"] == '"v1"'


@pytest.mark.anyio
async def test_a_dry_run_gives_the_report_of_the_real_run_and_stores_nothing(desk: Desk):
    path = f"/editions/{desk.edition}/import"
    content = write("csv", METHODOLOGY, REGION, some_entries())
    dry = await _sent(desk, f"{path}?dry_run=true", content)
    assert (dry.status_code, dry.json()["assessment"]) == (200, None)
    listed = await desk.one.read(f"/assessments?edition={desk.edition}")
    assert listed["items"] == []
    real = await _sent(desk, path, content)
    assert real.json()["report"] == dry.json()["report"]
    found = real.json()["assessment"]
    part = write("csv", METHODOLOGY, REGION, [(F01, Entry("scored", "b"))])
    dry = await _sent(desk, f"{path}?dry_run=true", part)
    assert (await desk.one.read(f"/assessments/{found}/answers/F01/TCN"))["option"] == "a"
    real = await _sent(desk, path, part, if_match='"v1"')
    assert real.json()["report"] == dry.json()["report"]
    assert real.json()["report"]["changed"] == 1


@pytest.mark.anyio
@ON_SQLITE
async def test_a_wrong_file_gets_the_same_errors_dry_or_not_and_stores_nothing(desk: Desk):
    path = f"/editions/{desk.edition}/import"
    content = a_csv("ES51,F01,TCN,scored,z,,,", "ES51,F02,TCN,scored,a,,,", "ES51,F99,TCN,x,,,,")
    dry, real = [await _sent(desk, f"{path}?dry_run={flag}", content) for flag in ("true", "false")]
    assert (dry.status_code, real.status_code) == (422, 422)
    assert dry.json()["errors"] == real.json()["errors"]
    assert [(one["row"], one["column"]) for one in real.json()["errors"]] == [
        (2, "option"),
        (4, "indicator"),
    ]
    assert (await desk.one.read(f"/assessments?edition={desk.edition}"))["items"] == []


@pytest.mark.anyio
@ON_SQLITE
async def test_answers_that_are_there_are_not_written_over_unseen(desk: Desk):
    path = f"/editions/{desk.edition}/import"
    content = write("csv", METHODOLOGY, REGION, some_entries())
    assert (await _sent(desk, path, content)).status_code == 200
    unseen = await _sent(desk, path, content)
    assert unseen.status_code == 428
    stale = await _sent(desk, path, content, if_match='"v0"')
    assert (stale.status_code, stale.json()["current_etag"]) == (412, '"v1"')


@pytest.mark.anyio
@ON_SQLITE
async def test_a_region_for_which_the_token_does_not_speak_is_not_imported(desk: Desk):
    content = write("csv", METHODOLOGY, ELSEWHERE, some_entries())
    answer = await _sent(desk, f"/editions/{desk.edition}/import", content)
    assert answer.status_code == 403
    found = await desk.begun("self")
    other = await _sent(desk, f"/assessments/{found}/import", content, if_match='"v0"')
    assert {one["code"] for one in other.json()["errors"]} == {"E_UNKNOWN_REGION"}
    nowhere = await _sent(desk, f"/editions/{desk.edition}/import", a_csv("X,F01,TCN,scored,a,,,"))
    assert [one["code"] for one in nowhere.json()["errors"]] == ["E_UNKNOWN_REGION"]


@pytest.mark.anyio
async def test_an_import_is_done_once_under_one_key(desk: Desk):
    path = f"/editions/{desk.edition}/import"
    content = write("csv", METHODOLOGY, REGION, some_entries())
    key = f"import-{desk.edition}"
    one = await _sent(desk, path, content, idempotency_key=key)
    two = await _sent(desk, path, content, idempotency_key=key)
    assert one.json() == two.json()
    assert two.headers["idempotent-replayed"] == "true"


@pytest.mark.anyio
@ON_SQLITE
async def test_another_format_and_too_many_bytes_are_refused(desk: Desk):
    path = f"/editions/{desk.edition}/import"
    text = await desk.one.client.post(path, content=b"x", headers={"content-type": "text/plain"})
    assert text.status_code == 415
    large = await _sent(desk, path, b"x" * 2_000_001)
    assert large.status_code == 413
    reviewer = caller("r", REGION, scope="indicators:review")
    other = await desk.public.post(
        path,
        content=write("csv", METHODOLOGY, REGION, some_entries()),
        headers={"content-type": "text/csv", **reviewer},
    )
    assert other.status_code == 403


@pytest.mark.anyio
@ON_SQLITE
async def test_a_bomb_is_refused_over_http_and_nothing_breaks(desk: Desk):
    started = time.perf_counter()
    answer = await _sent(desk, f"/editions/{desk.edition}/import", a_bomb(100)[:], "xlsx")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] == "E_ARCHIVE"
    assert time.perf_counter() - started < 30


@pytest.mark.anyio
@ON_SQLITE
async def test_broken_files_never_break_the_service(desk: Desk):
    chance = random.Random(1)
    for number in range(min(30, FILES)):
        form = FORMS[number % 3]
        content = mutated(write(form, METHODOLOGY, REGION, some_entries()), chance)
        path = f"/editions/{desk.edition}/import?dry_run=true"
        answer = await _sent(desk, path, content, form)
        assert answer.status_code in (200, 400, 403, 422), answer.text
