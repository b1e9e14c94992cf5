"""What the regions of an edition answered, checked against a methodology and packed (S1, S2)."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.indicators.domain.faults import Faults, refusal
from services.indicators.domain.methodology import Methodology, digest

MISSING, NOT_APPLICABLE, NOT_COMPETENT, OUT_OF_SCOPE, FIRST_OPTION = range(5)
"""The byte of a cell. Option number k of an indicator is FIRST_OPTION + k."""

STATES = ("scored", "not_applicable", "not_competent", "missing")
COLUMNS = ("region", "indicator", "group", "state", "option")

_BYTES = {"missing": MISSING, "not_applicable": NOT_APPLICABLE, "not_competent": NOT_COMPETENT}
_NAMES = {byte: name for name, byte in _BYTES.items()}

State = Literal["scored", "not_applicable", "not_competent", "missing"]


class Answer(NamedTuple):
    """One cell. `option` is None unless the state is scored."""

    region: str
    indicator: str
    group: str
    state: str
    option: str | None


@dataclass(frozen=True, eq=False)
class Answers:
    """All cells of one revision of an edition.

    regions  codes in alphabetical order
    codes    (regions, indicators, groups) uint8, read-only; indicators and groups
             in the order of the methodology. A cell without a row is MISSING.
    """

    methodology: Methodology
    regions: tuple[str, ...]
    codes: NDArray[np.uint8]

    @classmethod
    def parse(
        cls,
        methodology: Methodology,
        rows: Iterable[Mapping[str, str | None]],
        regions: Sequence[str] | None = None,
    ) -> Answers:
        """Answers from rows with the columns region, indicator, group, state, option.

        regions  the regions of the edition, when known: others are refused
                 (E_UNKNOWN_REGION) and those without rows are all missing;
                 None takes the regions that the rows name

        Invalid with all errors at once; the first row after the header is row 2.
        """
        reader = _Reader(methodology, frozenset(regions) if regions is not None else None)
        for number, row in enumerate(rows, start=2):
            reader.take(number, row)
        reader.faults.stop()
        named = regions if regions is not None else [region for region, _, _ in reader.cells]
        return cls._filled(methodology, tuple(sorted(set(named))), reader.cells)

    @classmethod
    def from_csv(
        cls, methodology: Methodology, text: str, regions: Sequence[str] | None = None
    ) -> Answers:
        """Answers from CSV text whose header has exactly the five columns, in any order."""
        return cls.parse(methodology, csv_rows(text), regions)

    @classmethod
    def from_codes(
        cls, methodology: Methodology, regions: Sequence[str], codes: NDArray[np.uint8]
    ) -> Answers:
        """Answers from a packed matrix, as `codes` gives it. Invalid when a byte has no meaning."""
        shape = (len(regions), len(methodology.indicators), len(methodology.groups))
        if codes.shape != shape or list(regions) != sorted(set(regions)):
            detail = f"the packed answers do not have the shape {shape}, regions in order"
            raise refusal("E_METHOD_MISMATCH", detail, value=str(codes.shape))
        in_scope, limits = _limits(methodology)
        wrong = np.where(
            in_scope, (codes == OUT_OF_SCOPE) | (codes >= limits), codes != OUT_OF_SCOPE
        )
        if wrong.any():
            region, indicator, group = (int(place) for place in np.argwhere(wrong)[0])
            one = methodology.indicators[indicator]
            detail = f"{one.code} of {regions[region]} holds a byte that means no option"
            raise refusal("E_UNKNOWN_OPTION", detail, value=int(codes[region, indicator, group]))
        return cls(methodology, tuple(regions), _frozen(codes.copy()))

    @classmethod
    def _filled(cls, methodology: Methodology, regions: tuple[str, ...], cells: Cells) -> Answers:
        in_scope, _ = _limits(methodology)
        codes = np.full((len(regions), *in_scope.shape), MISSING, dtype=np.uint8)
        codes[:, ~in_scope] = OUT_OF_SCOPE
        row = {region: place for place, region in enumerate(regions)}
        for (region, indicator, group), (byte, _) in cells.items():
            codes[row[region], indicator, group] = byte
        return cls(methodology, regions, _frozen(codes))

    @cached_property
    def hash(self) -> str:
        """SHA-256 of every cell and of the questions; the order of rows does not matter."""
        head = digest([self.methodology.basis, list(self.regions)])
        return hashlib.sha256(head.encode() + self.codes.tobytes()).hexdigest()

    @cached_property
    def rows_of(self) -> Mapping[str, int]:
        """Code of a region -> its row in `codes`."""
        return {region: row for row, region in enumerate(self.regions)}

    def cell(self, region: str, indicator: str, group: str) -> Answer:
        """The answer of one cell in scope."""
        place = self.methodology.positions[indicator]
        lane = self.methodology.group_codes.index(group)
        return self._answer(region, place, lane, int(self.codes[self.rows_of[region], place, lane]))

    def rows(self, region: str | None = None) -> list[Answer]:
        """Every cell in scope, missing ones included, by region, indicator, group."""
        wanted = self.regions if region is None else (region,)
        return [
            self._answer(code, place, lane, byte)
            for code in wanted
            for place, lanes in enumerate(self.codes[self.rows_of[code]].tolist())
            for lane, byte in enumerate(lanes)
            if byte != OUT_OF_SCOPE
        ]

    def of(self, region: str) -> Answers:
        """The answers of one region alone."""
        row = self.rows_of[region]
        return Answers(self.methodology, (region,), self.codes[row : row + 1])

    def replaced(self, rows: Iterable[Mapping[str, str | None]]) -> Answers:
        """These answers with some cells changed; rows as in `parse`, for regions that are here."""
        reader = _Reader(self.methodology, frozenset(self.regions))
        for number, row in enumerate(rows, start=2):
            reader.take(number, row)
        reader.faults.stop()
        codes = self.codes.copy()
        for (region, indicator, group), (byte, _) in reader.cells.items():
            codes[self.rows_of[region], indicator, group] = byte
        return Answers(self.methodology, self.regions, _frozen(codes))

    def fit(self, methodology: Methodology) -> None:
        """Invalid (E_METHOD_MISMATCH) unless these answer the questions of that methodology."""
        if methodology.basis != self.methodology.basis:
            mine, other = self.methodology, methodology
            detail = (
                f"the answers belong to {mine.id} {mine.version}, "
                f"not to this content of {other.id} {other.version}"
            )
            raise refusal("E_METHOD_MISMATCH", detail, value=self.methodology.basis)

    def _answer(self, region: str, place: int, lane: int, byte: int) -> Answer:
        indicator = self.methodology.indicators[place]
        group = self.methodology.group_codes[lane]
        if byte in _NAMES:
            return Answer(region, indicator.code, group, _NAMES[byte], None)
        option = indicator.options[byte - FIRST_OPTION].code
        return Answer(region, indicator.code, group, "scored", option)


Cells = dict[tuple[str, int, int], tuple[int, int]]
"""(region, position of the indicator, position of the group) -> (byte, row)."""


def csv_rows(text: str) -> Iterable[Mapping[str, str | None]]:
    """Rows of an answers file. Invalid when the header is not the five columns."""
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    header = list(reader.fieldnames or ())
    if sorted(header) != sorted(COLUMNS):
        detail = f"the header must be {','.join(COLUMNS)}"
        raise refusal("E_FORMAT", detail, row=1, value=",".join(header)[:80], allowed=list(COLUMNS))
    return reader


class _Reader:
    """Rows on their way in: each is checked against the methodology and the rows before it."""

    def __init__(self, methodology: Methodology, regions: frozenset[str] | None) -> None:
        self.faults = Faults("The answers are not valid.")
        self.cells: Cells = {}
        self.methodology = methodology
        self.regions = regions
        self.lanes = {code: lane for lane, code in enumerate(methodology.group_codes)}
        self.options = [
            {option.code: FIRST_OPTION + number for number, option in enumerate(one.options)}
            for one in methodology.indicators
        ]

    def take(self, number: int, row: Mapping[str, str | None]) -> None:
        region, code, group, state, option = (row.get(column) or "" for column in COLUMNS)
        if None in row:  # csv.DictReader keeps cells beyond the header under None
            self._wrong(
                "E_FORMAT", number, "region", "the row has more cells than the header", "", []
            )
        place = self.methodology.positions.get(code)
        known = self._region(number, region)
        if place is None:
            allowed = list(self.methodology.positions)
            self._wrong(
                "E_UNKNOWN_INDICATOR", number, "indicator", "no such indicator", code, allowed
            )
            return
        scope = self.methodology.indicators[place].groups
        if group not in scope:
            detail = f"{code} is not asked for this group"
            self._wrong("E_GROUP_OUT_OF_SCOPE", number, "group", detail, group, list(scope))
        byte = self._byte(number, place, state, option)
        if known and group in scope:
            # A cell with a fault is taken too: whoever gives it again hears of both at once.
            self._keep(
                number, (region, place, self.lanes[group]), MISSING if byte is None else byte
            )

    def _region(self, number: int, region: str) -> bool:
        if not region.strip() or region != region.strip() or len(region) > 64:
            self._wrong(
                "E_UNKNOWN_REGION", number, "region", "not the code of a region", region, []
            )
            return False
        if self.regions is not None and region not in self.regions:
            allowed = sorted(self.regions)
            self._wrong(
                "E_UNKNOWN_REGION", number, "region", "not in this edition", region, allowed
            )
            return False
        return True

    def _byte(self, number: int, place: int, state: str, option: str) -> int | None:
        if state not in STATES:
            self._wrong("E_UNKNOWN_STATE", number, "state", "no such state", state, list(STATES))
            return None
        options = self.options[place]
        if state == "scored":
            if option not in options:
                code = self.methodology.indicators[place].code
                detail = (
                    f"{code} has no such option" if option else f"{code} is scored without option"
                )
                self._wrong("E_UNKNOWN_OPTION", number, "option", detail, option, list(options))
            return options.get(option)
        if option:
            detail = f"an option is given although the state is {state}"
            self._wrong("E_OPTION_WITHOUT_SCORE", number, "option", detail, option, [])
            return None
        return _BYTES[state]

    def _keep(self, number: int, cell: tuple[str, int, int], byte: int) -> None:
        if cell in self.cells:
            region, place, lane = cell
            code, group = (
                self.methodology.indicators[place].code,
                self.methodology.group_codes[lane],
            )
            detail = f"{region} {code} {group} was already given in row {self.cells[cell][1]}"
            self._wrong("E_DUPLICATE_ANSWER", number, "indicator", detail, code, [])
            return
        self.cells[cell] = (byte, number)

    def _wrong(
        self, code: str, row: int, column: str, detail: str, value: str, allowed: list[str]
    ) -> None:
        self.faults.add(code, detail, row=row, column=column, value=value, allowed=allowed or None)


@lru_cache(maxsize=32)
def _limits(methodology: Methodology) -> tuple[NDArray[np.bool_], NDArray[np.uint8]]:
    """(indicators, groups) what is in scope, and the first byte beyond the options."""
    groups = methodology.group_codes
    scope = [[group in one.groups for group in groups] for one in methodology.indicators]
    limits = [[FIRST_OPTION + len(one.options)] * len(groups) for one in methodology.indicators]
    shape = (len(methodology.indicators), len(groups))
    return (
        np.array(scope, dtype=bool).reshape(shape),
        np.array(limits, dtype=np.uint8).reshape(shape),
    )


def _frozen(codes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    codes.setflags(write=False)
    return codes
