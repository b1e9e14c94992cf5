"""One OpenAPI document for the whole platform, joined from what each service says of itself.

Only what stands in the table of routes is shown, so the document, the table and the
services cannot drift apart unnoticed: a route whose service does not describe it fails
the contract tests.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from services.gateway import follow_ups
from services.gateway.composed import Composed, Kept
from services.gateway.documentation import page
from services.gateway.domain.access import SCOPES
from services.gateway.routes import OWN, ROUTES
from shared.client import Service

# What a person does with the own account; a token is of no use there.
_OWN_ACCOUNT = ("/session/password", "/session/second-factor")
OWN_DOCUMENT = "/internal/openapi.json"
# By operation: the body, or the body of each media type.
_EXAMPLES: dict[str, Any] = json.loads(
    (Path(__file__).parent / "data" / "examples.json").read_text("utf-8")
)
_TAGS = {
    "Linked data": "Both halves of the platform in one answer: regions, the map, gaps.",
    "MIPEX-R": "Methodologies, editions and their scores; comparisons, robustness, what if.",
    "Outcomes": "Outcome indicators of the regions, from official statistics.",
    "Practices": "The practices of the Integration Lab that are published.",
    "Search": "Search as clients of Meilisearch call it, similar and fitting practices.",
    "Template": "What a practice and an evaluation are asked.",
    "Access": "Tokens for regions' systems.",
    "Signing in": "Sessions of people, their password and second factor.",
    "Submission": "Writing practices, one or many, and the steps to publication.",
    "Evaluation": "Two evaluators and their consensus.",
    "Desk": "Who has to do what next, what was said, what happened.",
    "Questionnaires": "Answering the indicators of an edition, reviewing, publishing.",
    "Webhooks": "Being told of changes.",
    "Administration": "People, clients, embed keys and the audit trail.",
}
_DESCRIPTION = """How Europe's regions receive and integrate migrants and refugees, and what they
learned.

Reading needs no token. A region's system signs in with client credentials and pushes
practices; people sign in with a session. Errors are `application/problem+json` (RFC 9457)
and say what, where and what is allowed. Lists carry `next` and a `Link` header. Scores of
kind `demonstration` are synthetic and say nothing about any region.
"""
_SECURITY = {
    "token": {
        "type": "oauth2",
        "description": "A region's system: client credentials (a secret or a key of its own). "
        "A token lasts ten minutes.",
        "flows": {
            "clientCredentials": {"tokenUrl": "/api/v1/oauth/token", "scopes": SCOPES},
        },
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "session",
        "description": "What `POST /session` sets for people; `__Host-session` on a "
        "site with https. It carries the scopes of the person's roles. Requests that "
        "change something have to come from a page of this site.",
    },
    "embedKey": {
        "type": "http",
        "scheme": "bearer",
        "description": "The publishable key of a partner's page, which is not needed: with it "
        "the page has a quota and origins of its own.",
    },
}


class Document:
    """The joined document, made when it is first asked for and then every quarter of a minute."""

    def __init__(self, services: Mapping[str, Service]) -> None:
        self._services = services
        self._composed = Composed()

    async def get(self) -> Kept:
        """The document as JSON bytes. Raises Unavailable while a service does not answer."""
        return await self._composed.get("openapi", self._made)

    async def page(self) -> str:
        """The document as a page for people."""
        return page(json.loads((await self.get()).body))

    async def _made(self) -> bytes:
        parts = {
            name: service.expect(await service.get(_place(name))).json()
            for name, service in self._services.items()
        }
        return json.dumps(join(parts), ensure_ascii=False).encode()


def _place(service: str) -> str:
    return OWN_DOCUMENT if service == OWN else "/openapi.json"


def join(parts: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The public operations of the services' documents, in the order of the table of routes."""
    paths: dict[str, dict[str, Any]] = {}
    schemas: dict[str, Any] = {}
    for name, part in parts.items():
        schemas |= _own_names(part.get("components", {}).get("schemas", {}), name)
    described = {
        (name, _shape(path)): (path, operations)
        for name, part in parts.items()
        for path, operations in part.get("paths", {}).items()
    }
    for route in ROUTES:
        path, operations = described.get((route.upstream, _shape(route.path)), ("", {}))
        if route.method.lower() not in operations:
            continue
        operation = _renamed(operations[route.method.lower()], route.upstream)
        for parameter in operation.get("parameters", ()):
            parameter["schema"] = _never_null(parameter["schema"])
        if route.scopes:
            ways = [{"token": [scope]} for scope in route.scopes]
            operation["security"] = [*ways, {"session": []}]
        elif route.path.startswith(_OWN_ACCOUNT):
            operation["security"] = [{"session": []}]
        elif route.embeds:
            operation["security"] = [{}, {"embedKey": []}]
        _show_example(operation)
        paths.setdefault(path, {})[route.method.lower()] = operation
    follow_ups.link(
        {
            operation["operationId"]: operation
            for operations in paths.values()
            for operation in operations.values()
        }
    )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Regional Integration Platform",
            "version": "1",
            "description": _DESCRIPTION,
            "license": {"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
        },
        "servers": [{"url": "/api/v1"}],
        "tags": [{"name": name, "description": text} for name, text in _TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": _SECURITY,
        },
    }


def _show_example(operation: dict[str, Any]) -> None:
    content = operation.get("requestBody", {}).get("content", {})
    example: Any = _EXAMPLES.get(operation["operationId"], {})
    of_each: dict[str, Any] = dict.fromkeys(content, example) if len(content) == 1 else example
    for kind, part in content.items():
        # A workbook cannot be shown; the template that is downloaded is one.
        if kind in of_each:
            part["example"] = of_each[kind]


def _shape(path: str) -> str:
    # A service may call its parameters otherwise than the table of routes does.
    return re.sub(r"\{[^}]+\}", "{}", path)


def _never_null(schema: dict[str, Any]) -> dict[str, Any]:
    # A parameter is there or not; "null" in an address is a text like any other.
    choices = [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]
    if len(choices) != 1:
        return schema
    rest = {key: value for key, value in schema.items() if key not in ("anyOf", "default")}
    return choices[0] | rest


def _own_names(schemas: Mapping[str, Any], service: str) -> dict[str, Any]:
    return {
        _schema_name(name, service): _renamed(schema, service) for name, schema in schemas.items()
    }


def _renamed(node: Any, service: str) -> Any:  # noqa: ANN401 - any JSON
    # Two services may use one name for different shapes.
    if isinstance(node, dict):
        return {
            key: _reference(value, service)
            if key == "$ref" and isinstance(value, str)
            else _renamed(value, service)
            for key, value in node.items()
        }
    if isinstance(node, list):
        return [_renamed(one, service) for one in node]
    return node


def _reference(reference: str, service: str) -> str:
    place, _, name = reference.rpartition("/")
    return f"{place}/{_schema_name(name, service)}"


def _schema_name(name: str, service: str) -> str:
    return name if service == OWN else f"{service.title()}{name}"
