"""The workflow of practices at length: anybody does anything in any order; each rule is needed.

The model is `tests/practices/model.py`, written without the workflow's own table. The short
version is `tests/practices/test_states.py`. WORKFLOW_RUNS sets how many runs there are over the
store (300); a tenth as many are made over HTTP. Then one clause after another of the workflow is
changed, which the tests must notice (`mutants.py`).
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from services.indicators import app as indicators
from services.indicators.settings import IndicatorsSettings
from tests.examples import INTERNAL_KEY
from tests.figures import Row, row
from tests.practices.databases import Files
from tests.practices.machine import Driver, Machine, StoreDriver
from tests.practices.machine_http import driving
from tests.prove import mutants

RUNS = int(os.environ.get("WORKFLOW_RUNS", "300"))
STEPS = 50


def rows() -> list[Row]:
    """In how many runs service and model parted (the first one ends the search)."""
    found = [_played("store", StoreDriver(), RUNS)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        known = IndicatorsSettings(data_dir=folder / "indicators", internal_key=INTERNAL_KEY)
        indicators.prepare(known, lambda _: None)
        with Files(folder).copy("empty") as url, driving(folder, url, known) as driver:
            found.append(_played("HTTP", driver, max(RUNS // 10, 1)))
    return [*found, _changed()]


def _played(over: str, driver: Driver, runs: int) -> Row:
    Machine.driver = driver
    long = settings(
        max_examples=runs,
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
    name = f"workflow over {over}, {runs} runs of {STEPS} steps, runs that differ from the model"
    return row(name, parted, "runs", goal="0", holds=parted == 0)


def _changed() -> Row:
    tried, unnoticed = mutants.survivors()
    for one in unnoticed:
        print("  not noticed:", one)
    name = f"of {tried} changes of the workflow, those that no test notices"
    return row(name, len(unnoticed), "changes", goal="0", holds=not unnoticed)
