"""A FastAPI application as all our services are: problems, health, limits, telemetry.

The only place where an exception becomes an answer.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, FastAPI, Header, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from shared import actor, telemetry
from shared.actor import Actor
from shared.db import Database, NoSchema
from shared.problems import (
    BadRequest,
    InputError,
    Internal,
    Invalid,
    MethodNotAllowed,
    NotFound,
    Problem,
    TooLarge,
    Unavailable,
    WrongMediaType,
    limits,
    told,
)
from shared.strict import StrictRoute

_log = logging.getLogger("service")
PREFIX_HEADER = "x-forwarded-prefix"


class ErrorItem(BaseModel):
    """One thing wrong with an input, and where."""

    code: str
    detail: str
    pointer: str | None = None
    row: int | None = None
    column: str | None = None
    value: Any = None
    allowed: Any = None


class ProblemBody(BaseModel):
    """Any error (RFC 9457)."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    instance: str
    trace_id: str
    errors: list[ErrorItem] = Field(default_factory=list[ErrorItem])


def _inlined(model: type[BaseModel]) -> dict[str, Any]:
    # A reference into the schema itself would point nowhere once it stands in a document.
    schema = model.model_json_schema()
    parts: dict[str, Any] = schema.pop("$defs")
    schema["properties"]["errors"]["items"] = parts["ErrorItem"]
    return schema


PROBLEM_RESPONSE: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "A problem: what, where, what is allowed.",
        "content": {"application/problem+json": {"schema": _inlined(ProblemBody)}},
    }
}


def new_service(
    title: str,
    description: str,
    routers: Sequence[APIRouter],
    *,
    lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]],
    ready: Callable[[FastAPI], Awaitable[Mapping[str, str]]],
    access_log: bool = False,
    max_body_bytes: int = 2_000_000,
    document_path: str = "/openapi.json",
) -> FastAPI:
    """A service's application.

    ready  says what is missing before requests can be served, by part; empty when nothing is
    """
    app = FastAPI(
        title=title,
        description=description,
        version="1",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=document_path,
        responses=PROBLEM_RESPONSE,
        redirect_slashes=False,
        separate_input_output_schemas=False,
        # Our own middleware tells what is needed at a quarter of the cost.
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
        middleware=[Middleware(telemetry.Telemetry, service=title.lower(), access_log=access_log)],
    )
    app.state.max_body_bytes = max_body_bytes
    health = _health(ready)
    for part in (*routers, health):
        app.include_router(part)
    app.state.methods = [
        (route.path_regex, route.methods)
        for part in (*routers, health)
        for route in part.routes
        if isinstance(route, APIRoute)
    ]
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(Exception, _unexpected)
    return app


def router(**more: Any) -> APIRouter:  # noqa: ANN401 - passed on
    """A router whose routes read requests strictly."""
    return APIRouter(route_class=StrictRoute, **more)


def _health(ready: Callable[[FastAPI], Awaitable[Mapping[str, str]]]) -> APIRouter:
    routes = APIRouter(include_in_schema=False)

    @routes.get("/livez")
    async def livez() -> dict[str, str]:
        """Whether the process answers. Depends on nothing."""
        return {"status": "ok"}

    @routes.get("/readyz")
    async def readyz(request: Request) -> dict[str, str]:
        """Whether requests can be served; 503 with what is missing otherwise."""
        missing = await ready(request.app)
        if missing:
            errors = [InputError("not_ready", why, f"/{part}") for part, why in missing.items()]
            raise Unavailable("Not ready.", errors, headers={"Retry-After": "1"})
        return {"status": "ready"}

    return routes


def answer(problem: Problem, request: Request) -> Response:
    """The problem as an HTTP answer."""
    trace_id = telemetry.trace.get() or request.scope.get("trace_id", "")
    return JSONResponse(
        problem.body(instance(request), trace_id),
        problem.status,
        headers={**problem.headers, "Cache-Control": "no-store", "X-Request-Id": trace_id},
        media_type="application/problem+json",
    )


def instance(request: Request) -> str:
    """The path of the request as the world sees it: the gateway says under which prefix."""
    return request.headers.get(PREFIX_HEADER, "") + quote(request.scope["path"])


async def _problem(request: Request, failure: Exception) -> Response:
    assert isinstance(failure, Problem)
    if failure.__cause__ is not None and failure.status >= 500:
        _tell(failure, failure.__cause__, request)
    return _shown(failure, request)


