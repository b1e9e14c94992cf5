"""Every public operation under generated right and wrong requests, all checks, over the door."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, seed, settings
from hypothesis.errors import FlakyStrategyDefinition

from tests.contract.callers import NO_QUOTA, Callers
from tests.contract.test_openapi import SNAPSHOT
from tests.server import Server, running

EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "25"))
CHAINS = int(os.environ.get("SCHEMATHESIS_CHAINS", "20"))
ROUND = 20


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A platform of its own: the generated requests write."""
    with running(tmp_path_factory.mktemp("contract") / "data", **NO_QUOTA) as server:
        yield server


@pytest.fixture(scope="module")
def callers(server: Server) -> Callers:
    """A system and a person of the running platform who may do everything."""
    return Callers.of(server)


# A workbook is bytes to the generator: it sends any, and we have to refuse them well.
schemathesis.serializer.alias(
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "application/octet-stream"
)
schemathesis.serializer.alias("application/x-ndjson", "text/plain")
schema = schemathesis.openapi.from_dict(json.loads(SNAPSHOT.read_text("utf-8")))


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)
def test_the_answers_are_what_the_document_says(case, server: Server, callers: Callers):
    security = case.operation.definition.raw.get("security")
    case.call_and_validate(base_url=server.api, **callers.arguments(security))


@pytest.mark.parametrize("first", range(0, CHAINS, ROUND))
def test_what_one_answer_gives_the_next_request_uses(server: Server, callers: Callers, first: int):
    """Chains of operations along the document's links: begin, read, change, throw away."""
    answered = 0

    @seed(first)
    class Chain(schema.as_state_machine()):  # type: ignore[misc]
        def get_call_kwargs(self, case) -> dict[str, Any]:
            security = case.operation.definition.raw.get("security")
            return {"base_url": server.api, **callers.arguments(security)}

        def after_call(self, response, case) -> None:
            nonlocal answered
            answered += 1

    # The platform remembers the chains before: what was made once is refused the second time.
    # The generator notices, and begins nothing more; the chains until then count.
    with suppress(FlakyStrategyDefinition):
        Chain.run(
            settings=settings(
                max_examples=ROUND,
                stateful_step_count=10,
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
            )
        )
    assert answered > ROUND
