"""The embedded engine as a child process: started, watched, started anew, stopped.

The child listens on a free loopback port with a key that only this data directory
knows. It ends when its standard input closes, so it cannot outlive us, however we end.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import secrets
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from services.search.index import Address
from shared.problems import Unavailable
from shared.settings import secret_file

_log = logging.getLogger("search.engine")
_ROOT = Path(__file__).resolve().parents[2]
_START_SECONDS = 30.0
_STOP_SECONDS = 5.0


class Embedded:
    """The child and where it listens now. `starts` counts how often it had to be started."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.key = secret_file(directory, "engine.key", lambda: secrets.token_urlsafe(32))
        self.starts = 0
        self._port: int | None = None
        self._process: Process | None = None

    @property
    def pid(self) -> int | None:
        """The child's process id while it runs."""
        return self._process.pid if self._process and self._port else None

    def address(self) -> Address:
        """Where the engine listens. Unavailable while it is starting."""
        if self._port is None:
            raise Unavailable("The search engine is starting.", headers={"Retry-After": "1"})
        return Address(f"http://127.0.0.1:{self._port}", self.key)

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Keep the engine running inside the block."""
        keeper = asyncio.create_task(self._keep())
        try:
            yield
        finally:
            keeper.cancel()
            with suppress(asyncio.CancelledError):
                await keeper

    async def _keep(self) -> None:
        pause = 0.1
        while True:
            loop = asyncio.get_running_loop()
            began = loop.time()
            try:
                await self._once()
            except (OSError, ValueError, TimeoutError) as failure:
                _log.error("the search engine did not start: %s", failure)
            # An engine that dies at once is started more and more rarely.
            pause = 0.1 if loop.time() - began > 10 else min(pause * 2, 10.0)
            await asyncio.sleep(pause)

    async def _once(self) -> None:
        """Start the child and come back when it has ended; cancelled, end it."""
        self.starts += 1
        self._process = process = await self._spawn()
        try:
            assert process.stdout is not None
            line = await asyncio.wait_for(process.stdout.readline(), _START_SECONDS)
            ready = json.loads(line or b"{}")
            if not isinstance(ready.get("port"), int):
                raise ValueError(f"it said {line[:200]!r} instead of its port")
            self._port = ready["port"]
            code = await process.wait()
            _log.warning("the search engine ended with %s; it is started anew", code)
        finally:
            self._port = None
            await _end(process)

    async def _spawn(self) -> Process:
        environment = {**os.environ, "ENGINE_MASTER_KEY": self.key}
        inherited = environment.get("PYTHONPATH")
        environment["PYTHONPATH"] = f"{_ROOT}{os.pathsep}{inherited}" if inherited else str(_ROOT)
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "services.search.engine",
            "--data",
            str(self.directory / "engine"),
            "--port",
            "0",
            stdin=PIPE,
            stdout=PIPE,
            env=environment,
            # Ctrl-C goes to the whole group; the engine ends after us, not before.
            start_new_session=True,
        )


async def _end(process: Process) -> None:
    """Ask the child to end by closing its input; end it when it does not."""
    if process.returncode is not None:
        return
    assert process.stdin is not None
    process.stdin.close()
    try:
        await asyncio.wait_for(process.wait(), _STOP_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()
