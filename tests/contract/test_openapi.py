"""The API's document: complete, and never changed without being noticed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from services.commands import document_of
from services.embedded import AllSettings, House
from services.gateway.routes import ROUTES

SNAPSHOT = Path(__file__).resolve().parents[2] / "docs" / "reference" / "openapi.json"
_NOT_DESCRIBED = {"/openapi.json", "/docs", "/docs/{file}"}


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
    operations = [one for path in document["paths"].values() for one in path.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(names) == len(set(names))
    assert all(operation["summary"] and operation["description"] for operation in operations)


def test_every_operation_documents_its_problems(document):
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            answers = operation["responses"]
            assert "default" in answers or "4XX" in answers, f"{method} {path}"
