"""Every operation, asked by every role: the platform does what docs/reference/roles.md says."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from services.gateway.domain.access import SCOPES
from services.gateway.routes import ROUTES, Route
from tests.gateway.asking import Asking, address, joined
from tests.gateway.policy import CALLERS, ROLES, Cell, cells, passes

pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("policy")]


@pytest.fixture(scope="module")
async def asking(
    tmp_path_factory: pytest.TempPathFactory, anyio_backend: str
) -> AsyncIterator[Asking]:
    """The whole platform, and somebody in each role."""
    async with joined(tmp_path_factory.mktemp("policy")) as found:
        yield found


# ------------------------------------------------------------------ the page is the policy


def test_the_page_names_every_operation_for_every_caller_once():
    named = Counter((cell.method, cell.path, cell.caller) for cell in cells())
    wanted = {(route.method, route.path, caller) for route in ROUTES for caller in CALLERS}
    assert set(named) == wanted
    assert set(named.values()) == {1}


def by_row() -> dict[tuple[str, str], list[Cell]]:
    found: dict[tuple[str, str], list[Cell]] = {}
    for cell in cells():
        found.setdefault((cell.method, cell.path), []).append(cell)
    return found


def mutants(route: Route) -> list[Route]:
    """The route with a clause dropped, exchanged, or added; with none at all."""
    roles = [set(scopes) for scopes in ROLES.values()]
    without = [tuple(one for one in route.scopes if one != gone) for gone in route.scopes]
    with_one = [(*route.scopes, new) for new in SCOPES if new not in route.scopes]
    exchanged = [(*rest, new) for rest in without for new in SCOPES if new not in route.scopes]
    # A scope that no role brings alone changes nothing that a role could do.
    told_apart = [
        scopes
        for scopes in {(), *without, *with_one, *exchanged}
        if [bool(role & set(scopes)) or not scopes for role in roles]
        != [bool(role & set(route.scopes)) for role in roles]
    ]
    return [replace(route, scopes=scopes) for scopes in told_apart]


@pytest.mark.parametrize("route", [r for r in ROUTES if r.scopes], ids=lambda r: r.method + r.path)
def test_a_changed_scope_clause_contradicts_the_page(route: Route):
    row = by_row()[route.method, route.path]
    found = mutants(route)
    assert len(found) >= len(route.scopes)
    for mutant in found:
        assert any(passes(mutant, cell.caller) != cell.allowed for cell in row), mutant.scopes


# ------------------------------------------------------------------ the platform follows it


async def test_each_cell_of_the_page_is_what_the_platform_answers(asking: Asking):
    wrong: list[str] = []
    for cell in cells():
        if (cell.method, cell.path) == ("DELETE", "/session"):
            continue  # it would sign the callers out; see the tests of sessions
        answer = await asking.ask(cell.caller, cell.method, address(cell.path))
        refused = answer.status_code in (401, 403)
        exact = 401 if cell.caller == "nobody" else 403
        fits = not refused if cell.allowed else answer.status_code == exact
        if not fits or answer.status_code == 500:
            wrong.append(f"{cell.method} {cell.path} by {cell.caller}: {answer.status_code}")
    assert wrong == []
