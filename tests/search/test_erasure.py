"""What was erased is in no file of the platform, byte by byte."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from services import embedded
from services.__main__ import main
from services.embedded import AllSettings, House
from services.practices.catalogue import store
from services.practices.personal import erasure
from shared.actor import HEADER, Actor, signed
from shared.db import Database
from tests.examples import a_practice
from tests.server import free_port

NAME, EMAIL = "Zquilla Vorbratan", "zquilla@example.org"
WORD = "vorbratan"
_SCOPES = frozenset({"practices:write", "practices:publish"})


@dataclass
class Running:
    """The whole platform over a folder, and a region's editor who asks the services themselves."""

    folder: Path
    house: House
    practices: httpx.AsyncClient
    search: httpx.AsyncClient

    async def published(self, **changes: object) -> str:
        """A practice, made and published."""
        done = await self.practices.post("/practices", json=a_practice(**changes))
        for step in ("submit", "publish"):
            path, tag = f"/practices/{done.json()['id']}/{step}", done.headers["etag"]
            done = await self.practices.post(path, headers={"if-match": tag})
            assert done.status_code == 200, done.text
        return done.json()["id"]

    async def found(self) -> int | None:
        """How many practices the search finds by the word; None while there is no index yet."""
        answer = await self.search.post("/internal/matching", json={"q": WORD, "filters": {}})
        return answer.json()["total"] if answer.is_success else None

    async def until_one_is_found(self) -> None:
        """Wait for the index to follow."""
        async with asyncio.timeout(60):
            while await self.found() != 1:  # noqa: ASYNC110
                await asyncio.sleep(0.05)

    def named_in(self) -> list[str]:
        """The files in which the person is named."""
        texts = (NAME, EMAIL, WORD)
        spelt = [one.lower().encode() for text in texts for one in (text, json.dumps(text)[1:-1])]
        files = [path for path in self.folder.rglob("*") if path.is_file()]
        contents = {str(path): _held(path) for path in files}
        return [path for path, held in contents.items() if any(one in held for one in spelt)]


def _held(path: Path) -> bytes:
    # The engine tidies up its folders meanwhile.
    return path.read_bytes().lower() if path.exists() else b""


@pytest.fixture
async def platform(tmp_path: Path, anyio_backend: str) -> AsyncIterator[Running]:
    settings = AllSettings.over(tmp_path, "http://127.0.0.1:8000")
    embedded.prepare(settings, lambda _: None)
    house = House(settings)
    key = settings.practices.internal_key.encode()
    editor = Actor("client", "client_editor", _SCOPES, frozenset({"ES51"}))
    service = Actor("service", "internal", frozenset({"internal"}), frozenset({"*"}))
    async with (
        house.running(),
        _client(house.practices, signed(editor, key)) as practices,
        _client(house.search, signed(service, key)) as search,
    ):
        yield Running(tmp_path, house, practices, search)


def _client(app: object, actor: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)  # type: ignore[arg-type]
    headers = {HEADER: actor}
    return httpx.AsyncClient(
        transport=transport, base_url="http://platform", headers=headers, timeout=60
    )


@pytest.mark.anyio
async def test_after_an_erasure_and_a_new_index_no_file_names_the_person(platform: Running):
    contact = {"name": NAME, "email": EMAIL}
    text = f"Ask {NAME} or write to {EMAIL}."
    name = await platform.published(summary=text, lessons=[NAME], contact=contact)
    await platform.until_one_is_found()
    assert any("search" in path for path in platform.named_in())
    database = platform.house.practices.state.database
    done = await database.write(erasure.erase_person, EMAIL)
    assert done.practices == [name]
    erasure.compact(database)
    assert (await platform.search.post("/internal/rebuild")).status_code == 200
    assert await platform.found() == 0
    assert platform.named_in() == []


@pytest.mark.anyio
async def test_a_contact_is_in_no_file_of_the_index(platform: Running):
    await platform.published(title="A desk to be found", contact={"name": NAME, "email": EMAIL})
    await platform.published(title=f"After the {WORD} of another")
    await platform.until_one_is_found()
    index = [path for path in platform.folder.rglob("search/**/*") if path.is_file()]
    assert index
    assert not any(EMAIL.encode() in path.read_bytes() for path in index)


def _ids(settings: AllSettings) -> Iterator[str]:
    database = Database(settings.practices.database)
    _, records = database.run(database.reader, store.scan, "", 10)
    database.close()
    return iter([record["id"] for record in records])


def test_where_no_platform_runs_the_index_is_removed_with_what_was_erased(tmp_path: Path, capsys):
    settings = AllSettings.over(tmp_path, "http://127.0.0.1:8000")
    embedded.prepare(settings, lambda _: None)
    index = settings.search.engine_dir / "data.db"
    index.write_bytes(b"an index")
    first = next(_ids(settings))
    erase = ["practices", "personal", "erase", "--practice", first]
    assert main(["--data-dir", str(tmp_path), "--port", str(free_port()), *erase]) == 0
    assert "the search index is removed" in capsys.readouterr().out
    assert not index.exists()
    with embedded.alone(tmp_path):
        index.parent.mkdir()
        index.write_bytes(b"an index")
        another = next(_ids(settings))
        erase = ["practices", "personal", "erase", "--practice", another]
        assert main(["--data-dir", str(tmp_path), "--port", str(free_port()), *erase]) == 1
        assert "Nothing answers" in capsys.readouterr().err
    assert index.exists()
