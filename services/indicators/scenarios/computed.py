"""What comparisons, plans and simulations share: the answers behind an edition, and one score."""

from __future__ import annotations

from typing import Any

from services.indicators.domain.instrument import ALL
from services.indicators.domain.plan import Column
from services.indicators.domain.ranking import Rank
from services.indicators.domain.scoring import Score, Scores
from services.indicators.editions.profiles import Titles, titles_of
from services.indicators.editions.schemas import RegionName
from services.indicators.published.holdings import Holdings, chosen, groups
from services.indicators.published.records import RegionRecord
from services.indicators.published.sheets import Sheet, word
from shared.problems import InputError, NotFound, NotLegal


def scores_of(sheet: Sheet, what: str, pointer: str = "/path/edition") -> Scores:
    """The computed scores. NotLegal for an edition that was published without its answers.

    what     what cannot be had then, for instance "Rank bands"
    pointer  where the edition was named
    """
    if sheet.scores is None:
        detail = (
            f"{what} need the answers behind the scores. {sheet.edition.record.id} quotes scores "
            "from a publication; the answers behind them are not public."
        )
        raise NotLegal(detail, [InputError("E_NO_ANSWERS", detail, pointer)])
    return sheet.scores


def member(sheet: Sheet, holdings: Holdings, name: str) -> RegionRecord:
    """The region of a code or slug. NotFound when there is none, or it is not in the edition."""
    region = holdings.region(name)
    if region.code not in sheet.edition.regions:
        known = ", ".join(sheet.edition.regions)
        raise NotFound(
            f"{region.name} ({region.code}) is not in {sheet.edition.record.id}; "
            f"there are: {known or 'none yet'}."
        )
    return region


def members(
    sheet: Sheet, holdings: Holdings, names: list[str], pointer: str = "/query/regions"
) -> list[RegionRecord]:
    """The regions of a query. NotFound with everything that is unknown or not in the edition."""
    codes = holdings.region_codes(names, pointer)
    missing = sorted(codes - set(sheet.edition.regions))
    if missing:
        edition = sheet.edition.record.id
        raise NotFound(
            f"{', '.join(missing)} is not in {edition}.",
            [
                InputError(
                    "E_UNKNOWN_REGION", f"{code} is not in {edition}.", pointer,
                    value=code, allowed=list(sheet.edition.regions),
                )
                for code in missing
            ],
        )  # fmt: skip
    return [holdings.region(name) for name in names]


def place(scores: Scores, dimension: str, group: str) -> Column:
    """The column of a dimension, whose code is unique over all axes.

    Invalid for a dimension or group that is none of the methodology, NotFound for a target
    group as a dimension of another group.
    """
    known = list(dict.fromkeys(one.dimension for one in scores.columns))
    chosen([dimension], known, "dimension")
    chosen([group], groups(scores.methodology), "group")
    for column in scores.columns:
        if (column.dimension, column.group) == (dimension, group):
            return column
    detail = f"The dimension {dimension} is about one group already; ask for it with group=ALL."
    raise NotFound(detail, [InputError("E_UNKNOWN_DIMENSION", detail, "/query/group",
                                       value=group, allowed=[ALL])])  # fmt: skip


def about(sheet: Sheet, column: Column) -> dict[str, Any]:
    """The fields of a Dimension."""
    name = sheet.names[column.axis, column.dimension]
    return {**column._asdict(), "name": name}


def value(scores: Scores, one: Score, rank: Rank) -> dict[str, Any]:
    """The fields of a Value."""
    return {
        "score": one.score,
        "coverage": one.coverage,
        "state": one.state,
        "band": word(scores.methodology.bands, one.score),
        "rank": rank.rank,
        "n_ranked": rank.n_ranked,
        "tie_size": rank.tie_size,
    }


def region_name(region: RegionRecord) -> RegionName:
    """Which region, as answers say it."""
    return RegionName(
        code=region.code, slug=region.slug, name=region.name, country_code=region.country_code
    )


def titles(sheet: Sheet, holdings: Holdings) -> Titles:
    """Short titles of the edition's questions."""
    record = sheet.edition.record
    if record.methodology is None:
        return {}
    return titles_of(holdings.methodology(record.methodology, record.methodology_version).document)
