"""The scores of one edition, computed from answers or quoted from a publication.

Both kinds give the same rows. A quoted score has no coverage and no rank, because
nothing behind it is public.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from numpy.typing import NDArray
from sqlmodel import Session

from services.indicators.domain import display, editions, scoring
from services.indicators.domain.instrument import OVERALL, Band
from services.indicators.domain.methodology import Methodology
from services.indicators.domain.scoring import Scores, State
from services.indicators.published import store
from services.indicators.published.formats import Quoted
from services.indicators.published.holdings import Holdings, dimensions
from services.indicators.published.schemas import Provenance, ScoreRow, ScoreSet
from services.indicators.published.store import KeptEdition

# The words that MIPEX uses for ranges of points, for scores that come without a methodology.
DISPLAY_BANDS = (
    Band("critically-unfavourable", "Critically unfavourable", 0, 0),
    Band("unfavourable", "Unfavourable", 1, 20),
    Band("slightly-unfavourable", "Slightly unfavourable", 21, 40),
    Band("halfway-favourable", "Halfway favourable", 41, 59),
    Band("slightly-favourable", "Slightly favourable", 60, 79),
    Band("favourable", "Favourable", 80, 100),
)

PROVENANCE: Mapping[str, Provenance] = {
    "answers": "computed",
    "published": "published",
    "demonstration": "demonstration",
}


Row = dict[str, Any]
"""The fields of a ScoreRow, as plain data: an edition may have 65,000 of them."""

_STATES = [one.name for one in State]


@dataclass(frozen=True, slots=True)
class Keep:
    """Which rows are asked for; None: all."""

    regions: Collection[str] | None = None
    axes: Collection[str] | None = None
    dimensions: Collection[str] | None = None
    groups: Collection[str] | None = None

    def column(self, axis: str, dimension: str, group: str) -> bool:
        """Whether the dimension is asked for."""
        return (
            (self.axes is None or axis in self.axes)
            and (self.dimensions is None or dimension in self.dimensions)
            and (self.groups is None or group in self.groups)
        )

    def region(self, code: str) -> bool:
        """Whether the region is asked for."""
        return self.regions is None or code in self.regions


@dataclass(frozen=True, eq=False)
class Sheet:
    """The scores of an edition at one revision.

    scores   computed ones; None for a published edition
    quoted   published ones; empty otherwise
    names    (axis, dimension) -> name
    """

    edition: KeptEdition
    methodology: Methodology | None
    scores: Scores | None
    quoted: tuple[Quoted, ...]
    names: Mapping[tuple[str, str], str]

    @cached_property
    def provenance(self) -> Provenance:
        """Where the numbers come from."""
        return PROVENANCE[self.edition.record.kind]

    @cached_property
    def score_id(self) -> str | None:
        """The name of this computation (S17); None for scores that were not computed here."""
        return (
            editions.score_id(self.scores.answers, self.scores.methodology) if self.scores else None
        )

    def rows(self, keep: Keep) -> Iterator[Row]:
        """Rows by region, then in the order of dimensions."""
        if self.scores is None:
            return (self._quoted_row(one) for one in self.quoted if _kept(keep, one))
        return self._computed(self.scores, keep)

    def of(self, region: str) -> list[ScoreRow]:
        """All rows of one region."""
        return [ScoreRow.model_validate(row) for row in self.rows(Keep(regions={region}))]

    def score_set(self, region: str) -> ScoreSet | None:
        """What the edition says about a region; None when it says nothing."""
        rows = self.of(region)
        if not rows:
            return None
        overall = next((one for one in rows if one.axis == OVERALL and one.group == "ALL"), None)
        return ScoreSet(
            edition=self.edition.record.id,
            kind=self.edition.record.kind,
            provenance=self.provenance,
            notice=self.edition.record.notice,
            overall=overall,
            dimensions=[one for one in rows if one.axis != OVERALL],
        )

    def _quoted_row(self, one: Quoted) -> Row:
        return {
            "region": one.region,
            "axis": one.axis,
            "dimension": one.dimension,
            "name": self.names[one.axis, one.dimension],
            "group": one.group,
            # As the source wrote it: 71, not 71.0.
            "score": int(one.score) if one.score.is_integer() else one.score,
            "coverage": None,
            "n_scored": None,
            "n_eligible": None,
            "share_not_applicable": None,
            "share_not_competent": None,
            "state": "ok",
            "band": word(DISPLAY_BANDS, one.score),
            "rank": None,
            "n_ranked": None,
            "tie_size": None,
            "percentile": None,
            "provenance": self.provenance,
            "source": one.source,
        }

    def _computed(self, scores: Scores, keep: Keep) -> Iterator[Row]:
        assert self.methodology is not None
        bands, provenance = self.methodology.bands, self.provenance
        wanted = [place for place, one in enumerate(scores.columns) if keep.column(*one)]
        columns = [scores.columns[place] for place in wanted]
        not_applicable, not_competent = (one[wanted] for one in scores.state_shares())
        ranks = scores.ranks
        tables = (
            scores.score[wanted], scores.coverage[wanted], scores.n_scored[wanted],
            scores.n_eligible[wanted], not_applicable, not_competent, scores.state[wanted],
            ranks.rank[wanted], ranks.tie_size[wanted], ranks.percentile[wanted],
        )  # fmt: skip
        n_ranked = ranks.n_ranked[wanted].tolist()
        for row, region in enumerate(scores.regions):
            if not keep.region(region):
                continue
            # The numbers of one region at a time: of all regions they are many megabytes.
            own = zip(columns, n_ranked, *(_nullable(one[:, row]) for one in tables), strict=True)
            for (axis, dimension, group), of, *numbers in own:
                one = Numbers(*numbers)
                yield {
                    "region": region,
                    "axis": axis,
                    "dimension": dimension,
                    "name": self.names[axis, dimension],
                    "group": group,
                    "score": one.score,
                    "coverage": one.coverage,
                    "n_scored": one.n_scored,
                    "n_eligible": one.n_eligible,
                    "share_not_applicable": one.not_applicable,
                    "share_not_competent": one.not_competent,
                    "state": _STATES[one.state],
                    "band": word(bands, one.score),
                    "rank": one.rank or None,
                    "n_ranked": of,
                    "tie_size": one.tie_size,
                    "percentile": one.percentile,
                    "provenance": provenance,
                    "source": None,
                }


class Numbers(NamedTuple):
    """One score as plain Python numbers."""

    score: float | None
    coverage: float | None
    n_scored: int
    n_eligible: int
    not_applicable: float | None
    not_competent: float | None
    state: int
    rank: int
    tie_size: int
    percentile: float | None


def _nullable(numbers: NDArray[Any]) -> list[Any]:
    """NaN is how NumPy says that there is none; JSON says null."""
    return [None if one != one else one for one in numbers.tolist()]


def read(session: Session, edition: KeptEdition, holdings: Holdings) -> Sheet:
    """The edition's scores at its current revision."""
    record = edition.record
    if record.methodology is None:
        return Sheet(edition, None, None, store.quoted(session, edition), holdings.vocabulary)
    methodology = holdings.methodology(record.methodology, record.methodology_version).methodology
    answers = store.answers(session, edition, methodology)
    scores = scoring.score(methodology, answers)
    return Sheet(edition, methodology, scores, (), dimensions(methodology))


def word(bands: Sequence[Band], score: float | None) -> dict[str, str] | None:
    """The band of the displayed whole points, so that what is read is what is coloured."""
    if score is None:
        return None
    shown = display.whole_points(score)
    found = next(one for one in reversed(bands) if one.lower <= shown)
    return {"code": found.code, "name": found.name}


def _kept(keep: Keep, one: Quoted) -> bool:
    return keep.region(one.region) and keep.column(one.axis, one.dimension, one.group)
