"""A thousand broken files of practices: each gets a report, none a failure, nothing half done."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

import httpx

from services.indicators import app as indicators
from services.indicators.settings import IndicatorsSettings
from services.practices import app as practices
from services.practices.settings import PracticesSettings
from tests.examples import INTERNAL_KEY, an_actor, as_caller
from tests.figures import Row, row
from tests.practices.push.files import MEDIA
from tests.practices.push.mutations import files

_FILES = 1_000


def rows() -> list[Row]:
    """The figures."""
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(_all(Path(folder)))
    failures = sum(number for status, number in found["statuses"].items() if status >= 500)
    half = found["half"]
    told = ", ".join(f"{status}: {number}" for status, number in sorted(found["statuses"].items()))
    return [
        row(f"{_FILES} broken files ({told}), answers of 500 and above", failures, "answers",
            goal="0", holds=failures == 0),
        row("of those that were refused, files of which something was stored", half, "files",
            goal="0", holds=half == 0),
    ]  # fmt: skip


async def _all(folder: Path) -> dict:
    of_regions = IndicatorsSettings(data_dir=folder / "indicators", internal_key=INTERNAL_KEY)
    indicators.prepare(of_regions, lambda _: None)
    settings = PracticesSettings(data_dir=folder / "practices", internal_key=INTERNAL_KEY)
    practices.prepare(settings, lambda _: None)
    regions = indicators.create_app(of_regions, {})
    app = practices.create_app(settings, {"indicators": regions, "search": _nothing})
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    author, statuses, half = as_caller(an_actor("ES51")), {}, 0
    async with (
        regions.router.lifespan_context(regions),
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://practices") as client,
    ):
        before = _held(app)
        for seed, form, content in files(_FILES, "ES51", first=1_000):
            answer = await client.post(
                "/practices/import",
                content=content,
                headers=author | {"content-type": MEDIA[form]},
                params={"atomic": "none" if seed % 2 else "all"},
            )
            statuses[answer.status_code] = statuses.get(answer.status_code, 0) + 1
            after = _held(app)
            expected = before + (answer.json()["created"] if answer.status_code == 200 else 0)
            half += after != expected
            before = after
    return {"statuses": statuses, "half": half}


def _held(app) -> int:
    with app.state.database.reader.connect() as connection:
        return connection.exec_driver_sql("SELECT count(*) FROM practice").scalar_one()


async def _nothing(scope, receive, send) -> None:
    raise httpx.ConnectError("nobody listens")
