"""The gateway as an application: the door to the API, the web app, health and metrics."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Literal

import httpx
from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.middleware import Middleware
from starlette.types import ASGIApp

from services.gateway import api
from services.gateway.admin import api as api_clients
from services.gateway.admin import api_embeds, api_people
from services.gateway.door import Door
from services.gateway.edge import Edge
from services.gateway.embeds import Embeds
from services.gateway.heads import Heads
from services.gateway.linked import Linked
from services.gateway.openapi import OWN_DOCUMENT, Document
from services.gateway.people import api as api_session
from services.gateway.people import api_evaluators, api_provider
from services.gateway.people.hashing import Hashing
from services.gateway.people.provider import Provider
from services.gateway.people.visitor import Visitors
from services.gateway.quotas import Limits, Quotas
from services.gateway.routes import OWN
from services.gateway.seen import Seen
from services.gateway.settings import GatewaySettings
from services.gateway.shield import Shield
from services.gateway.site import Site
from services.gateway.tables import METADATA
from services.gateway.trusted import Hosts, Proxies, networks
from services.gateway.upstreams import Answering, Guarded, Remote
from services.gateway.watch import Watch
from shared import migrations
from shared.actor import Actor
from shared.background import background
from shared.client import Service, Where
from shared.db import Database
from shared.problems import Unauthorized, Unavailable
from shared.service import for_services_only, new_service, router
from shared.tokens import Keys

UPSTREAMS = ("indicators", "practices", "search")


def prepare(settings: GatewaySettings, say: Callable[[str], None]) -> None:
    """Bring the database up to date; make the signing key where there is none."""
    database = Database(settings.database)
    try:
        if migrations.upgrade("gateway", database, METADATA):
            say("gateway: the database is at the newest schema")
    finally:
        database.close()
    Keys.kept_in(settings.data_dir / "keys")


def create_app(settings: GatewaySettings, neighbours: Mapping[str, Where]) -> FastAPI:
    """The application over its three neighbours, each an address or an ASGI application."""
    internal_key = settings.internal_key.encode()
    upstreams: dict[str, ASGIApp] = {
        name: Remote(name, where) if isinstance(where, str) else where
        for name, where in ((name, neighbours[name]) for name in UPSTREAMS)
    }
    guarded = {name: Guarded(name, upstream) for name, upstream in upstreams.items()}
    own = _own_app(settings)
    watch: Watch = own.state.watch
    quotas = Quotas()
    embeds = own.state.embeds = Embeds(own.state.database, quotas, settings.site)
    door = Door(
        {**guarded, OWN: own},
        _identify(watch, settings),
        internal_key,
        lambda address: own.state.linked.composed.known(address),
        own.state.visitors.identify,
        limits=Limits(
            quotas,
            peer=settings.peer_per_minute,
            client=settings.client_per_minute,
            person=settings.person_per_minute,
        ),
        embeds=embeds,
    )

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        async with AsyncExitStack() as stack:
            services = {
                name: await stack.enter_async_context(Service(name, where, internal_key))
                for name, where in {**_answering(guarded), OWN: own}.items()
            }
            for upstream in upstreams.values():
                if isinstance(upstream, Remote):
                    await stack.enter_async_context(upstream.opened())
            linked = Linked(
                services["indicators"], services["practices"], services["search"], settings.site
            )
            own.state.linked = app.state.linked = linked
            app.state.services = services
            own.state.document = Document(services)
            own.state.regions = services["indicators"]
            if own.state.provider is not None:
                await stack.enter_async_context(own.state.provider.opened())
            app.state.heads = Heads(services["indicators"], services["practices"])
            # Without a database readiness says why, and the works below go on trying.
            with suppress(Unavailable):
                await watch.look()
                await embeds.refresh()
            works: dict[str, Callable[[], Awaitable[None]]] = {
                "counting practices": linked.follow,
                "reading embed keys": embeds.keep,
                "watching revocations": watch.follow,
            }
            if url := settings.quota_url:
                works["sharing quotas"] = lambda: quotas.share(url)
            async with background(**works):
                yield
            await embeds.flush()
        own.state.database.close()

    async def ready(app: FastAPI) -> Mapping[str, str]:
        why = await own.state.database.lack(METADATA)
        missing = {"database": why} if why else {}
        if app.state.linked.cursor is None:
            missing["practices"] = "the practices have not been counted yet"
        for name, service in app.state.services.items():
            if name in guarded and guarded[name].breaker.state == "open":
                missing[name] = "it did not answer several times and is not asked just now"
                continue
            try:
                service.expect(await service.get("/readyz"))
            except Unavailable as waiting:
                missing[name] = waiting.detail
        return missing

    app = new_service(
        "Gateway",
        "The public door.",
        [_metrics(), api_evaluators.internal, _operations()],
        lifespan=lifespan,
        ready=ready,
        access_log=True,
    )
    app.state.own = own
    app.state.internal_key = internal_key
    site = Site(settings.web_dir, settings.site, lambda path: app.state.heads.of(path))
    app.add_middleware(
        Shield, ancestors=embeds.ancestors, secure=settings.site.startswith("https://")
    )
    # Last, so that it stands inside telemetry: what it refuses is measured too.
    edge = Middleware(
        Edge,
        door=door,
        site=site,
        hosts=Hosts(settings.site, settings.hosts),
        proxies=Proxies(networks(settings.trusted_proxies)),
    )
    app.user_middleware.append(edge)
    return app


def _answering(upstreams: Mapping[str, ASGIApp]) -> dict[str, ASGIApp]:
    return {name: Answering(upstream) for name, upstream in upstreams.items()}


def _own_app(settings: GatewaySettings) -> FastAPI:
    @asynccontextmanager
    async def nothing(app: FastAPI) -> AsyncGenerator[None]:
        yield

    async def ready(app: FastAPI) -> Mapping[str, str]:
        return {}

    own = new_service(
        "Linked",
        "What the gateway answers itself.",
        [
            api.linked_routes,
            api.access_routes,
            api.document_routes,
            api_session.routes,
            api_provider.routes,
            api_provider.back_routes,
            api_evaluators.routes,
            api_clients.routes,
            api_people.routes,
            api_embeds.routes,
        ],
        lifespan=nothing,
        ready=ready,
        max_body_bytes=20_000,
        # The document of the whole platform stands at the usual place.
        document_path=OWN_DOCUMENT,
    )
    own.state.database = Database(settings.database)
    own.state.internal_key = settings.internal_key.encode()
    own.state.watch = Watch(own.state.database, settings.data_dir / "keys")
    own.state.hashing = Hashing()
    own.state.visitors = Visitors(own.state.database, settings.site)
    own.state.provider = _provider(settings)
    own.state.site = settings.site
    own.state.audience = settings.audience
    return own


def _provider(settings: GatewaySettings) -> Provider | None:
    if not settings.openid_issuer:
        return None
    return Provider(
        settings.openid_name,
        settings.openid_issuer,
        settings.openid_client_id,
        settings.openid_client_secret,
        f"{settings.site.rstrip('/')}/api/v1/session/callback",
    )


def _identify(watch: Watch, settings: GatewaySettings) -> Callable[[str], Actor]:
    seen = Seen(settings.site, settings.audience)

    def identify(token: str) -> Actor:
        claims = seen.verify(watch.keys, token)
        if not watch.has_looked:
            raise Unavailable(
                "It is not known yet which clients were revoked; try again.",
                headers={"Retry-After": "2"},
            )
        if claims.client_id in watch.revoked:
            raise Unauthorized(
                "The client was revoked.",
                headers={"WWW-Authenticate": 'Bearer error="invalid_token"'},
            )
        return Actor("client", claims.client_id, claims.scopes, claims.regions)

    return identify


def _metrics() -> APIRouter:
    routes = router(include_in_schema=False)

    @routes.get("/metrics")
    async def metrics(request: Request) -> Response:
        """Prometheus metrics."""
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return routes


def _operations() -> APIRouter:
    """What the command line asks of the search service behind this door, with the internal key."""
    routes = router(prefix="/internal", dependencies=[for_services_only], include_in_schema=False)
    # Building a large index takes minutes.
    seconds = 3600.0

    @routes.get("/status")
    async def status(request: Request) -> Response:
        """How true the search index is."""
        search: Service = request.app.state.services["search"]
        return _as_it_is(await search.get("/internal/status"))

    @routes.post("/{action}")
    async def act(request: Request, action: Literal["rebuild", "audit"]) -> Response:
        """Build the search index anew, or compare it with the practices."""
        search: Service = request.app.state.services["search"]
        return _as_it_is(await search.post(f"/internal/{action}", None, timeout_seconds=seconds))

    return routes


def _as_it_is(answer: httpx.Response) -> Response:
    kind = answer.headers.get("content-type")
    return Response(answer.content, answer.status_code, media_type=kind)
