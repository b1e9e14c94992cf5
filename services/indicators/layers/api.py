"""Map layers: what can be coloured, and one value per region."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query, Response
from sqlmodel import Session

from services.indicators.layers import colouring
from services.indicators.layers.schemas import Layer, LayerList, LayerValues
from services.indicators.outcomes import headlines, kept, store
from services.indicators.outcomes.headlines import Coloured
from services.indicators.published.hall import Hall, In, body
from services.indicators.published.holdings import existing
from services.indicators.published.paging import Listing
from shared.conditional import CACHED
from shared.problems import NotFound
from shared.service import router
from shared.shelf import Body

routes = router(tags=["map"])


@routes.get(
    "/map/layers",
    operation_id="list_layers",
    summary="What the map can be coloured by",
    response_model=LayerList,
    responses=CACHED,
)
async def list_layers(listing: Listing) -> Response:
    """Outcome statistics with values in at least 15 regions, then every scored dimension.

    Counts are not offered: a map coloured by counts shows how large regions are.
    """

    async def make() -> Body:
        page = listing.page(await _layers(listing.hall), _id)
        return body(LayerList(items=list(page.items), next=page.next), page.headers)

    return await listing.answer("layers", make)


@routes.get(
    "/map/layers/{layer}",
    operation_id="read_layer",
    summary="One value per region",
    response_model=LayerValues,
    responses=CACHED,
)
async def read_layer(
    hall: In,
    layer: Annotated[
        str,
        Path(
            min_length=1,
            max_length=200,
            description="Id of a layer; see /map/layers.",
            examples=["outcome.employment-gap", "score.demonstration.overall"],
        ),
    ],
    group: Annotated[
        str | None,
        Query(pattern="^[A-Z0-9_-]{1,20}$", description="One of the layer's `groups`."),
    ] = None,
) -> Response:
    """Each layer is one source at one period: years and sources are never mixed on a map."""

    async def make() -> Body:
        found = next((one for one in await _layers(hall) if one.id == layer), None)
        if found is None:
            raise NotFound(f"There is no layer {layer[:80]!r}; GET /map/layers lists them.")
        shown = group if group is not None else found.groups[0]
        existing([shown], found.groups, "group")
        if found.edition is not None:
            return body(colouring.score_values(await hall.sheet(found.edition), found, shown))
        assert found.indicator is not None
        coloured = (await _coloured(hall))[found.indicator, shown]
        return body(colouring.outcome_values(coloured, shown, (await kept.catalogue(hall)).notes))

    return await hall.answer(("layer", layer, group), make)


async def warm(hall: Hall) -> None:
    """Make ready what the list of layers needs: all outcome layers and all scores."""
    await _layers(hall)


async def _coloured(hall: Hall) -> dict[tuple[str, str], Coloured]:
    holdings, catalogue = await hall.holdings(), await kept.catalogue(hall)

    def read(session: Session) -> dict[tuple[str, str], Coloured]:
        rates = [one.id for one in catalogue.series.values() if not one.counted]
        found = store.of(session, rates)
        return headlines.coloured(holdings.region_list, catalogue, found)

    return await hall.shelf.thing("coloured", read)


async def _layers(hall: Hall) -> list[Layer]:
    """All layers, in the order in which they are offered."""
    from_outcomes = colouring.outcome_layers(await _coloured(hall))
    sheets = await hall.sheets()
    return [*from_outcomes, *(layer for one in sheets for layer in colouring.score_layers(one))]


def _id(layer: Layer) -> str:
    return layer.id
