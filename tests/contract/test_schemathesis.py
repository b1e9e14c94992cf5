"""Every public operation under generated right and wrong requests, all checks, over the door."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings

from tests.contract.test_openapi import SNAPSHOT
from tests.server import Server, running

pytestmark = pytest.mark.xdist_group("contract")

EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "50"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A platform of its own: the generated requests write."""
    with running(tmp_path_factory.mktemp("contract") / "data") as server:
        yield server


@pytest.fixture(scope="module")
def token(server: Server) -> dict[str, str]:
    """A header that may write practices of two regions; renewed for as long as the tests run."""
    made = server.command(
        "clients", "create", "--region", "ES51", "--region", "ITF4", "--scope", "practices:write"
    )
    client = dict(line.split("=", 1) for line in made.stdout.splitlines() if "=" in line)
    answer = httpx.post(
        f"{server.api}/oauth/token", data={"grant_type": "client_credentials", **client}
    )
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


# A workbook is bytes to the generator: it sends any, and we have to refuse them well.
schemathesis.serializer.alias(
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "application/octet-stream"
)
schema = schemathesis.openapi.from_dict(json.loads(SNAPSHOT.read_text("utf-8")))


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)
def test_the_answers_are_what_the_document_says(case, server: Server, token: dict[str, str]):
    needs_token = bool(case.operation.definition.raw.get("security"))
    case.call_and_validate(base_url=server.api, headers=token if needs_token else None)
