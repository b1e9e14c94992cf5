"""The three reports of the search: `python -m tests.search.reports [protocol|relevance|truth]`.

protocol   the embedded engine speaks what it declares, and real clients work with it
relevance  its order is that of Meilisearch's own library and of the judged queries
truth      the index says what the database says, whatever fails; with MEILI_TEST_URL all of it
           over a Meilisearch server
"""

from __future__ import annotations

import os
import sys
from collections import Counter

import pytest

REPORTS = {
    "protocol": (
        "tests/search/engine/test_capabilities.py",
        "tests/search/engine/test_protocol.py",
        "tests/search/engine/test_client.py",
        "tests/search/engine/test_administration.py",
        "tests/search/engine/test_filters.py",
        "tests/search/conformance",
    ),
    "relevance": (
        "tests/search/engine/test_relevance.py",
        "tests/search/test_relevance.py",
        "tests/search/test_relevance_smoke.py",
    ),
    "truth": (
        "tests/search/test_truth.py",
        "tests/search/test_follower.py",
        "tests/search/test_lease.py",
        "tests/search/test_prove.py",
    ),
}


class Counted:
    """What came of the tests, and the figures that they printed."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self.failed: list[str] = []
        self.figures: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count each test once, at its call or where it ended before."""
        if report.when == "call" or report.outcome != "passed":
            self.outcomes[report.outcome] += 1
            self.figures += [line for line in report.capstdout.splitlines() if line]
        if report.failed:
            self.failed.append(report.nodeid)


def main(asked: list[str]) -> int:
    """Run the reports that are asked for, or all; 1 when one of them has a failure."""
    unknown = set(asked) - set(REPORTS)
    if unknown:
        sys.stderr.write(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(REPORTS)}\n")
        return 2
    server = os.environ.get("MEILI_TEST_URL")
    lines = [f"engine: {server or 'embedded (a real server is used with MEILI_TEST_URL)'}"]
    failed = False
    for name in asked or REPORTS:
        counted = Counted()
        pytest.main([*REPORTS[name], "-q", "--no-header", "-p", "no:cacheprovider"], [counted])
        told = ", ".join(f"{number} {outcome}" for outcome, number in counted.outcomes.items())
        lines += [f"{name}: {told or 'nothing ran'}"]
        lines += [f"  {line}" for line in (*counted.figures, *counted.failed)]
        failed |= bool(counted.failed) or not counted.outcomes["passed"]
    sys.stdout.write("\n".join(["", *lines, ""]))
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
