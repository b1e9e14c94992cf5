"""Two editions made comparable."""

from __future__ import annotations

from services.indicators.domain import editions
from services.indicators.editions import profiles
from services.indicators.published.sheets import Keep, Sheet
from services.indicators.scenarios.computed import about, scores_of
from services.indicators.scenarios.schemas import Basket, EditionName, TrendList, TrendRow
from shared.problems import InputError, NotLegal


def trend(earlier: Sheet, later: Sheet, keep: Keep) -> TrendList:
    """From `earlier` to `later` over the questions that both asked in the same way.

    NotLegal when there is no such question, or an edition has no answers.
    """
    before, after = (scores_of(one, "Trends").answers for one in (earlier, later))
    found = editions.compare(before, after)
    if found is None:
        detail = (
            f"{earlier.edition.record.id} and {later.edition.record.id} have no question with a "
            "weight in common, so their scores cannot be compared."
        )
        raise NotLegal(detail, [InputError("E_METHOD_MISMATCH", detail, "/query/with")])
    columns = [one for one in found.after.columns if keep.column(*one)]
    regions = sorted({*before.regions, *after.regions})
    common = set(found.basket)
    return TrendList(
        **profiles.heading(later),
        before=_name(earlier),
        after=_name(later),
        basket=Basket(
            indicators=list(found.basket),
            changed=found.changed,
            only_before=[one for one in before.methodology.positions if one not in common],
            only_after=[one for one in after.methodology.positions if one not in common],
        ),
        items=[
            TrendRow(**about(later, column), **found.trend(region, *column)._asdict())
            for region in regions
            if keep.region(region)
            for column in columns
        ],
    )


def _name(sheet: Sheet) -> EditionName:
    fields = profiles.heading(sheet)
    return EditionName.model_validate({name: fields[name] for name in EditionName.model_fields})
