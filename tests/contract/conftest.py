"""Each operation is a test of its own, with its own name."""

from __future__ import annotations

import pytest
from _pytest.nodeid import NodeId
from schemathesis.pytest.plugin import SchemathesisFunction


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give the operations their names back.

    pytest makes an item's id of its function alone, so all operations would have one id, and
    pytest-xdist runs one test for each id: without this it would ask a single operation.
    """
    for item in items:
        if isinstance(item, SchemathesisFunction):
            item._id = NodeId.parse(f"{item.nodeid}[{item.operation_label}]")
