"""The workflow of practices at length: anybody does anything in any order.

The model is `tests/practices/model.py`, written without the workflow's own table. The short
version is `tests/practices/test_states.py`.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.figures import Row, row
from tests.practices.machine import Machine, StoreDriver

RUNS = int(os.environ.get("WORKFLOW_RUNS", "300"))
STEPS = 50


def rows() -> list[Row]:
    """In how many runs service and model parted (the first one ends the search)."""
    Machine.driver = StoreDriver()
    long = settings(
        max_examples=RUNS,
        stateful_step_count=STEPS,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    parted = 0
    try:
        run_state_machine_as_test(Machine, settings=long)
    except AssertionError as different:
        print(different)
        parted = 1
    name = f"workflow, {RUNS} runs of {STEPS} steps, runs that differ from the model"
    return [row(name, parted, "runs", goal="0", holds=parted == 0)]
