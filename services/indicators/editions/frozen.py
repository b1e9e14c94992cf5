"""The scores of a revision, computed from what is stored: they never change."""

from __future__ import annotations

from collections.abc import Callable

from sqlmodel import Session, select

from services.indicators.domain import scoring
from services.indicators.domain.answers import Answers
from services.indicators.editions import profiles
from services.indicators.editions.schemas import FrozenScore, FrozenScores
from services.indicators.published import sheets, store
from services.indicators.published.holdings import Holdings, dimensions
from services.indicators.published.sheets import Keep, Sheet
from services.indicators.published.store import KeptEdition
from services.indicators.tables import Answer, PublishedScore, Revision
from shared.problems import Invalid, NotFound, NotLegal


def reader(holdings: Holdings, edition: str, number: int) -> Callable[[Session], FrozenScores]:
    """What reads the scores of a revision. NotFound when the edition has none of that number."""
    read = sheet_reader(holdings, edition, number)

    def scores(session: Session) -> FrozenScores:
        sheet = read(session)
        held = session.get_one(Revision, (edition, number))
        return _frozen(sheet, held.published_at)

    return scores


def sheet_reader(holdings: Holdings, edition: str, number: int) -> Callable[[Session], Sheet]:
    """What reads a revision as a sheet. NotFound when the edition has none of that number."""
    newest = holdings.edition(edition)

    def read(session: Session) -> Sheet:
        held = session.get(Revision, (edition, number))
        if held is None:
            raise NotFound(f"{edition} has no revision {number}; the newest is {newest.revision}.")
        source = PublishedScore if newest.record.methodology is None else Answer
        codes = session.exec(
            select(source.region)
            .where(source.edition == edition, source.revision == number)
            .distinct()
        )
        record = newest.record.model_copy(update={"revision": number})
        kept = KeptEdition(record, number, held.content_hash, tuple(sorted(codes)))
        return _sheet(session, kept, holdings)

    return read


def _sheet(session: Session, kept: KeptEdition, holdings: Holdings) -> Sheet:
    """The revision by the methodology version that it was answered under."""
    if kept.record.methodology is None:
        return sheets.read(session, kept, holdings)
    for one in reversed(holdings.methodologies):
        if one.methodology.id != kept.record.methodology:
            continue
        try:
            answers: Answers = store.answers(session, kept, one.methodology)
        except Invalid:
            continue  # the answers have another shape: they belong to another version
        if answers.hash != kept.content_hash:
            continue
        version = {"methodology_version": one.methodology.version}
        record = kept.record.model_copy(update=version)
        own = KeptEdition(record, kept.revision, kept.content_hash, kept.regions)
        scores = scoring.score(one.methodology, answers)
        return Sheet(own, one.methodology, scores, (), dimensions(one.methodology))
    raise NotLegal(
        f"Revision {kept.revision} of {kept.record.id} was answered under a version of "
        f"{kept.record.methodology} that is not held here any more."
    )


def _frozen(sheet: Sheet, published_at: str) -> FrozenScores:
    names = [name for name in FrozenScore.model_fields if name != "band"]
    return FrozenScores(
        **profiles.heading(sheet),
        published_at=published_at,
        items=[
            FrozenScore(
                **{name: row[name] for name in names},
                band=row["band"]["code"] if row["band"] else None,
            )
            for row in sheet.rows(Keep())
        ],
    )
