"""Readable makers of the things that tests speak about."""

from __future__ import annotations

from typing import Any

from shared.actor import Actor, signed

INTERNAL_KEY = "a key of the tests, thirty-two bytes"


def a_practice(**changes: Any) -> dict[str, Any]:
    """The body of a complete practice of Catalonia."""
    return {
        "title": "Welcome desk",
        "regions": ["ES51"],
        "summary": "A desk where newcomers find their way to courses, housing and work.",
        "role": "leader",
        "areas": ["reception"],
        "target_groups": ["refugees"],
        "activities": ["A desk is open every morning"],
        "period": {"start": "2021-03", "end": None},
        "status": "ongoing",
        "result": "did not reach its aims",
    } | changes


def an_actor(*regions: str, scopes: tuple[str, ...] = ("practices:write",)) -> Actor:
    """A client that speaks for the regions."""
    return Actor("client", "client_test", frozenset(scopes), frozenset(regions))


def as_caller(actor: Actor) -> dict[str, str]:
    """The header with which the gateway says who asks."""
    return {"x-actor": signed(actor, INTERNAL_KEY.encode())}
