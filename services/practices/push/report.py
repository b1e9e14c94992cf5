"""What an import says of itself: counts, a result for each row, every error with its place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel, Field

from services.practices.push.rows import Row
from shared.problems import InputError, Invalid
from shared.service import ErrorItem

Result = Literal["created", "updated", "unchanged", "failed"]
Atomic = Literal["all", "none"]
Strategy = Literal["create", "update", "create-and-update"]
MOST_ERRORS = 20_000
_PER_ROW = 20


class RowResult(BaseModel):
    """What became of a row."""

    row: int = Field(description="The header is row 1; in JSON the item, in NDJSON the line.")
    external_id: str | None = None
    region: str | None = None
    result: Result


class ImportReport(BaseModel):
    """What an import did, or in a dry run would do: the two are the same but for `dry_run`."""

    dry_run: bool
    atomic: Atomic
    strategy: Strategy
    rows: int
    created: int
    updated: int
    unchanged: int
    failed: int
    results: list[RowResult]
    errors: list[ErrorItem] = Field(description="Every error with row and column, by row.")
    errors_left_out: int = Field(
        description=f"How many errors are not listed: more than {_PER_ROW} of a row, "
        f"{MOST_ERRORS} of a file."
    )


@dataclass
class Tally:
    """A report while it is being made. Rows may come in any order."""

    results: list[tuple[int, str | None, str | None, Result]] = field(
        default_factory=list[tuple[int, str | None, str | None, Result]]
    )
    errors: list[InputError] = field(default_factory=list[InputError])
    left_out: int = 0

    @property
    def failed(self) -> bool:
        """Whether any row failed so far."""
        return bool(self.errors)

    def fail(self, row: Row, errors: Iterable[InputError]) -> None:
        """A row that cannot be taken, and why."""
        found = list(errors)
        room = max(0, min(_PER_ROW, MOST_ERRORS - len(self.errors)))
        self.errors += found[:room]
        self.left_out += len(found[room:])
        external_id, regions = row.body.get("external_id"), row.body.get("regions")
        region = regions[0] if isinstance(regions, list) and regions else None
        self.results.append((row.number, _short(external_id), _short(region), "failed"))

    def copy(self) -> Tally:
        """The same again, to be gone on with."""
        return Tally(list(self.results), list(self.errors), self.left_out)

    def report(self, dry_run: bool, atomic: Atomic, strategy: Strategy) -> ImportReport:
        """The finished report."""
        counts: dict[Result, int] = {"created": 0, "updated": 0, "unchanged": 0, "failed": 0}
        for *_, result in self.results:
            counts[result] += 1
        self.results.sort(key=lambda one: one[0])
        self.errors.sort(key=lambda one: one.row or 0)
        return ImportReport(
            dry_run=dry_run,
            atomic=atomic,
            strategy=strategy,
            rows=len(self.results),
            results=[
                RowResult(row=row, external_id=external_id, region=region, result=result)
                for row, external_id, region, result in self.results
            ],
            errors=[ErrorItem.model_validate(one.as_dict()) for one in self.errors],
            errors_left_out=self.left_out,
            **counts,
        )


def refusal(report: ImportReport) -> Invalid:
    """The answer to an import of which nothing is stored because a row failed."""
    whole = report.model_dump(mode="json", exclude_none=True)
    errors = [InputError(**one) for one in whole.pop("errors")]
    return Invalid(
        f"{report.failed} of {report.rows} rows cannot be taken, so nothing was stored. "
        "With atomic=none the others would be.",
        errors,
        extra={"report": whole},
    )


def _short(value: object) -> str | None:
    return value[:200] if isinstance(value, str) else None
