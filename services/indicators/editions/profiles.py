"""One region in one edition: scores, what they are made of, and the answers behind them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.indicators.domain.decomposition import Decomposition, decompose
from services.indicators.domain.instrument import OVERALL
from services.indicators.domain.methodology import Methodology
from services.indicators.domain.plan import Column, compiled
from services.indicators.domain.scoring import Scores
from services.indicators.editions.schemas import (
    AnswerOut,
    AxisSubtotals,
    ContributionOut,
    Contributions,
    Profile,
    RegionName,
    Subtotal,
)
from services.indicators.published.notes import NOTHING, Notes
from services.indicators.published.records import RegionRecord
from services.indicators.published.sheets import Sheet

Titles = Mapping[str, str]
"""Code of an indicator -> its short title, where the methodology gives one."""


def profile(
    sheet: Sheet,
    region: RegionRecord,
    document: Mapping[str, Any] | None,
    notes: Notes,
) -> Profile:
    """Everything that an edition says about a region that is in it."""
    titles = titles_of(document)
    scores = sheet.scores
    return Profile(
        **heading(sheet),
        region=RegionName(
            code=region.code,
            slug=region.slug,
            name=region.name,
            country_code=region.country_code,
        ),
        scores=list(sheet.of(region.code)),
        contributions=contributions(scores, region.code, titles) if scores else None,
        answers=_answers(sheet, scores, region.code, titles, notes) if scores else [],
    )


def heading(sheet: Sheet) -> dict[str, Any]:
    """What every answer about an edition's scores says about where they come from."""
    record = sheet.edition.record
    return {
        "edition": record.id,
        "kind": record.kind,
        "revision": sheet.edition.revision,
        "provenance": sheet.provenance,
        "notice": record.notice,
        "methodology": record.methodology,
        "methodology_version": record.methodology_version,
        "date": record.date,
        "licence": record.licence,
        "source": record.source,
        "answers_hash": sheet.edition.content_hash,
        "score_id": sheet.score_id,
    }


def titles_of(document: Mapping[str, Any] | None) -> Titles:
    """The short titles of a methodology's indicators."""
    indicators = document["indicators"] if document else ()
    return {one["code"]: one["title"] for one in indicators if "title" in one}


def contributions(scores: Scores, region: str, titles: Titles) -> Contributions:
    """What the overall score of a region is made of."""
    methodology = scores.methodology
    codes = scores.answers.of(region).codes
    overall = scores.one(region).score
    made = decompose(compiled(methodology), codes, Column(OVERALL, OVERALL), overall)
    shown = made.displayed()
    indicators = [
        ContributionOut(
            indicator=row.indicator,
            title=titles.get(row.indicator),
            score=row.score,
            weight=row.weight,
            contribution=row.contribution,
            shown=shown.get(row.indicator),
            gap=row.gap,
        )
        for row in made.rows()
    ]
    return Contributions(
        overall=overall, indicators=indicators, subtotals=_subtotals(made, methodology)
    )


def _subtotals(made: Decomposition, methodology: Methodology) -> list[AxisSubtotals]:
    found: list[AxisSubtotals] = []
    for axis in methodology.axes:
        if axis.kind == "multi":
            continue
        names = {one.code: one.name for one in axis.dimensions}
        parts = [
            Subtotal(
                dimension=code,
                name=names[code] if code else None,
                weight=part.weight,
                contribution=part.contribution,
                gap=part.gap,
            )
            for code, part in made.by(axis.code).items()
        ]
        found.append(AxisSubtotals(axis=axis.code, name=axis.name, parts=parts))
    return found


def _answers(
    sheet: Sheet, scores: Scores, region: str, titles: Titles, notes: Notes
) -> list[AnswerOut]:
    methodology = scores.methodology
    options = {
        (one.code, option.code): option for one in methodology.indicators for option in one.options
    }
    found: list[AnswerOut] = []
    for row in scores.answers.rows(region):
        option = options.get((row.indicator, row.option or ""))
        found.append(
            AnswerOut.model_validate(
                {
                    "indicator": row.indicator,
                    "title": titles.get(row.indicator),
                    "group": row.group,
                    "state": row.state,
                    "option": row.option,
                    "value": float(option.value) if option else None,
                    "text": option.text if option else None,
                    **notes.get((row.indicator, row.group), NOTHING),
                    "provenance": sheet.provenance,
                }
            )
        )
    return found
