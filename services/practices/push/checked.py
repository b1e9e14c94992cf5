"""Rows of a file as practices that can be stored: by the rules of one practice, and of a file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any

from pydantic import ValidationError

from services.practices.push import columns
from services.practices.push.report import Tally
from services.practices.push.rows import Form, Row, read
from services.practices.record.practice import PracticeIn
from services.practices.regions import Regions
from shared.actor import Actor
from shared.problems import InputError, NotFound, limits, told

WRITE = "practices:write"


@dataclass(frozen=True, slots=True)
class Ready:
    """A practice that can be stored. `record` has its regions as codes."""

    row: int
    region: str
    external_id: str
    record: dict[str, Any]


def check(file: IO[bytes], form: Form, regions: Regions, actor: Actor, out: IO[bytes]) -> Tally:
    """Write every good row to `out`, a line each; what is wrong with the others.

    Raises Invalid when the file as a whole cannot be read.
    """
    tally, checker = Tally(), Checker(regions, actor)
    for row in read(file, form):
        found = checker.check(row)
        if isinstance(found, Ready):
            line = [found.row, found.region, found.external_id, found.record]
            out.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
        else:
            tally.fail(row, found)
    return tally


def ready_ones(out: IO[bytes]) -> Iterator[Ready]:
    """The good rows again, from the beginning."""
    out.seek(0)
    return (Ready(*json.loads(line)) for line in out)


class Checker:
    """Checks rows one after the other and remembers which practices they were."""

    def __init__(self, regions: Regions, actor: Actor) -> None:
        self._regions = regions
        self._actor = actor
        self._seen: dict[tuple[str, str], int] = {}

    def check(self, row: Row) -> Ready | list[InputError]:
        """The practice of a row, or everything that is wrong with it."""
        errors = list(row.errors)
        if any(one.column is None for one in errors):
            # Nothing of the row could be read.
            return errors
        practice: PracticeIn | None = None
        try:
            practice = PracticeIn.model_validate(row.body)
        except ValidationError as refused:
            errors += _errors(row, refused, {one.column for one in errors})
        if not row.body.get("external_id") and not any(
            one.column == "external_id" for one in errors
        ):
            detail = "A name of your own is needed, by which the practice is found again."
            errors.append(_error(row, "missing", detail, ("external_id",)))
        if practice is None or errors:
            return errors
        return self._placed(row, practice)

    def _placed(self, row: Row, practice: PracticeIn) -> Ready | list[InputError]:
        try:
            codes = self._regions.check(practice.regions)
        except NotFound as unknown:
            return [self._unknown(row, one) for one in unknown.errors]
        region, external_id = codes[0], practice.external_id or ""
        if not self._actor.speaks_for(region, WRITE):
            mine = sorted(self._actor.regions_for(WRITE))
            detail = f"Your token does not speak for {region}."
            return [_error(row, "not_your_region", detail, ("regions", 0), region, mine)]
        first = self._seen.setdefault((region, external_id), row.number)
        if first != row.number:
            detail = f"Row {first} of this file is {external_id!r} already."
            return [_error(row, "repeated_external_id", detail, ("external_id",), external_id)]
        record = practice.record() | {"regions": codes}
        return Ready(row.number, region, external_id, record)

    def _unknown(self, row: Row, error: InputError) -> InputError:
        place = int((error.pointer or "/regions/0").rpartition("/")[2])
        path = ("regions", place)
        return _error(row, error.code, error.detail, path, error.value, error.allowed)


def _errors(row: Row, refused: ValidationError, named: set[str | None]) -> Iterator[InputError]:
    """The errors of a body; of a cell that could not be read there is one already."""
    for error in refused.errors(include_url=False):
        path = tuple(error["loc"])
        allowed: Sequence[object] | str | None = limits(error)
        found, one = error["input"], columns.column(column_of(row, path))
        code = error["type"]
        if code in ("value_error", "literal_error") and one is not None and one.vocabulary:
            code, allowed = "unknown_value", columns.allowed(one.vocabulary)
        made = _error(row, code, told(error), path, found, allowed)
        if made.column not in named:
            yield made


def _error(
    row: Row,
    code: str,
    detail: str,
    path: tuple[str | int, ...],
    value: object = None,
    allowed: Sequence[object] | str | None = None,
) -> InputError:
    # What somebody's telephone number is need not stand in a report.
    personal = bool(path) and getattr(columns.fields().get(str(path[0])), "personal", False)
    shown = value if isinstance(value, str | int | float) and not personal else None
    return InputError(
        code,
        detail,
        pointer=None if row.places else "/" + "/".join(str(part) for part in path),
        row=row.number,
        column=column_of(row, path),
        value=shown[:80] if isinstance(shown, str) else shown,
        allowed=allowed,
    )


def column_of(row: Row, path: tuple[str | int, ...]) -> str:
    """The column of a place in the body; its name by the place when no column holds it."""
    for length in range(len(path), 0, -1):
        if path[:length] in row.places:
            return row.places[path[:length]]
    # A part that is missing has the number of the parts that are there.
    if len(path) == 3:
        for place, code in row.places.items():
            if place[:2] == path[:2]:
                return f"{code.rpartition('.')[0]}.{path[2]}"
    return ".".join(str(part + 1) if isinstance(part, int) else part for part in path)[:120]
