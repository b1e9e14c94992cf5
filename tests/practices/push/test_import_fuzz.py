"""Whatever is in a file, it gets a report. `tests/prove/prove_import.py` is the long version."""

from __future__ import annotations

import pytest

from tests.practices.push.mutations import files

pytestmark = pytest.mark.anyio


async def test_a_broken_file_gets_a_report_and_never_a_failure(region):
    seen: dict[int, int] = {}
    for seed, form, content in files(60, region.code):
        answer = await region.send(content, form, atomic="none")
        seen[answer.status_code] = seen.get(answer.status_code, 0) + 1
        assert answer.status_code in (200, 422), (seed, form, answer.text)
        if answer.status_code == 422:
            assert answer.json()["errors"], (seed, form)
    # Otherwise the files would be too broken, or not broken enough, to prove anything.
    assert min(seen.get(200, 0), seen.get(422, 0)) > 5
