"""Answers composed once and served until something changed."""

from __future__ import annotations

import asyncio

import pytest

from services.gateway.shelf import Shelf
from shared.problems import Unavailable

pytestmark = pytest.mark.anyio


class _Kitchen:
    """Composes an answer and counts how often."""

    def __init__(self) -> None:
        self.composed = 0
        self.is_down = False

    async def cook(self) -> bytes:
        await asyncio.sleep(0)
        if self.is_down:
            raise Unavailable("down")
        self.composed += 1
        return f"answer {self.composed}".encode()


async def test_many_who_ask_at_once_cause_one_composition():
    shelf, kitchen = Shelf(), _Kitchen()
    kept = await asyncio.gather(*(shelf.get("a", kitchen.cook) for _ in range(50)))
    assert kitchen.composed == 1
    assert {one.body for one in kept} == {b"answer 1"}


async def test_a_change_makes_the_answer_new_and_gives_it_another_etag():
    shelf, kitchen = Shelf(), _Kitchen()
    before = (await shelf.get("a", kitchen.cook)).etag
    shelf.changed()
    after = await shelf.get("a", kitchen.cook)
    assert after.body == b"answer 2"
    assert after.etag != before


async def test_the_old_answer_is_served_while_a_service_is_down():
    shelf, kitchen = Shelf(), _Kitchen()
    await shelf.get("a", kitchen.cook)
    shelf.changed()
    kitchen.is_down = True
    assert (await shelf.get("a", kitchen.cook)).body == b"answer 1"


async def test_without_an_old_answer_the_failure_is_told():
    shelf, kitchen = Shelf(), _Kitchen()
    kitchen.is_down = True
    with pytest.raises(Unavailable):
        await shelf.get("a", kitchen.cook)
