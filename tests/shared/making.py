"""Makers of small services for the tests of what all services share."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import APIRouter, FastAPI
from starlette.types import ASGIApp

from shared.actor import Actor, signed
from shared.service import new_service

KEY = b"a key of the tests, thirty-two bytes"
SERVICE = Actor("service", "internal", frozenset({"internal"}), frozenset({"*"}))


@asynccontextmanager
async def _nothing(_: FastAPI) -> AsyncGenerator[None]:
    yield


async def _ready(app: FastAPI) -> Mapping[str, str]:
    return getattr(app.state, "missing", {})


def a_service(*routers: APIRouter, **more: Any) -> FastAPI:
    """A service with the routes; `app.state.missing` says why it is not ready."""
    app = new_service(
        "Test", "A service of the tests.", routers, lifespan=_nothing, ready=_ready, **more
    )
    app.state.internal_key = KEY
    return app


def client_of(app: ASGIApp, **more: Any) -> httpx.AsyncClient:
    """A client that sees what a server would send, also when the application fails."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://test", **more)


def as_service() -> dict[str, str]:
    """The header of another service."""
    return {"x-actor": signed(SERVICE, KEY)}
