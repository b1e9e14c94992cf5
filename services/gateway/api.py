"""What the gateway answers itself: linked data, tokens, the joined OpenAPI document."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Annotated, Any, Literal

from fastapi import Form, Header, Path, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from services.gateway.clients import ASSERTION, Shown, client_of
from services.gateway.composed import Kept, Served
from services.gateway.documentation import STYLE
from services.gateway.domain.access import SCOPES, granted
from services.gateway.linked import Linked, Refused
from services.gateway.schemas import Gap, LayerList, LayerValues, Panel, RegionList, Token
from shared.conditional import CACHED, IfNoneMatch
from shared.pages import CursorParam, Limit
from shared.problems import BadRequest
from shared.service import Db, instance, router
from shared.text import Text
from shared.tokens import LIFETIME, Keys

linked_routes = router(tags=["Linked data"])
access_routes = router(tags=["Access"])
document_routes = router(tags=["Documentation"], include_in_schema=False)


async def _answer(request: Request, making: Awaitable[Kept]) -> Response:
    try:
        kept = await making
    except Refused as refused:
        return JSONResponse(
            {**refused.answer.json(), "instance": instance(request)},
            refused.answer.status_code,
            headers={"Cache-Control": "no-store"},
            media_type=refused.answer.headers["content-type"],
        )
    query = request.scope["query_string"].decode("latin-1")
    _linked(request).composed.remember(f"{request.scope['path']}?{query}", kept)
    return Served(kept)


def _linked(request: Request) -> Linked:
    return request.app.state.linked


@linked_routes.get(
    "/regions",
    response_model=RegionList,
    operation_id="list_regions",
    summary="Regions",
    responses=CACHED,
)
async def list_regions(
    request: Request,
    country: Annotated[
        list[Annotated[str, Query(pattern="^[A-Z]{2}$")]] | None,
        Query(description="ISO 3166 codes; several mean any of them."),
    ] = None,
    in_mipex_r: Annotated[
        bool | None, Query(description="The 25 of MIPEX-R, or the others.")
    ] = None,
    has_scores: Annotated[bool | None, Query(description="With scores in any edition.")] = None,
    q: Annotated[
        Text | None,
        Query(min_length=1, max_length=100, description="Part of a name, any language."),
    ] = None,
    limit: Limit = 50,
    cursor: CursorParam = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """The regions with codes, names, what is known of them, and how many practices they have."""
    return await _answer(request, _linked(request).regions(request.url.query))


@linked_routes.get(
    "/regions/{code}",
    response_model=Panel,
    operation_id="get_region",
    summary="A region's panel",
    responses=CACHED,
)
async def get_region(
    request: Request,
    code: Annotated[
        str,
        Path(
            min_length=1,
            max_length=80,
            pattern="^[A-Za-z0-9-]+$",
            description="NUTS code or slug.",
            examples=["ES51", "catalonia"],
        ),
    ],
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Scores, outcomes, competences, population and practices of one region, each with its source.

    `mipex_r` holds published scores only. `demonstration` holds synthetic ones.
    """
    return await _answer(request, _linked(request).panel(code))


