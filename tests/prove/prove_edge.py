"""Half-open sockets do not slow a good client of the whole platform, without any front.

PROVE_SOCKETS sets how many there are (500).
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path

from tests.figures import Row, row
from tests.gateway.slowloris import Seen, attack
from tests.server import Server, running

SOCKETS = int(os.environ.get("PROVE_SOCKETS", "500"))
_SECONDS = 30.0
# A head has ten seconds, a body twenty and a little for the bytes that came; then the sweep.
_LONGEST_SECONDS = 25.0


def rows() -> list[Row]:
    """The proof at full length: a region's panel, and a page of the web app's own address."""
    with tempfile.TemporaryDirectory() as folder, running(Path(folder) / "data") as server:
        alone = _attacked(server, 0, 5.0)
        seen = _attacked(server, SOCKETS, _SECONDS)
    return [
        row(
            f"good client's p99 beside {SOCKETS} half-open sockets",
            seen.p99_ms,
            "ms",
            baseline=round(alone.p99_ms, 2),
            ratio=seen.p99_ms / alone.p99_ms,
            goal="< 250, no request failed",
            holds=seen.p99_ms < 250 and seen.failed == 0,
        ),
        row(
            "the last half-open socket is cut off after",
            seen.last_cut_seconds,
            "s",
            goal=f"< {_LONGEST_SECONDS:.0f}, none held",
            holds=seen.held == 0 and seen.last_cut_seconds < _LONGEST_SECONDS,
        ),
    ]


def _attacked(server: Server, sockets: int, seconds: float) -> Seen:
    port = int(server.url.rsplit(":", 1)[1])
    path = b"/api/v1/regions/ES51"
    return asyncio.run(attack(port, sockets=sockets, seconds=seconds, path=path))
