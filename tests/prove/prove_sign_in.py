"""Whether the time of a refused sign-in tells who exists: 200 known names, 200 unknown ones.

Over HTTP, in mixed order, so that a busy machine slows both kinds. The two samples are
compared by the Mann-Whitney rank-sum test: they must look like one.
"""

from __future__ import annotations

import math
import random
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import httpx
import numpy as np

from tests.figures import Row, row
from tests.server import Server, running

_TRIES = 200
# An account may be tried a hundred times from anywhere; nobody here comes near that.
_NAMES = 10


def rows() -> list[Row]:
    """The medians and how probable so large a difference is by chance."""
    with tempfile.TemporaryDirectory() as folder:
        # Each try comes from another address, as an attacker's would.
        proxy = {"GATEWAY_TRUSTED_PROXIES": "127.0.0.1/32"}
        with running(Path(folder) / "data", **proxy) as server:
            known, unknown = _times(server)
    chance = chance_of(known, unknown)
    return [
        row("sign-in, wrong password, median", float(np.median(known)) * 1000, "ms"),
        row(
            "sign-in, unknown name, median",
            float(np.median(unknown)) * 1000,
            "ms",
            baseline=round(float(np.median(known)) * 1000, 2),
            ratio=float(np.median(unknown) / np.median(known)),
        ),
        row(
            f"sign-in, {_TRIES} + {_TRIES} tries, Mann-Whitney p",
            chance,
            "",
            goal="> 0.01",
            holds=chance > 0.01,
        ),
    ]


def chance_of(one: Sequence[float], other: Sequence[float]) -> float:
    """The two-sided p of the Mann-Whitney test by its normal approximation (large samples)."""
    both = np.concatenate([one, other])
    ranks = np.empty(len(both))
    ranks[np.argsort(both, kind="stable")] = np.arange(1, len(both) + 1)
    n, m = len(one), len(other)
    u = ranks[:n].sum() - n * (n + 1) / 2
    z = (u - n * m / 2) / math.sqrt(n * m * (n + m + 1) / 12)
    return math.erfc(abs(z) / math.sqrt(2))


def _times(server: Server) -> tuple[list[float], list[float]]:
    for number in range(_NAMES):
        server.command("people", "create", f"person-{number}", "--role", "administrator")
    tries = [(kind, number % _NAMES) for kind in ("person", "nobody") for number in range(_TRIES)]
    random.Random(22).shuffle(tries)
    times: dict[str, list[float]] = {"person": [], "nobody": []}
    with httpx.Client(base_url=server.api, timeout=30) as client:
        for count, (kind, number) in enumerate(tries):
            began = time.perf_counter()
            answer = client.post(
                "/session",
                json={"name": f"{kind}-{number}", "password": "not the right password"},
                headers={"X-Forwarded-For": f"198.51.{count // 250}.{count % 250 + 1}"},
            )
            times[kind].append(time.perf_counter() - began)
            assert answer.status_code == 401, answer.text
    return times["person"], times["nobody"]
