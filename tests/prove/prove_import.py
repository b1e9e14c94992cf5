"""A thousand broken files of practices: each gets a report, none a failure, nothing half done.

And `push` against a platform that is killed in the middle and comes back.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
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
from tests.practices.push.test_command import held, started, table
from tests.server import ROOT, free_port

_FILES = 1_000
_PUSHED = 300
_SERVICES = [sys.executable, "-m", "services"]


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
        _killed(),
    ]  # fmt: skip


def _killed() -> Row:
    """Three hundred rows are pushed; the platform is killed after forty and started again."""
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        site = {"PUSH_SITE": f"http://127.0.0.1:{port}"}
        file = table(folder / "many.csv", _PUSHED, "h")
        data_dir = str(folder / "data")
        platform = [*_SERVICES, "--data-dir", data_dir, "--port", str(port)]
        serving = subprocess.Popen(platform, cwd=ROOT, stdout=subprocess.DEVNULL)
        try:
            secrets = site | _client(data_dir)
            options = ("--batch", "5", "--atomic", "none", "--strategy", "create")
            pushing = started(secrets, file, *options)
            _wait(secrets, f"h-{_PUSHED // 8}")
            serving.kill()
            serving.wait()
            serving = subprocess.Popen(platform, cwd=ROOT, stdout=subprocess.DEVNULL)
            said, complaint = pushing.communicate(timeout=300)
            whole = pushing.returncode == 0 and f"{_PUSHED} created" in said
            print(complaint if not whole else "", end="")
            whole = whole and held(secrets, f"h-{_PUSHED - 1}").headers["etag"] == '"v0.1"'
        finally:
            serving.kill()
            serving.wait()
    label = f"push of {_PUSHED} rows to a platform that is killed: not stored, or stored twice"
    return row(label, int(not whole), "runs", goal="0", holds=whole)


def _client(data_dir: str) -> dict[str, str]:
    asked = ("clients", "create", "--name", "Push", "--region", "ES51")
    command = [*_SERVICES, "--data-dir", data_dir, *asked, "--scope", "practices:write"]
    deadline = time.monotonic() + 180
    while True:
        made = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if made.returncode == 0:
            break
        # The platform is still preparing its databases.
        assert time.monotonic() < deadline, made.stderr
        time.sleep(1)
    found = dict(line.split("=", 1) for line in made.stdout.splitlines() if "=" in line)
    return {
        "PUSH_CLIENT_ID": found["client_id"],
        "PUSH_CLIENT_SECRET": found["client_secret"],
    }


def _wait(secrets: dict[str, str], external_id: str) -> None:
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        try:
            if held(secrets, external_id).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise RuntimeError(f"{external_id} was not stored in five minutes")


async def _all(folder: Path) -> dict:
    of_regions = IndicatorsSettings(data_dir=folder / "indicators", internal_key=INTERNAL_KEY)
    indicators.prepare(of_regions, lambda _: None)
    settings = PracticesSettings(data_dir=folder / "practices", internal_key=INTERNAL_KEY)
    practices.prepare(settings, lambda _: None)
    regions = indicators.create_app(of_regions, {})
    app = practices.create_app(
        settings, {"indicators": regions, "search": _nothing, "gateway": _nothing}
    )
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
