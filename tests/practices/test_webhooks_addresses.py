"""Which addresses are called. Every one of the corpus must be refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.practices.webhooks import addresses
from services.practices.webhooks.addresses import Refused
from services.practices.webhooks.sender import Message, Sender, new_secret
from shared.clock import now
from tests.practices.receiver import Receiver

CORPUS = [
    line
    for line in (Path(__file__).parent / "data" / "ssrf.txt").read_text("utf-8").splitlines()
    if line and not line.startswith("# ")
]


def test_the_corpus_is_large():
    assert len(CORPUS) >= 80


@pytest.mark.parametrize("url", CORPUS)
@pytest.mark.anyio
async def test_an_address_inside_is_refused(url: str):
    """By how it is written, or by the machine that its name leads to."""

    async def inside(host: str, port: int) -> list[str]:
        return ["10.0.0.7"]

    with pytest.raises(Refused):
        await addresses.pinned(addresses.parse(url), inside)


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.org",
        "https://hooks.example.org:8443/a?b=c%20d",
        "https://xn--bcher-kva.example/",
        "https://8.8.8.8/",
        "https://[2606:4700:4700::1111]/",
    ],
)
@pytest.mark.anyio
async def test_an_address_of_the_internet_is_taken(url: str):
    async def outside(host: str, port: int) -> list[str]:
        return ["93.184.215.14"]

    assert await addresses.pinned(addresses.parse(url), outside)


@pytest.mark.parametrize("inner", ["127.0.0.1", "169.254.169.254", "10.1.2.3", "::1", "fd00::1"])
@pytest.mark.anyio
async def test_a_name_with_one_address_inside_is_refused_whole(inner: str):
    async def mixed(host: str, port: int) -> list[str]:
        return ["93.184.215.14", inner]

    with pytest.raises(Refused):
        await addresses.pinned(addresses.parse("https://hooks.example.org/"), mixed)


@pytest.mark.anyio
async def test_a_name_that_changes_its_meaning_gains_nothing():
    """DNS rebinding: public when it is checked, this machine a moment later."""
    answers = iter([["192.0.2.1"], ["127.0.0.1"], ["127.0.0.1"]])
    asked: list[str] = []

    async def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["203.0.114.1"] if len(asked) == 1 else next(answers)

    async with Receiver().open() as receiver:
        message = Message("id", "https://rebinding.example.org:8443/", "{}", [new_secret()])
        outcome = await Sender(local=False, resolver=rebinding).send(message, now(), timeout=0.5)
    assert outcome.status is None
    assert asked == ["rebinding.example.org"]
    assert receiver.asked == 0


@pytest.mark.anyio
async def test_what_was_checked_is_what_is_called():
    """With the name pinned to the loopback, the receiver there is reached under that name."""
    async with Receiver().open() as receiver:
        message = Message(
            "id", receiver.url.replace("127.0.0.1", "localhost"), "{}", [new_secret()]
        )
        outcome = await Sender(local=True).send(message, now())
    assert outcome.delivered
    assert receiver.headers[0]["host"] == f"localhost:{receiver.port}"


@pytest.mark.anyio
async def test_a_redirect_is_not_followed():
    async with Receiver(lambda _: 307).open() as receiver:
        receiver.location = receiver.url
        outcome = await Sender(local=True).send(
            Message("id", receiver.url, "{}", [new_secret()]), now()
        )
    assert (outcome.status, outcome.delivered, receiver.asked) == (307, False, 1)


@pytest.mark.parametrize("url", ["http://10.0.0.1/", "http://127.0.0.2/", "http://example.org/"])
def test_in_development_only_this_machine_is_called_by_http(url: str):
    with pytest.raises(Refused):
        addresses.parse(url, local=True)
