"""Every public operation under generated right and wrong requests, all checks, over the door."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings

from services.gateway.domain.access import SCOPES
from tests.contract.test_openapi import SNAPSHOT
from tests.server import Server, running

pytestmark = pytest.mark.xdist_group("contract")

EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "50"))
CHAINS = int(os.environ.get("SCHEMATHESIS_CHAINS", "20"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A platform of its own: the generated requests write."""
    with running(tmp_path_factory.mktemp("contract") / "data") as server:
        yield server


class Caller:
    """A system that may do everything for two regions. Its token is renewed before it runs out."""

    def __init__(self, server: Server, client: dict[str, str]) -> None:
        self._server = server
        self._form = {"grant_type": "client_credentials", **client}
        self._until = 0.0
        self._header: dict[str, str] = {}

    def header(self) -> dict[str, str]:
        """The Authorization header of this minute."""
        if time.monotonic() > self._until:
            answer = httpx.post(f"{self._server.api}/oauth/token", data=self._form)
            given = answer.raise_for_status().json()
            self._header = {"Authorization": f"Bearer {given['access_token']}"}
            self._until = time.monotonic() + given["expires_in"] - 60
        return self._header


@pytest.fixture(scope="module")
def caller(server: Server) -> Caller:
    """A client of the running platform with every scope there is."""
    scopes = [part for scope in sorted(SCOPES) for part in ("--scope", scope)]
    made = server.command("clients", "create", "--region", "ES51", "--region", "ITF4", *scopes)
    return Caller(
        server, dict(line.split("=", 1) for line in made.stdout.splitlines() if "=" in line)
    )


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
def test_the_answers_are_what_the_document_says(case, server: Server, caller: Caller):
    needs_token = bool(case.operation.definition.raw.get("security"))
    case.call_and_validate(base_url=server.api, headers=caller.header() if needs_token else None)


def test_what_one_answer_gives_the_next_request_uses(server: Server, caller: Caller):
    """Chains of operations along the document's links: begin, read, change, throw away."""

    class Chain(schema.as_state_machine()):  # type: ignore[misc]
        def get_call_kwargs(self, case) -> dict[str, Any]:
            return {"headers": caller.header(), "base_url": server.api}

    Chain.run(
        settings=settings(
            max_examples=CHAINS,
            stateful_step_count=10,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=True,
        )
    )
