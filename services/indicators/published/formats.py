"""The formats of the first data: regions, methodologies, editions.

    regions.json                          the regions
    <methodology>.json                    every other JSON file beside it
    <edition>/edition.json, answers.csv   an edition with answers
    <edition>/edition.json, scores.csv    an edition of published scores

Each function reads one file's text and raises Invalid with everything that is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from services.indicators.domain.answers import Answers, csv_rows
from services.indicators.domain.faults import Faults, pointer
from services.indicators.domain.methodology import Methodology
from services.indicators.published import files
from services.indicators.published.records import EditionRecord, RegionRecord
from shared import strict
from shared.problems import InputError, Invalid

# Texts of a methodology for the reader, beside what the scoring rules ask for.
EDITORIAL = ("reference_period", "defaults_note", "bands_note", "how_to_answer", "terms")
EDITORIAL_OF_INDICATOR = ("title",)

SCORE_COLUMNS = ("region", "axis", "dimension", "group", "score", "source")


Codes = frozenset[str] | None
"""The codes of regions that files may name; None: not known, so not checked."""


class Quoted(NamedTuple):
    """One score as a publication gives it."""

    region: str
    axis: str
    dimension: str
    group: str
    score: float
    source: str


@dataclass(frozen=True, slots=True)
class MethodologyFile:
    """A methodology with the document it was read from."""

    methodology: Methodology
    document: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class EditionFile:
    """An edition with its content: answers, or scores quoted from a publication."""

    record: EditionRecord
    answers: Answers | None
    scores: tuple[Quoted, ...]


def regions(text: str) -> list[RegionRecord]:
    """The regions of a regions file. Codes and slugs are unique, and what is named exists."""
    data = files.document(text)
    found = files.records(
        RegionRecord, data.get("regions") if isinstance(data, dict) else None, "regions"
    )
    faults = Faults("The regions do not fit together.")
    codes = {one.code for one in found}
    for part in ("code", "slug"):
        names = [getattr(one, part) for one in found]
        for number, name in enumerate(names):
            if name in names[:number]:
                where = pointer("regions", number, part)
                faults.add("duplicate", f"the {part} is given twice", pointer=where, value=name)
    for number, one in enumerate(found):
        for part in ("part_of", "same_territory_as"):
            other = getattr(one, part)
            if other is not None and other not in codes:
                where = pointer("regions", number, part)
                faults.add("unknown_region", "no region has this code", pointer=where, value=other)
    faults.stop()
    return found


def codes_in(content: bytes) -> Codes:
    """The codes that a regions file gives, even when it is refused; None when it is no JSON."""
    try:
        data = strict.loads(content)
        return frozenset(str(one["code"]) for one in data["regions"])
    except (ValueError, LookupError, TypeError):
        return None


def methodology(text: str) -> MethodologyFile:
    """A methodology. Invalid with every E_... error."""
    data = files.document(text)
    found = methodology_of(data)
    if len(found.version) > 80:
        error = InputError("E_FORMAT", "a version has at most 80 characters", "/version")
        raise Invalid("The methodology is not valid.", [error])
    return MethodologyFile(found, data)


def methodology_of(data: object) -> Methodology:
    """The methodology in a document, without the texts that no rule reads."""
    return Methodology.parse(_scored(data))


def _scored(data: object) -> object:
    if not isinstance(data, dict):
        return data
    bare = {name: value for name, value in data.items() if name not in EDITORIAL}
    if isinstance(bare.get("indicators"), list):
        bare["indicators"] = [
            {name: value for name, value in one.items() if name not in EDITORIAL_OF_INDICATOR}
            if isinstance(one, dict)
            else one
            for one in bare["indicators"]
        ]
    return bare


def edition(text: str) -> EditionRecord:
    """The description of an edition."""
    faults = Faults("The edition is not valid.")
    found = files.record(EditionRecord, files.document(text), faults)
    if found is not None and (found.kind == "published") != (found.methodology is None):
        detail = "a published edition has no methodology, every other kind has one"
        faults.add("E_METHOD_MISMATCH", detail, pointer="/methodology", value=found.methodology)
    faults.stop()
    assert found is not None
    return found


def answers(methodology: Methodology, codes: Codes) -> Callable[[str], Answers]:
    """A reader of answers files for this methodology; regions must be among the codes."""

    def read(text: str) -> Answers:
        rows = list(csv_rows(text))
        faults = Faults("The answers are not valid.")
        for number, row in enumerate(rows, start=2):
            region = row.get("region") or ""
            if codes is not None and region not in codes:
                detail = "no region has this code"
                faults.add(
                    "E_UNKNOWN_REGION", detail, row=number, column="region", value=region,
                    allowed="a code of regions.json",
                )  # fmt: skip
        try:
            found = Answers.parse(methodology, rows)
        except Invalid as refused:
            faults.errors += refused.errors
        faults.stop()
        return found  # pyright: ignore[reportPossiblyUnboundVariable]

    return read


def scores(
    codes: Codes, vocabulary: Mapping[tuple[str, str], str]
) -> Callable[[str], tuple[Quoted, ...]]:
    """A reader of published scores. vocabulary: the known (axis, dimension)."""

    def read(text: str) -> tuple[Quoted, ...]:
        faults = Faults("The scores are not valid.")
        found = dict[tuple[str, str, str, str], Quoted]()
        for number, row in files.table(text, SCORE_COLUMNS):
            region, axis, dimension, group, points, source = (row[name] for name in SCORE_COLUMNS)
            value = files.number_in(points)
            if codes is not None and region not in codes:
                faults.add("E_UNKNOWN_REGION", "no region has this code", row=number,
                           column="region", value=region)  # fmt: skip
            if (axis, dimension) not in vocabulary:
                faults.add("E_UNKNOWN_DIMENSION", f"there is no {axis} {dimension}", row=number,
                           column="dimension", value=dimension)  # fmt: skip
            if value is None or not 0 <= value <= 100:
                faults.add("E_VALUE_RANGE", "a score is a number from 0 to 100", row=number,
                           column="score", value=points)  # fmt: skip
            if not source:
                faults.add("missing", "a published score names its source", row=number,
                           column="source")  # fmt: skip
            place = (region, axis, dimension, group)
            if place in found:
                faults.add("E_DUPLICATE_ANSWER", "this score was given before", row=number,
                           column="region", value=region)  # fmt: skip
            found[place] = Quoted(region, axis, dimension, group, value or 0.0, source)
        faults.stop()
        return tuple(found.values())

    return read