@linked_routes.get(
    "/editions/{edition_id}/regions/{code}/gaps",
    response_model=Gap,
    operation_id="read_gap",
    summary="The way to a target",
    responses=CACHED,
)
async def read_gap(
    request: Request,
    edition_id: Annotated[
        str, Path(min_length=1, max_length=80, description="Id of an edition; see /editions.")
    ],
    code: Annotated[str, Path(min_length=1, max_length=80, description="Code or slug.")],
    target: Annotated[float, Query(ge=0, le=100, description="Points.")],
    dimension: Annotated[
        Text | None,
        Query(max_length=80, description="Of any axis; `overall` when not given."),
    ] = None,
    group: Annotated[
        Text | None, Query(max_length=20, description="TCN, BIP or ALL, which is the default.")
    ] = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """What is missing to a target, the fewest steps that would reach it, what is out of reach.

    Each step moves one answer to its next better option, the largest gain first; missing
    answers stay missing. `practices` are those of other regions that answer the gap. 409 for
    an edition that was published without its answers.
    """
    return await _answer(request, _linked(request).gap(edition_id, code, request.url.query))


@linked_routes.get(
    "/map/layers",
    response_model=LayerList,
    operation_id="list_layers",
    summary="Map layers",
    responses=CACHED,
)
async def list_layers(request: Request, if_none_match: IfNoneMatch = None) -> Response:
    """What the map can show: outcomes, scores of each edition, the number of practices."""
    return await _answer(request, _linked(request).layers())


@linked_routes.get(
    "/map/layers/{layer}",
    response_model=LayerValues,
    operation_id="get_layer",
    summary="One map layer",
    responses=CACHED,
)
async def get_layer(
    request: Request,
    layer: Annotated[
        str,
        Path(max_length=120, pattern="^[A-Za-z0-9._-]+$", examples=["practices"]),
    ],
    group: Annotated[
        str | None,
        Query(
            pattern="^[A-Z0-9_-]{1,20}$",
            description="Whose value: TCN, BIP or ALL for scores; the layer lists its `groups`.",
        ),
    ] = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """A value for every region that has one, in one answer, with source, period and licence."""
    return await _answer(request, _linked(request).layer(layer, request.url.query))


@access_routes.post(
    "/oauth/token", response_model=Token, operation_id="issue_token", summary="An access token"
)
async def issue_token(
    request: Request,
    db: Db,
    grant_type: Annotated[Literal["client_credentials"], Form()],
    client_id: Annotated[str | None, Form(max_length=100)] = None,
    client_secret: Annotated[str | None, Form(max_length=200)] = None,
    scope: Annotated[
        str | None, Form(max_length=500, description="Some of the client's scopes.")
    ] = None,
    client_assertion_type: Annotated[
        str | None, Form(max_length=100, description=f"`{ASSERTION}`, with an assertion.")
    ] = None,
    client_assertion: Annotated[
        str | None,
        Form(max_length=8192, description="A JWT signed with the client's own key (RFC 7523)."),
    ] = None,
    authorization: Annotated[
        str | None, Header(description="Basic credentials, instead of the form fields.")
    ] = None,
) -> Response:
    """Client credentials grant (RFC 6749, 4.4) for regions' systems. A token lasts ten minutes.

    A client shows its secret, or signs with a key of its own (`private_key_jwt`).
    """
    endpoint = f"{request.app.state.site}/api/v1/oauth/token"
    shown = Shown(
        client_id, client_secret, authorization, client_assertion_type, client_assertion, endpoint
    )
    client = await client_of(db, shown)
    scopes = granted(frozenset(client.scopes), scope)
    if scopes is None:
        held = " ".join(client.scopes)
        raise BadRequest(f"The client holds: {held}.", extra={"error": "invalid_scope"})
    keys: Keys = request.app.state.watch.keys
    token = keys.issue(
        client.id,
        scopes,
        frozenset(client.regions),
        issuer=request.app.state.site,
        audience=request.app.state.audience,
    )
    body = Token(
        access_token=token,
        token_type="Bearer",  # noqa: S106 - the scheme, not a secret
        expires_in=int(LIFETIME.total_seconds()),
        scope=" ".join(sorted(scopes)),
        regions=client.regions,
    )
    return JSONResponse(body.model_dump(), headers={"Cache-Control": "no-store"})


@access_routes.get(
    "/.well-known/jwks.json",
    operation_id="get_jwks",
    summary="The keys that tokens are signed with",
)
async def get_jwks(request: Request) -> dict[str, list[dict[str, str]]]:
    """Public keys (RFC 7517)."""
    return request.app.state.watch.keys.jwks()


@access_routes.get(
    "/.well-known/oauth-authorization-server",
    operation_id="get_authorization_server",
    summary="What the token endpoint supports",
)
async def get_authorization_server(request: Request) -> dict[str, Any]:
    """Metadata of the authorization server (RFC 8414)."""
    base = f"{request.app.state.site}/api/v1"
    return {
        "issuer": request.app.state.site,
        "token_endpoint": f"{base}/oauth/token",
        "jwks_uri": f"{base}/.well-known/jwks.json",
        "grant_types_supported": ["client_credentials"],
        "token_endpoint_auth_methods_supported": [
            "client_secret_basic",
            "client_secret_post",
            "private_key_jwt",
        ],
        "token_endpoint_auth_signing_alg_values_supported": ["ES256", "RS256"],
        "scopes_supported": sorted(SCOPES),
        "response_types_supported": [],
    }


@document_routes.get("/openapi.json")
async def openapi(request: Request) -> Response:
    """The whole platform in one OpenAPI 3.1 document."""
    return Served(await request.app.state.document.get())


@document_routes.get("/docs")
async def docs(request: Request) -> Response:
    """The same document for people."""
    return HTMLResponse(await request.app.state.document.page())


@document_routes.get("/docs/{file}")
async def docs_style(file: Literal["style.css"]) -> Response:
    """The style of the documentation page."""
    return Response(STYLE, media_type="text/css", headers={"Cache-Control": "public, max-age=300"})
