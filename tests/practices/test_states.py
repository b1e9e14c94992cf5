"""Whatever anybody does in whatever order, the workflow answers as its plain model does."""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.practices.machine import Machine, StoreDriver
from tests.practices.machine_http import driving

QUICK = settings(
    max_examples=25,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def test_states_actions_and_roles_in_any_order_over_the_store():
    """The long run is tests/prove/prove_practices.py."""
    Machine.driver = StoreDriver()
    run_state_machine_as_test(Machine, settings=QUICK)


def test_states_actions_and_roles_in_any_order_over_http(
    database_url, tmp_path, indicators_settings
):
    """Six clients, each with the tags that it has read itself."""
    with driving(tmp_path, database_url, indicators_settings) as driver:
        Machine.driver = driver
        run_state_machine_as_test(
            Machine, settings=settings(QUICK, max_examples=5, stateful_step_count=12)
        )
