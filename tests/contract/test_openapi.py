"""The API's document: complete, and never changed without being noticed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from services.commands import document_of
from services.embedded import AllSettings, House
from services.gateway.routes import ROUTES

SNAPSHOT = Path(__file__).resolve().parents[2] / "docs" / "reference" / "openapi.json"
_NOT_DESCRIBED = {"/openapi.json", "/docs", "/docs/{file}"}
_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict:
    """The document as the code describes itself now."""
    return document_of(House(AllSettings.over(tmp_path_factory.mktemp("house"), "http://x")))


def test_the_committed_document_is_what_the_code_says(document):
    """If the change is meant: `python -m services openapi > docs/reference/openapi.json`."""
    assert document == json.loads(SNAPSHOT.read_text("utf-8"))


def test_every_route_is_described(document):
    described = sum(len(operations) for operations in document["paths"].values())
    assert described == len([route for route in ROUTES if route.path not in _NOT_DESCRIBED])


def test_every_operation_has_its_own_name_a_summary_and_a_description(document):
    operations = list(_operations(document))
    names = [operation["operationId"] for operation in operations]
    assert len(names) == len(set(names))
    assert all(operation["summary"] and operation["description"] for operation in operations)


def test_every_operation_documents_its_problems(document):
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            answers = operation["responses"]
            assert "default" in answers or "4XX" in answers, f"{method} {path}"


def test_every_body_has_an_example_that_its_schema_takes(document):
    whole = {"components": document["components"]}
    for operation in _operations(document):
        for kind, part in operation.get("requestBody", {}).get("content", {}).items():
            if kind != _WORKBOOK:
                jsonschema_rs.validate(whole | part["schema"], part["example"])


def test_links_lead_to_operations_that_take_what_they_give(document):
    operations = {one["operationId"]: one for one in _operations(document)}
    links = [
        link
        for operation in operations.values()
        for answer in operation["responses"].values()
        for link in answer.get("links", {}).values()
    ]
    assert len(links) > 50
    for link in links:
        taken = {one["name"] for one in operations[link["operationId"]]["parameters"]}
        assert {name.removeprefix("header.") for name in link["parameters"]} <= taken


def test_every_group_of_operations_says_what_it_is_for(document):
    described = {tag["name"] for tag in document["tags"]}
    assert {tag for operation in _operations(document) for tag in operation["tags"]} == described


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in document["paths"].values():
        yield from path.values()


def test_who_may_be_told_that_nothing_changed_reads_it_in_the_document():
    """If-None-Match and 304 belong together."""
    document = json.loads(SNAPSHOT.read_text("utf-8"))
    told = [
        (name, "304" in operation["responses"])
        for operations in document["paths"].values()
        for operation in [operations.get("get", {})]
        for name in [operation.get("operationId")]
        if any(one["name"].lower() == "if-none-match" for one in operation.get("parameters", ()))
    ]
    assert len(told) > 30
    assert [name for name, said in told if not said] == []
