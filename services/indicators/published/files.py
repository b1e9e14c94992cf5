"""Reading files of data: strict JSON, strict CSV, and every error of all files at once."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from services.indicators.domain.faults import Faults, pointer
from shared import strict, tabular
from shared.problems import InputError, Invalid, told

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)


class Reading:
    """Reads files one after the other and remembers what is wrong with each."""

    def __init__(self, contents: Mapping[str, bytes]) -> None:
        self.contents = contents
        self.errors: list[InputError] = []

    def attempt(self, name: str, read: Callable[[str], T]) -> T | None:
        """What `read` makes of the file's text; None when it is refused, for reasons noted."""
        try:
            return read(self.text(name))
        except Invalid as refused:
            found = refused.errors or [InputError("invalid", refused.detail)]
            self.errors += [replace(one, detail=f"{name}: {one.detail}") for one in found]
            return None

    def text(self, name: str) -> str:
        """The text of a file. Invalid when it is not there or not UTF-8."""
        if name not in self.contents:
            raise Invalid("missing", [InputError("missing_file", "the file is not there")])
        return tabular.decoded(self.contents[name])

    def stop(self) -> None:
        """Raise Invalid with everything that was noted."""
        if self.errors:
            raise Invalid("The first data cannot be loaded. Nothing was stored.", self.errors)


def contents(folder: Path) -> dict[str, bytes]:
    """The files of the folder that are data, by their path in it, in order."""
    found = [path for path in folder.rglob("*") if path.suffix in (".json", ".csv")]
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(found)}


def document(text: str) -> Any:  # noqa: ANN401 - JSON is any value
    """The JSON of a file, read strictly. Invalid with line and column when it is broken."""
    try:
        return strict.loads(text)
    except json.JSONDecodeError as broken:
        detail = f"not JSON: {broken.msg} (line {broken.lineno}, column {broken.colno})"
        raise Invalid(detail, [InputError("not_json", detail)]) from broken


def records(model: type[M], data: object, *path: str | int) -> list[M]:
    """The items of a list as records. Invalid with a pointer for everything that is wrong."""
    faults = Faults("The file is not valid.")
    found: list[M] = []
    if not isinstance(data, list) or not data:
        faults.add("E_FORMAT", "a list with at least one item is expected", pointer=pointer(*path))
        faults.stop()
        return []
    for number, item in enumerate(data):
        one = record(model, item, faults, *path, number)
        if one is not None:
            found.append(one)
    faults.stop()
    return found


def record(model: type[M], data: object, faults: Faults, *path: str | int) -> M | None:
    """The data as a record, or None with what is wrong noted."""
    try:
        return model.model_validate(data)
    except ValidationError as refused:
        for error in refused.errors():
            where = pointer(*path, *error["loc"])
            value = None if isinstance(error["input"], dict | list) else error["input"]
            faults.add(error["type"], told(error), pointer=where, value=value)
        return None


def table(text: str, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a CSV file with their numbers; the header is row 1 and has these columns.

    Invalid when the header is another one or a row has more or fewer cells.
    """
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(reader, [])
        if header != list(columns):
            detail = f"the header must be {','.join(columns)}"
            where = InputError(
                "E_FORMAT", detail, row=1, value=",".join(header)[:80], allowed=columns
            )
            raise Invalid(detail, [where])
        for number, cells in enumerate(reader, start=2):
            if len(cells) != len(columns):
                detail = f"the row has {len(cells)} cells instead of {len(columns)}"
                raise Invalid(detail, [InputError("E_FORMAT", detail, row=number)])
            yield number, dict(zip(columns, cells, strict=True))
    except csv.Error as broken:
        detail = f"not CSV: {broken} (line {reader.line_num})"
        raise Invalid(detail, [InputError("not_csv", detail, row=reader.line_num)]) from broken


def number_in(text: str) -> float | None:
    """A finite decimal number, or None when the text is none."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if value - value == 0 and "_" not in text else None
