"""Whatever anybody does in whatever order, the workflow answers as its plain model does."""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.practices.machine import Machine, StoreDriver

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
