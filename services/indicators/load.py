"""The first data: from the files of the repository into the database.

All files are read and checked first; then everything is stored in one transaction, or
nothing. What is published stays as it is: a revision whose content would change is
refused, and the file has to carry a higher revision number.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session, select

from services.indicators.domain.instrument import GROUP, OVERALL
from services.indicators.domain.methodology import digest
from services.indicators.outcomes import formats as formats_outcomes
from services.indicators.outcomes import vintages
from services.indicators.outcomes.formats import OutcomeFiles
from services.indicators.published import files, formats
from services.indicators.published.formats import Codes, EditionFile, MethodologyFile
from services.indicators.published.records import RegionRecord
from services.indicators.tables import (
    METADATA,
    OUTCOME_NOTES,
    Answer,
    Document,
    Edition,
    Holding,
    Methodology,
    PublishedScore,
    Region,
    Revision,
)
from shared.clock import now, stamp
from shared.db import Database
from shared.problems import InputError, Invalid

HOLDING = "first data"


@dataclass(frozen=True, slots=True)
class FirstData:
    """All files, read and checked."""

    regions: Sequence[RegionRecord]
    methodologies: Sequence[MethodologyFile]
    editions: Sequence[EditionFile]
    outcomes: OutcomeFiles | None


def first_data(database: Database, folder: Path, say: Callable[[str], None]) -> bool:
    """Load the files of the folder unless they are loaded already; whether anything was done.

    Invalid with every error of every file; nothing is stored then.
    """
    contents = files.contents(folder)
    content_hash = _hash(contents)
    if database.run(database.reader, _loaded) == content_hash:
        return False
    data = read(contents)
    database.run(database.writer, _store, data, content_hash)
    say(
        f"indicators: loaded {len(data.regions)} regions, {len(data.methodologies)} methodology, "
        f"{len(data.editions)} editions, "
        f"{len(data.outcomes.observations) if data.outcomes else 0} outcome values"
    )
    return True


def read(contents: Mapping[str, bytes]) -> FirstData:
    """The files as checked data. Invalid with everything that is wrong in any of them."""
    reading = files.Reading(contents)
    regions = reading.attempt("regions.json", formats.regions)
    # When the regions are refused, the other files are still checked against their codes.
    codes = _codes(regions, contents)
    names = [name for name in contents if "/" not in name and name.endswith(".json")]
    methodologies = [
        one
        for name in names
        if name != "regions.json" and (one := reading.attempt(name, formats.methodology))
    ]
    all_read = len(methodologies) == len(names) - 1
    editions = _editions(reading, codes, methodologies, all_read=all_read)
    outcomes = formats_outcomes.read(reading, codes)
    reading.stop()
    return FirstData(regions or [], methodologies, editions, outcomes)


def _codes(regions: Sequence[RegionRecord] | None, contents: Mapping[str, bytes]) -> Codes:
    if regions is not None:
        return frozenset(one.code for one in regions)
    return formats.codes_in(contents.get("regions.json", b""))


def _editions(
    reading: files.Reading,
    codes: Codes,
    methodologies: Sequence[MethodologyFile],
    *,
    all_read: bool,
) -> list[EditionFile]:
    found: list[EditionFile] = []
    known = {(one.methodology.id, one.methodology.version): one for one in methodologies}
    for name in (name for name in reading.contents if name.endswith("/edition.json")):
        record = reading.attempt(name, formats.edition)
        folder = name.removesuffix("edition.json")
        if record is None:
            continue
        if record.kind == "published":
            reader = formats.scores(codes, vocabulary(methodologies))
            scores = reading.attempt(f"{folder}scores.csv", reader)
            found.append(EditionFile(record, None, scores or ()))
            continue
        methodology = known.get((record.methodology or "", record.methodology_version or ""))
        if methodology is None and not all_read:
            continue
        if methodology is None:
            detail = f"{name}: there is no methodology of this id and version"
            value = f"{record.methodology} {record.methodology_version}"
            allowed = [f"{one} {version}" for one, version in known]
            reading.errors.append(
                InputError("E_METHOD_MISMATCH", detail, "/methodology", None, None, value, allowed)
            )
            continue
        reader = formats.answers(methodology.methodology, codes)
        answers = reading.attempt(f"{folder}answers.csv", reader)
        found.append(EditionFile(record, answers, ()))
    return found


def vocabulary(methodologies: Sequence[MethodologyFile]) -> dict[tuple[str, str], str]:
    """Every (axis, dimension) of the methodologies with its name; overall and groups included."""
    names = {(OVERALL, OVERALL): "Overall"}
    for one in methodologies:
        for axis in one.methodology.axes:
            names |= {(axis.code, each.code): each.name for each in axis.dimensions}
        names |= {(GROUP, group.code): group.name for group in one.methodology.groups}
    return names


def _hash(contents: Mapping[str, bytes]) -> str:
    whole = hashlib.sha256()
    for name, content in contents.items():
        whole.update(f"{name}\n{len(content)}\n".encode() + content)
    return whole.hexdigest()


def _loaded(session: Session) -> str | None:
    row = session.get(Holding, HOLDING)
    return row.content_hash if row else None


def _store(session: Session, data: FirstData, content_hash: str) -> None:
    moment = stamp(now())
    _store_regions(session, data.regions)
    for methodology in data.methodologies:
        _store_methodology(session, methodology)
    for edition in data.editions:
        _store_edition(session, edition, moment)
    _store_outcomes(session, data.outcomes)
    session.merge(Holding(name=HOLDING, content_hash=content_hash, loaded_at=moment))


def _store_regions(session: Session, regions: Sequence[RegionRecord]) -> None:
    """Regions as the file has them. One that published answers or scores name has to stay."""
    held = {row.code: row for row in session.exec(select(Region)).all()}
    used = {*session.exec(select(Answer.region).distinct())}
    used |= {*session.exec(select(PublishedScore.region).distinct())}
    gone = held.keys() - {one.code for one in regions}
    if gone & used:
        detail = "regions.json: a published edition names this region; it has to stay."
        raise Invalid(
            detail,
            [InputError("region_in_use", detail, value=code) for code in sorted(gone & used)],
        )
    for code in gone:
        session.delete(held[code])
    session.flush()
    for position, one in enumerate(regions):
        row = held.get(one.code) or Region(code=one.code, slug="", position=0, record="")
        row.slug, row.position, row.record = one.slug, position, one.model_dump_json()
        session.add(row)
    session.flush()


def _store_methodology(session: Session, file: MethodologyFile) -> None:
    """A version keeps its questions and rules; its wording may be mended."""
    one = file.methodology
    held = session.get(Methodology, (one.id, one.version))
    if held is not None and held.content_hash != one.hash:
        before = formats.methodology_of(json.loads(held.record))
        if rules(before) != rules(one):
            detail = (
                f"{one.id} {one.version} is in use with other questions, options, weights or "
                "rules. Give the changed methodology a new version."
            )
            raise Invalid(detail, [InputError("E_METHOD_MISMATCH", detail, "/version")])
    record = json.dumps(file.document, ensure_ascii=False)
    session.merge(Methodology(id=one.id, version=one.version, content_hash=one.hash, record=record))


def rules(methodology: Any) -> str:  # noqa: ANN401 - a domain Methodology
    """SHA-256 of everything that a score depends on: equal rules give equal scores."""
    whole = methodology.as_dict()
    parts = ("overall", "thresholds", "not_competent", "bands", "display_decimals", "groups")
    tagged = [[one["code"], one["weight"], one["tags"]] for one in whole["indicators"]]
    axes = [[one["code"], one["kind"]] for one in whole["axes"]]
    return digest([methodology.basis, tagged, axes, {part: whole[part] for part in parts}])


def _store_edition(session: Session, file: EditionFile, moment: str) -> None:
    record = file.record
    content_hash = file.answers.hash if file.answers else digest([list(one) for one in file.scores])
    held = session.get(Revision, (record.id, record.revision))
    if held is not None and held.content_hash != content_hash:
        detail = (
            f"Revision {record.revision} of {record.id} is published and frozen. "
            "Raise `revision` in its edition.json to publish a correction."
        )
        raise Invalid(detail, [InputError("E_FROZEN_EDITION", detail, "/revision")])
    newest = session.get(Edition, record.id)
    if newest is not None and newest.revision > record.revision:
        detail = f"{record.id} has revision {newest.revision} already; this file is older."
        raise Invalid(detail, [InputError("E_FROZEN_EDITION", detail, "/revision")])
    session.merge(
        Edition(
            id=record.id,
            kind=record.kind,
            methodology=record.methodology,
            methodology_version=record.methodology_version,
            revision=record.revision,
            record=record.model_dump_json(),
        )
    )
    session.flush()
    if held is None:
        session.add(
            Revision(
                edition=record.id,
                number=record.revision,
                content_hash=content_hash,
                published_at=moment,
                packed=file.answers.codes.tobytes() if file.answers else None,
            )
        )
        session.flush()
        _store_content(session, file)


def _store_content(session: Session, file: EditionFile) -> None:
    place = {"edition": file.record.id, "revision": file.record.revision}
    if file.answers is not None:
        rows = [{**place, **row._asdict()} for row in file.answers.rows()]
        session.connection().execute(insert(METADATA.tables["answer"]), rows)
    elif file.scores:
        rows = [{**place, **row._asdict()} for row in file.scores]
        session.connection().execute(insert(METADATA.tables["published_score"]), rows)


def _store_outcomes(session: Session, outcomes: OutcomeFiles | None) -> None:
    session.flush()
    vintages.clear_files(session, [one.code for one in outcomes.territories] if outcomes else [])
    if outcomes is None:
        return
    notes = outcomes.file.notes.model_dump_json()
    session.merge(Document(name=OUTCOME_NOTES, record=notes))
    session.flush()
    rows: dict[str, list[dict[str, Any]]] = {
        "territory": [
            {"code": one.code, "record": one.model_dump_json()} for one in outcomes.territories
        ],
        "outcome_indicator": [
            {"code": one.code, "position": position, "record": one.model_dump_json()}
            for position, one in enumerate(outcomes.indicators)
        ],
        "outcome_series": [
            {
                "id": one.id,
                "position": position,
                "indicator": one.indicator,
                "record": one.model_dump_json(),
                "source": outcomes.file.sources[one.source].model_dump_json(),
            }
            for position, one in enumerate(outcomes.file.series)
        ],
        "outcome_observation": [
            {"position": position, **one._asdict()}
            for position, one in enumerate(outcomes.observations)
        ],
    }
    for name, found in rows.items():
        if found:
            session.connection().execute(insert(METADATA.tables[name]), found)
