"""The practices service as a process of its own, with the regions beside it.

python -m tests.prove.lone DATA_DIR DATABASE_URL PORT
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import uvicorn

from services.indicators import app as indicators
from services.indicators.settings import IndicatorsSettings
from services.practices import app as practices
from services.practices.settings import PracticesSettings
from tests.examples import INTERNAL_KEY
from tests.practices.access import Access
from tests.server import ROOT, free_port


async def _no_search(scope, receive, send) -> None:
    raise httpx.ConnectError("nobody listens")


def prepare(regions_dir: Path) -> None:
    """Load the regions, once."""
    settings = IndicatorsSettings(data_dir=regions_dir, internal_key=INTERNAL_KEY)
    indicators.prepare(settings, lambda _: None)


async def _serve(data_dir: Path, regions_dir: Path, database_url: str, port: int) -> None:
    known = IndicatorsSettings(data_dir=regions_dir, internal_key=INTERNAL_KEY)
    regions = indicators.create_app(known, {})
    settings = PracticesSettings(
        data_dir=data_dir,
        internal_key=INTERNAL_KEY,
        database_url=database_url,
        webhooks_local=True,
        webhooks_first_pause=0.05,
    )
    practices.prepare(settings, lambda _: None)
    app = practices.create_app(
        settings, {"indicators": regions, "search": _no_search, "gateway": Access().app}
    )
    config = uvicorn.Config(app, port=port, lifespan="off", log_config=None, access_log=False)
    async with (
        regions.router.lifespan_context(regions),
        app.router.lifespan_context(app),
    ):
        await uvicorn.Server(config).serve()


class Lone:
    """A process that serves. `kill` ends it in the middle of whatever it does."""

    def __init__(self, process: subprocess.Popen[bytes], url: str) -> None:
        self.process = process
        self.url = url

    def kill(self) -> None:
        """SIGKILL: nothing is tidied up."""
        self.process.kill()
        self.process.wait()


@asynccontextmanager
async def serving(data_dir: Path, regions_dir: Path, database_url: str) -> AsyncGenerator[Lone]:
    """A process that answers, inside the block."""
    lone = _started(data_dir, regions_dir, database_url)
    try:
        await _answering(lone, data_dir)
        yield lone
    finally:
        lone.kill()


def _started(data_dir: Path, regions_dir: Path, database_url: str) -> Lone:
    port = str(free_port())
    told = [str(data_dir), str(regions_dir), database_url, port]
    with (data_dir / "lone.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.prove.lone", *told], cwd=ROOT, stdout=log, stderr=log
        )
    return Lone(process, f"http://127.0.0.1:{port}")


async def _answering(lone: Lone, data_dir: Path) -> None:
    deadline = time.monotonic() + 180
    async with httpx.AsyncClient(base_url=lone.url) as client:
        while time.monotonic() < deadline:
            assert lone.process.poll() is None, (data_dir / "lone.log").read_text()[-3000:]
            try:
                if (await client.get("/readyz")).is_success:
                    return
            except httpx.HTTPError:
                pass
            await asyncio.sleep(0.05)
    raise RuntimeError("the service was not ready after three minutes")


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])))
