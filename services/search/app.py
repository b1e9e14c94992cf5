"""The search service as an application, and what it needs before it can start."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI

from services.search import api, suggestions
from services.search.api import Search
from services.search.audit import keep_auditing
from services.search.embedded import Embedded
from services.search.follower import Follower
from services.search.index import Address, Engine
from services.search.lease import Lease
from services.search.schemas import CATALOGUE, LABELS
from services.search.settings import SearchSettings
from services.search.writer import Regions, Writer
from shared.background import background
from shared.client import Service, Where
from shared.service import new_service

_MAX_BODY_BYTES = 200_000
_DESCRIPTION = "Search over published practices and regions, in Meilisearch's protocol."


def prepare(settings: SearchSettings, say: Callable[[str], None]) -> None:
    """Make the directory of the embedded engine; its index fills itself from the feed."""
    if not settings.meili_url and not settings.engine_dir.exists():
        settings.engine_dir.mkdir(parents=True)
        say("search: the index will be built when the service starts")


def create_app(settings: SearchSettings, neighbours: Mapping[str, Where]) -> FastAPI:
    """The application. It needs the neighbours `practices` (the feed) and `indicators` (regions).

    The engine is started, and the feed followed, inside the application's lifespan.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        key = settings.internal_key.encode()
        async with AsyncExitStack() as stack:
            embedded = None if settings.meili_url else Embedded(settings.engine_dir)
            if embedded:
                await stack.enter_async_context(embedded.running())
            engine = await stack.enter_async_context(_engine(settings, embedded))
            practices = await stack.enter_async_context(
                Service("practices", neighbours["practices"], key)
            )
            indicators = await stack.enter_async_context(
                Service("indicators", neighbours["indicators"], key)
            )
            writer = Writer(engine, Regions(indicators), CATALOGUE, LABELS)
            lease = Lease(engine, alone=embedded is not None, seconds=settings.lease_seconds)
            follower = Follower(writer, practices, lease)
            app.state.search = Search(engine, CATALOGUE, follower, embedded)
            async with background(
                following=follower.run,
                auditing=lambda: keep_auditing(follower, settings.audit_minutes),
            ):
                yield

    app = new_service(
        "Search",
        _DESCRIPTION,
        [api.public, api.availability, suggestions.routes, api.internal],
        lifespan=lifespan,
        ready=_missing,
        max_body_bytes=_MAX_BODY_BYTES,
    )
    app.state.internal_key = settings.internal_key.encode()
    return app


def _engine(settings: SearchSettings, embedded: Embedded | None) -> Engine:
    outside = Address(settings.meili_url.rstrip("/"), settings.meili_key)
    return Engine(
        embedded.address if embedded else lambda: outside,
        search_seconds=settings.search_seconds,
        task_seconds=settings.task_seconds,
    )


async def _missing(app: FastAPI) -> Mapping[str, str]:
    search: Search = app.state.search
    if not await search.engine.healthy():
        return {"engine": "the search engine does not answer"}
    if not search.follower.caught_up:
        return {"index": "the index has not caught up with the published practices"}
    return {}
