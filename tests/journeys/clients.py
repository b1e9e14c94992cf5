"""Three programs that speak HTTP, each in its own way: curl, Python's httpx, and fetch in Node."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import httpx

from tests.server import ROOT


@dataclass(frozen=True)
class Answer:
    """What came back; names of headers in lower case."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        """The body."""
        return json.loads(self.text)


class Program(Protocol):
    """Sends one request."""

    def __call__(
        self, method: str, url: str, headers: dict[str, str], body: str | None
    ) -> Answer: ...


def curl(method: str, url: str, headers: dict[str, str], body: str | None) -> Answer:
    """With the command that every system has."""
    words = ["curl", "-sS", "-i", "--http1.1", "-X", method, url]
    for name, value in headers.items():
        words += ["-H", f"{name}: {value}"]
    if body is not None:
        words += ["--data-binary", "@-", "-H", "Expect:"]
    done = subprocess.run(words, input=body, capture_output=True, text=True, timeout=60, check=True)
    head, _, content = done.stdout.replace("\r\n", "\n").partition("\n\n")
    first, *lines = head.splitlines()
    found = dict(line.split(": ", 1) for line in lines if ": " in line)
    return Answer(int(first.split()[1]), {k.lower(): v for k, v in found.items()}, content)


def python(method: str, url: str, headers: dict[str, str], body: str | None) -> Answer:
    """With httpx."""
    found = httpx.request(method, url, headers=headers, content=body, timeout=60)
    return Answer(found.status_code, dict(found.headers), found.text)


@contextmanager
def node() -> Iterator[Program]:
    """With fetch, in one process of Node."""
    words = ["node", str(ROOT / "tests/journeys/ask.mjs")]
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        out, into = process.stdin, process.stdout

        def ask(method: str, url: str, headers: dict[str, str], body: str | None) -> Answer:
            request = {"method": method, "url": url, "headers": headers, "body": body}
            out.write(json.dumps(request) + "\n")
            out.flush()
            return Answer(**json.loads(into.readline()))

        yield ask
        out.close()


@dataclass(frozen=True)
class Person:
    """Somebody with a program and a token of their own."""

    program: Program
    base: str
    token: str

    def ask(self, method: str, path: str, body: Any = None, tag: str | None = None) -> Answer:
        """Send a request; a body becomes JSON, a tag If-Match."""
        headers = {"authorization": f"Bearer {self.token}"}
        if body is not None:
            headers["content-type"] = "application/json"
        if tag is not None:
            headers["if-match"] = tag
        text = None if body is None else json.dumps(body)
        return self.program(method, self.base + path, headers, text)

    def read(self, path: str) -> Answer:
        """What has to be there."""
        found = self.ask("GET", path)
        assert found.status == 200, found.text
        return found

    def change(self, method: str, path: str, body: Any = None, of: str | None = None) -> Answer:
        """Change what was read just before; `of` is what carries the tag."""
        tag = self.read(of or path).headers["etag"]
        done = self.ask(method, path, body, tag)
        assert done.status in (200, 201), done.text
        return done
