"""One platform for all journeys of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.server import Server, running


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The whole platform as its own process, over fresh data."""
    with running(tmp_path_factory.mktemp("platform") / "data") as server:
        yield server
