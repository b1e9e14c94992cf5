"""The scores of answers that are not published, by the same core, beside those of an edition."""

from __future__ import annotations

from collections import defaultdict
from statistics import median
from typing import Any

from services.indicators.assessments.schemas_revisions import AssessmentScores, Beside, OwnBeside
from services.indicators.assessments.store_imports import Own
from services.indicators.domain import scoring
from services.indicators.domain.answers import Answers
from services.indicators.domain.scoring import Scores
from services.indicators.editions import profiles
from services.indicators.published.holdings import Holdings, dimensions
from services.indicators.published.schemas import Score
from services.indicators.published.sheets import Keep, Sheet
from services.indicators.published.store import KeptEdition

NOTICE = (
    "Answers that are not published: they are private to those who work on them, nobody has "
    "reviewed them, and no region is ranked by them."
)


def scored(own: Own, books: Holdings, other: Sheet | None) -> AssessmentScores:
    """The profile of a seat's answers. other: an edition to stand beside."""
    row, methodology = own.work.row, own.work.methodology
    answers = Answers.parse(
        methodology,
        (
            {"region": row.region, **cell._asdict(), "state": one.state, "option": one.option}
            for cell, one in own.entries
        ),
        [row.region],
    )
    scores = scoring.score(methodology, answers)
    notes = {
        (cell.indicator, cell.group): {
            "evidence": one.evidence,
            "sources": [source._asdict() for source in one.sources],
            "comment": one.comment,
        }
        for cell, one in own.entries
    }
    private = {"kind": "answers", "notice": NOTICE, "source": "own answers"}
    kept = KeptEdition(own.edition.model_copy(update=private), 0, answers.hash, (row.region,))
    sheet = Sheet(kept, methodology, scores, (), dimensions(methodology))
    document = books.methodology(row.methodology, row.methodology_version).document
    whole = profiles.profile(sheet, books.region(row.region), document, notes)
    alone = {"rank": None, "n_ranked": None, "tie_size": None, "percentile": None}
    facts: dict[str, Any] = {
        **dict(whole),
        "scores": [one.model_copy(update=alone) for one in whole.scores],
        "assessment": row.id,
        "compare": side_by_side(whole.scores, row.region, scores, other) if other else None,
    }
    return AssessmentScores.model_construct(**facts)


def side_by_side(own: list[Score], region: str, scores: Scores, other: Sheet) -> OwnBeside:
    """The own scores beside those of an edition, dimension by dimension."""
    theirs: defaultdict[tuple[str, str, str], dict[str, float]] = defaultdict(dict)
    for row in other.rows(Keep()):
        if row["score"] is not None:
            theirs[row["axis"], row["dimension"], row["group"]][row["region"]] = row["score"]
    record = other.edition.record
    return OwnBeside(
        edition=record.id,
        revision=other.edition.revision,
        provenance=other.provenance,
        notice=record.notice,
        licence=record.licence,
        source=record.source,
        same_methodology=other.methodology == scores.methodology,
        items=[_beside(one, region, theirs[one.axis, one.dimension, one.group]) for one in own],
    )


def _beside(one: Score, region: str, theirs: dict[str, float]) -> Beside:
    there = theirs.get(region)
    difference = None if one.score is None or there is None else one.score - there
    values = sorted(theirs.values())
    return Beside(
        axis=one.axis,
        dimension=one.dimension,
        name=one.name,
        group=one.group,
        own=one.score,
        own_coverage=one.coverage,
        region=there,
        difference=difference,
        lowest=values[0] if values else None,
        median=median(values) if values else None,
        highest=values[-1] if values else None,
        n_regions=len(values),
    )
