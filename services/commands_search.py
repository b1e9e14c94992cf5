"""The commands of the search index: build it anew, compare it with the practices.

They ask the running platform, for only one process may hold the engine's files. A
platform that starts builds a lost or outdated index by itself, so without one running
there is nothing to do.
"""

from __future__ import annotations

import argparse
import asyncio
from typing import Any

import httpx

from services.embedded import PORT, AllSettings, settings_of
from shared.client import Service
from shared.problems import Unavailable

_HOUR = 3600.0
_LOOK_SECONDS = 1.0


def add(verbs: Any) -> None:  # noqa: ANN401 - argparse does not name this type
    """Add the commands to the parser."""
    search = verbs.add_parser("search", help="the search index of the running platform")
    actions = search.add_subparsers(metavar="ACTION", required=True)
    for name, run, told in (
        ("rebuild", _rebuild, "build the index anew; searches are answered meanwhile"),
        ("audit", _audit, "compare the index with the practices and mend it"),
    ):
        action = actions.add_parser(name, help=told)
        add_url(action)
        action.set_defaults(command=_command(run))


def add_url(action: argparse.ArgumentParser) -> None:
    """Add the option that says where the platform runs."""
    action.add_argument(
        "--url",
        default="",
        help="the running platform, or the search service where it runs alone",
    )


def rebuild(options: argparse.Namespace) -> int:
    """Have the running platform build its index anew; 1 when it refuses something.

    Raises Unavailable when no platform of this data directory runs.
    """
    return _asking(options, _rebuild)


def _command(run: Any) -> Any:  # noqa: ANN401 - a coroutine function
    def command(options: argparse.Namespace) -> int:
        return _asking(options, run)

    return command


def _asking(options: argparse.Namespace, run: Any) -> int:  # noqa: ANN401 - a coroutine function
    settings: AllSettings = settings_of(options)
    url = options.url or f"http://127.0.0.1:{options.port or PORT}"
    return asyncio.run(_asked(run, url.rstrip("/"), settings.search.internal_key.encode()))


async def _asked(run: Any, url: str, key: bytes) -> int:  # noqa: ANN401 - a coroutine function
    async with Service("search", url, key) as search:
        try:
            status = await search.get("/internal/status")
        except Unavailable:
            raise Unavailable(
                f"Nothing answers at {url}. Start the platform, or name where it runs with --url; "
                "an index that is lost or outdated is built anew when it starts."
            ) from None
        if status.status_code in (401, 403, 404):
            raise Unavailable(
                f"What answers at {url} does not know our internal key. Name the data directory of "
                "the platform with --data-dir, or its key in INTERNAL_KEY."
            )
        return await run(search, search.expect(status).json())


async def _rebuild(search: Service, before: dict[str, Any]) -> int:
    _say(f"building the index anew; it holds {_live(before)} practices now")
    building = asyncio.create_task(search.post("/internal/rebuild", None, timeout_seconds=_HOUR))
    told = ""
    while not (await asyncio.wait([building], timeout=_LOOK_SECONDS))[0]:
        told = await _progress(search, told)
    built = _checked(await building)
    after = search.expect(await search.get("/internal/status")).json()
    _say(f"the new index holds {_live(after)} practices and is true up to change {built['seq']}")
    return _quarantined(after)


async def _progress(search: Service, told: str) -> str:
    """Say how far the new index is, when that is news."""
    try:
        status = search.expect(await search.get("/internal/status")).json()
    except Unavailable:
        return told
    counts: dict[str, int] = status["engine"]["documents"]
    fresh = next((count for uid, count in counts.items() if uid.startswith("practices__")), None)
    line = told if fresh is None else f"  {fresh} of about {_live(status)} practices"
    if line != told:
        _say(line)
    return line


async def _audit(search: Service, before: dict[str, Any]) -> int:
    _say(f"comparing {_live(before)} documents with the published practices")
    report = _checked(await search.post("/internal/audit", None, timeout_seconds=_HOUR))
    _say(f"{report['practices']} practices, {report['documents']} documents")
    if report["rebuilt"]:
        _say("settings or regions had changed: the index was built anew")
    for name in report["drift"]:
        _say(f"  was not searchable as it is, mended: {name}")
    if report["moved"]:
        _say(f"{len(report['moved'])} changed meanwhile and were brought up to date")
    after = search.expect(await search.get("/internal/status")).json()
    waiting = _quarantined(after)
    if not report["drift"]:
        _say("no drift")
    return 1 if report["drift"] else waiting


def _quarantined(status: dict[str, Any]) -> int:
    """Say what the engine refuses; 1 when there is something."""
    for one in status["quarantine"]:
        _say(f"  not searchable, refused by the engine: {one['id']}: {one['message']}")
    return 1 if status["quarantine"] else 0


def _live(status: dict[str, Any]) -> int:
    return status["engine"]["documents"].get("practices", 0)


def _checked(answer: httpx.Response) -> dict[str, Any]:
    if answer.is_success:
        return answer.json()
    try:
        detail = answer.json()["detail"]
    except (ValueError, KeyError):
        detail = f"it answered {answer.status_code}"
    raise Unavailable(f"The search service could not do it: {detail}")


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - the answer of a command
