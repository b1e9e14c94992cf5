"""How sure ranks are: rank bands and sensitivities."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated

import anyio
import anyio.to_thread
from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel, StringConstraints
from pydantic_core import to_json

from services.indicators.domain import spec
from services.indicators.domain.instrument import ALL, OVERALL, CompetenceRule
from services.indicators.domain.spec import Aggregation
from services.indicators.editions.api import Axes, EditionId, Regions
from services.indicators.published.hall import In
from services.indicators.scenarios import robustness
from services.indicators.scenarios.api import Dimension, Group, written
from services.indicators.scenarios.computed import members, scores_of
from services.indicators.scenarios.robustness import Asked
from services.indicators.scenarios.schemas_robustness import (
    DimensionBandsOut,
    RobustnessOut,
    SensitivityOut,
)
from shared.conditional import CACHED
from shared.problems import Unavailable
from shared.service import router
from shared.shelf import Body

routes = router(tags=["MIPEX-R"])

ROWS_AT_MOST = 2_000
"""Rows of a Sobol design over HTTP; each costs as many replicates as there are factors, and two."""

_WAITING_AT_MOST = 8
_DECIMAL = r"0(\.[0-9]{1,4})?|1(\.0{1,4})?"
_UNIQUE = {"uniqueItems": True}

Seed = Annotated[int, Query(ge=0, le=2**53 - 1, description="The same seed, the same numbers.")]
Weights = Annotated[
    str,
    Query(
        pattern=f"^({_DECIMAL}|dirichlet|bootstrap)$",
        description="How weights vary. `0.25`: each by up to a quarter, up or down. `dirichlet`: "
        "any sharing out is as likely. `bootstrap`: questions are drawn anew within their area. "
        "`0`: not at all.",
    ),
]
Answers = Annotated[
    str,
    Query(
        pattern=f"^({_DECIMAL})$",
        description="Probability that an answer moves to a neighbouring option. `0`: none.",
    ),
]
Aggregations = Annotated[
    list[Aggregation] | None,
    Query(
        description="Means between which replicates vary. In the geometric mean x counts as "
        "1 + 0.99 x, so that a 0 does not make everything 0.",
        json_schema_extra=_UNIQUE,
    ),
]
Rules = Annotated[
    list[CompetenceRule] | None,
    Query(
        description="What replicates make of answers outside the region's competence.",
        json_schema_extra=_UNIQUE,
    ),
]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
Drop = Annotated[
    list[Code] | None,
    Query(
        description="Questions of which a replicate leaves out one, or none.",
        json_schema_extra=_UNIQUE,
    ),
]
Rank = Annotated[int, Query(ge=1, le=10_000)]
Ranks = Annotated[
    list[Rank] | None,
    Query(
        description="Ranks k for which the share of replicates within the first k is wanted; "
        "1, 3 and 5 unless given.",
        max_length=50,
    ),
]


async def _lane(request: Request) -> anyio.CapacityLimiter:
    return request.app.state.long_work


Lane = Annotated[anyio.CapacityLimiter, Depends(_lane)]


async def _varied(
    seed: Seed = 1,
    weights: Weights = "0.25",
    answers: Answers = "0",
    aggregation: Aggregations = None,
    not_competent: Rules = None,
    drop: Drop = None,
) -> Callable[..., Asked]:
    return partial(
        Asked,
        seed=seed,
        weights=weights,
        answers=answers,
        aggregation=tuple(aggregation or ()),
        not_competent=tuple(not_competent or ()),
        drop=tuple(drop or ()),
    )


Varied = Annotated[Callable[..., Asked], Depends(_varied)]
"""What is varied, to be completed by what is asked about it."""


async def _banded(
    varied: Varied,
    n: Annotated[
        int, Query(ge=spec.FEWEST, le=spec.MOST, description="How many replicates.")
    ] = spec.FEWEST,
    k: Ranks = None,
) -> Callable[..., Asked]:
    return partial(varied, n=n, k=tuple(sorted(set(k or (1, 3, 5)))))


Banded = Annotated[Callable[..., Asked], Depends(_banded)]
"""Replicates in which this is varied, to be completed by the dimension."""


@routes.get(
    "/editions/{edition}/robustness",
    operation_id="read_robustness",
    summary="How sure ranks are",
    response_model=RobustnessOut,
    responses=CACHED,
)
async def read_robustness(
    hall: In,
    lane: Lane,
    edition: EditionId,
    banded: Banded,
    dimension: Dimension = OVERALL,
    group: Group = ALL,
) -> Response:
    """Every region is ranked again and again, each time under slightly other assumptions.

    The band from `q05` to `q95` holds nine tenths of the ranks that came out. `spec` says
    what was varied; the same specification gives the same numbers, always. 409 for an
    edition that was published without its answers.
    """
    asked = banded(dimension=dimension, group=group)

    async def make() -> Body:
        sheet, holdings = await hall.sheet(edition), await hall.holdings()
        scores_of(sheet, "Rank bands")
        return await _computed(lane, lambda: robustness.bands(sheet, holdings, asked))

    return await hall.answer(("robustness", edition, asked), make)


@routes.get(
    "/editions/{edition}/robustness/dimensions",
    operation_id="read_dimension_robustness",
    summary="How sure ranks are, in every dimension",
    response_model=DimensionBandsOut,
    responses=CACHED,
)
async def read_dimension_robustness(
    hall: In,
    lane: Lane,
    edition: EditionId,
    banded: Banded,
    axis: Axes = None,
    group: Group = ALL,
    region: Regions = None,
) -> Response:
    """The rank bands of `/robustness` for every dimension at once, each the same to the last digit.

    `axis` and `region` leave the others out of the answer. A dimension that cannot be simulated
    says why in `reason`. 409 for an edition that was published without its answers.
    """
    asked = banded(group=group)
    axes = tuple(sorted(set(axis or ())))

    async def whole() -> Body:
        sheet, holdings = await hall.sheet(edition), await hall.holdings()
        scores_of(sheet, "Rank bands")
        return await _computed(lane, lambda: robustness.every_band(sheet, holdings, asked, axes))

    async def part() -> Body:
        sheet, holdings = await hall.sheet(edition), await hall.holdings()
        codes = {one.code for one in members(sheet, holdings, region or [], "/query/region")}
        # The simulation is the same for all regions; it is done once and kept.
        everything = await hall.shelf.body(key, whole)
        return await written(lambda: robustness.only(everything.content, codes))

    key = ("dimension robustness", edition, asked, axes)
    if not region:
        return await hall.answer(key, whole)
    return await hall.answer((*key, tuple(region)), part)


@routes.get(
    "/editions/{edition}/robustness/sensitivity",
    operation_id="read_sensitivity",
    summary="Which assumption moves the ranks",
    response_model=SensitivityOut,
    responses=CACHED,
)
async def read_sensitivity(
    hall: In,
    lane: Lane,
    edition: EditionId,
    varied: Varied,
    n: Annotated[int, Query(ge=64, le=ROWS_AT_MOST, description="Rows of the design.")] = 256,
    dimension: Dimension = OVERALL,
    group: Group = ALL,
) -> Response:
    """Sobol indices of the mean shift of ranks, by assumption, and what leaving out each
    question does.

    An assumption that changes no rank at all is refused (E_NO_EFFECT): it has no place in
    the specification. 409 for an edition that was published without its answers.
    """
    asked = varied(n=n, dimension=dimension, group=group)

    async def make() -> Body:
        sheet, holdings = await hall.sheet(edition), await hall.holdings()
        scores_of(sheet, "Sensitivities")
        return await _computed(
            lane, lambda: robustness.sensitivity(sheet, holdings, asked, ROWS_AT_MOST)
        )

    return await hall.answer(("sensitivity", edition, asked), make)


async def _computed(lane: anyio.CapacityLimiter, make: Callable[[], BaseModel]) -> Body:
    """The answer, computed in a thread. One simulation at a time: the others answer meanwhile."""
    if lane.statistics().tasks_waiting >= _WAITING_AT_MOST:
        raise Unavailable(
            "Many simulations are waiting to be computed. Ask again in a while.",
            headers={"Retry-After": "10"},
        )
    return Body(await anyio.to_thread.run_sync(lambda: to_json(make()), limiter=lane))
