"""An embedded engine as a process of its own, for tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx

MASTER_KEY = "a master key for tests"


class Engine:
    """Any engine at an address; talks with the master key unless told otherwise."""

    def __init__(self, url: str, key: str) -> None:
        self.url = url
        self.key = key
        self.http = httpx.Client(
            base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=30
        )

    def call(self, method: str, path: str, body: Any = None, **options: Any) -> httpx.Response:
        """One request."""
        return self.http.request(method, path, json=body, **options)

    def get(self, path: str, body: Any = None, method: str = "GET") -> Any:
        """The answer to a request that succeeds."""
        answer = self.call(method, path, body)
        assert answer.is_success, answer.text
        return answer.json()

    def do(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """A write, and the task when it has ended."""
        answer = self.call(method, path, body)
        assert answer.status_code == 202, answer.text
        return self.ended(answer.json()["taskUid"])

    def ended(self, task: int, seconds: float = 60) -> dict[str, Any]:
        """The task once it has ended."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = self.get(f"/tasks/{task}")
            if found["status"] in ("succeeded", "failed"):
                return found
            time.sleep(0.01)
        raise TimeoutError(f"task {task} did not end")


class RunningEngine(Engine):
    """An embedded engine, started on a free port."""

    def __init__(self, data: Path, *options: str) -> None:
        self.data = data
        self.process = subprocess.Popen(
            [sys.executable, "-m", "services.search.engine", "--data", str(data), *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=os.environ | {"ENGINE_MASTER_KEY": MASTER_KEY},
        )
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(self.process.communicate()[1].decode())
        self.ready = json.loads(line)
        super().__init__(f"http://127.0.0.1:{self.ready['port']}", MASTER_KEY)

    def stop(self) -> int:
        """End it as its parent's end would; the exit code."""
        return self._gone()

    def kill(self) -> None:
        """End it in the middle of whatever it does."""
        self.process.kill()
        self._gone()

    def _gone(self) -> int:
        self.http.close()
        self.process.stdin.close()
        code = self.process.wait(timeout=15)
        self.process.stdout.close()
        self.process.stderr.close()
        return code


class RunningIndex:
    """One index of a running engine."""

    def __init__(self, engine: Engine, uid: str) -> None:
        self.engine = engine
        self.uid = uid

    def do(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """A write below the index that must succeed."""
        task = self.engine.do(method, f"/indexes/{self.uid}{path}", body)
        assert task["status"] == "succeeded", task
        return task

    def put(self, documents: list[dict[str, Any]], **settings: Any) -> RunningIndex:
        """Settings first, then the documents."""
        if settings:
            self.do("PATCH", "/settings", settings)
        self.do("POST", "/documents?primaryKey=id", documents)
        return self

    def search(self, q: str | None = None, **fields: Any) -> dict[str, Any]:
        """A search that must succeed."""
        body = fields if q is None else {"q": q, **fields}
        return self.engine.get(f"/indexes/{self.uid}/search", body, "POST")

    def ids(self, q: str | None = None, **fields: Any) -> list[Any]:
        """The identifiers of the hits, in order."""
        return [hit["id"] for hit in self.search(q, **fields)["hits"]]

    def refused(self, **fields: Any) -> dict[str, Any]:
        """The error of a search that must be refused with 400."""
        answer = self.engine.call("POST", f"/indexes/{self.uid}/search", fields)
        assert answer.status_code == 400, answer.text
        return answer.json()