def _tell(failure: Problem, cause: BaseException, request: Request) -> None:
    """One line in the log when a part is away: where in our code that was noticed says nothing."""
    service = {"service": _name(request)}
    if isinstance(failure, NoSchema):
        _log.error("%s (%s)", failure.detail, _first_line(cause), extra=service)
    elif isinstance(failure, Unavailable):
        _log.warning("%s (%s)", failure.detail, _first_line(cause), extra=service)
    else:
        _log.error("%s", failure, exc_info=failure, extra=service)


def _first_line(cause: BaseException) -> str:
    # What SQLAlchemy adds in further lines is the statement.
    return f"{type(cause).__name__}: {str(cause).partition(chr(10))[0][:300]}"


def _name(request: Request) -> str:
    return str(request.app.title).lower()


async def _unexpected(request: Request, failure: Exception) -> Response:
    # Starlette raises it again and the server logs it, but by then nobody knows the trace id.
    token = telemetry.trace.set(request.scope.get("trace_id", ""))
    try:
        service = {"service": _name(request)}
        _log.error("nobody expected this", exc_info=failure, extra=service)
        return answer(Internal("We have logged what happened; the trace id finds it."), request)
    finally:
        telemetry.trace.reset(token)


async def _http(request: Request, failure: Exception) -> Response:
    assert isinstance(failure, HTTPException)
    where = request.scope["path"]
    if failure.status_code == 405:
        allowed = ", ".join(sorted(_methods(request)))
        problem: Problem = MethodNotAllowed(
            f"{where} answers to {allowed}.", headers={"Allow": allowed}
        )
    elif failure.status_code == 404:
        problem = NotFound(f"There is nothing at {where}. The API is described at /api/v1/docs.")
    elif failure.status_code == 413:
        problem = TooLarge(f"{where} takes less than this.")
    else:
        problem = BadRequest(str(failure.detail))
    return _shown(problem, request)


def _shown(problem: Problem, request: Request) -> Response:
    """The answer; to a stranger nothing that begins with /internal/ exists, whatever went wrong."""
    path = request.scope["path"]
    if path.startswith("/internal/") and not _is_service(request):
        problem = NotFound(f"There is nothing at {path}. The API is described at /api/v1/docs.")
    return answer(problem, request)


def _is_service(request: Request) -> bool:
    key = getattr(request.app.state, "internal_key", b"")
    try:
        return actor.read(request.headers.get(actor.HEADER), key).holds("internal")
    except Problem:
        return False


def _methods(request: Request) -> set[str]:
    # Starlette asks one route only; a path may be spread over several.
    path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
    known = request.app.state.methods
    return {method for pattern, methods in known if pattern.match(path) for method in methods}


async def _validation(request: Request, failure: Exception) -> Response:
    assert isinstance(failure, RequestValidationError)
    errors = failure.errors()
    broken = next((error for error in errors if error["type"] == "json_invalid"), None)
    if broken:
        reason = broken.get("ctx", {}).get("error", "not JSON")
        return _shown(BadRequest(f"The body is not JSON as we read it: {reason}."), request)
    if _is_unread(request, errors):
        return _shown(
            WrongMediaType("Send the body with `Content-Type: application/json`."), request
        )
    return _shown(
        Invalid("The request has values that cannot be used.", [_error(e) for e in errors]), request
    )


def _is_unread(request: Request, errors: Sequence[Mapping[str, Any]]) -> bool:
    # FastAPI leaves a body of another media type as bytes, which no model accepts.
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    is_json = kind == "application/json" or kind.endswith("+json")
    return not is_json and any(
        error["loc"] == ("body",) and isinstance(error.get("input"), bytes) for error in errors
    )


def _error(error: Mapping[str, Any]) -> InputError:
    place = "/".join(str(part).replace("~", "~0").replace("/", "~1") for part in error["loc"])
    value = error.get("input")
    return InputError(
        code=error["type"],
        detail=told(error),
        pointer="/" + place.removeprefix("body/") if place != "body" else "",
        value=value[:80] if isinstance(value, str) else None,
        allowed=limits(error),
    )


async def _database(request: Request) -> Database:
    return request.app.state.database


async def _actor(
    request: Request, x_actor: Annotated[str | None, Header(include_in_schema=False)] = None
) -> Actor:
    return actor.read(x_actor, request.app.state.internal_key)


async def _internal(request: Request) -> None:
    if not _is_service(request):
        # To anyone else the route does not exist.
        raise NotFound(f"There is nothing at {request.scope['path']}.")


Db = Annotated[Database, Depends(_database)]
Caller = Annotated[Actor, Depends(_actor)]
for_services_only = Depends(_internal)
