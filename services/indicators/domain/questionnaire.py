"""The cells of a questionnaire: what was answered, what is left, where two experts differ."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from services.indicators.domain.methodology import Methodology
from shared.problems import InputError
from shared.text import clean

LONGEST = {"evidence": 10_000, "comment": 4_000, "title": 300, "url": 1_000}
"""The most characters of each text."""

MOST_SOURCES = 10

_URL = re.compile(r"https?://[^\s|<>\"\\^`{}]+")
_DATE = re.compile(r"[12][0-9]{3}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?")

DIFFERENCES = ("state", "option", "evidence", "sources", "comment")


class Cell(NamedTuple):
    """What is asked once: an indicator for one target group."""

    indicator: str
    group: str


class Source(NamedTuple):
    """Where the evidence can be read. `date` is a year, a month or a day."""

    url: str
    title: str | None
    date: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """The answer to one cell. `option` is None unless the state is scored."""

    state: str
    option: str | None
    evidence: str | None = None
    sources: tuple[Source, ...] = ()
    comment: str | None = None


Entries = Mapping[Cell, Entry]


class Decision(NamedTuple):
    """What counts for a cell.

    basis      state and option of each expert when it was taken
    automatic  the experts agreed; nobody had to decide
    """

    entry: Entry
    basis: tuple[tuple[str, str | None], ...]
    automatic: bool


class Section(NamedTuple):
    """How far one dimension of an axis is answered; an indicator counts in each of its own."""

    axis: str
    code: str
    name: str
    answered: int
    total: int


def cells(methodology: Methodology) -> list[Cell]:
    """Everything that is asked, in the order of the methodology."""
    return [
        Cell(one.code, group)
        for one in methodology.indicators
        for group in methodology.group_codes
        if group in one.groups
    ]


def sections(methodology: Methodology, answered: Collection[Cell]) -> list[Section]:
    """Answered and asked cells of every dimension of every axis."""
    found: list[Section] = []
    for axis in methodology.axes:
        for dimension in axis.dimensions:
            asked = [
                one
                for one in cells(methodology)
                if dimension.code in methodology.indicator(one.indicator).tags.get(axis.code, ())
            ]
            done = sum(one in answered for one in asked)
            found.append(Section(axis.code, dimension.code, dimension.name, done, len(asked)))
    return found


def gaps(methodology: Methodology, entries: Entries) -> list[InputError]:
    """What an expert has to do before submitting: answer each cell, say why one is missing."""
    found: list[InputError] = []
    for cell in cells(methodology):
        entry = entries.get(cell)
        place = f"/{cell.indicator}/{cell.group}"
        if entry is None:
            detail = f"{cell.indicator} is not answered for {cell.group}."
            found.append(InputError("E_INCOMPLETE", detail, place))
        elif entry.state == "missing" and not entry.comment:
            detail = f"Say in the comment why {cell.indicator} is missing for {cell.group}."
            found.append(InputError("E_REASON_MISSING", detail, f"{place}/comment"))
    return found


def differences(one: Entry | None, other: Entry | None) -> list[str]:
    """The names of the parts in which two answers to one cell differ."""
    return [name for name in DIFFERENCES if getattr(one, name, None) != getattr(other, name, None)]


def verdict(entry: Entry | None) -> tuple[str, str | None]:
    """State and option: what is scored. No answer is a missing one."""
    return (entry.state, entry.option) if entry else ("missing", None)


def decided(sides: Sequence[Entry | None], held: Decision | None) -> Decision | None:
    """What counts for a cell once both experts have submitted; None: somebody has to decide.

    A reviewer's decision stands until an expert answers otherwise than when it was taken;
    where the experts agree, it is decided without one.
    """
    basis = tuple(verdict(one) for one in sides)
    if held is not None and not held.automatic and held.basis == basis:
        return held
    if len(set(basis)) > 1 or None in sides:
        return None
    state, option = basis[0]
    return Decision(settled(Entry(state, option), sides), basis, automatic=True)


def settled(decision: Entry, sides: Iterable[Entry | None]) -> Entry:
    """The decision with the material of the experts who answered likewise, where it has none."""
    alike = [one for one in sides if one is not None and verdict(one) == verdict(decision)]
    evidence = list(dict.fromkeys(one.evidence for one in alike if one.evidence))
    joined = "\n\n".join(evidence)
    sources = dict.fromkeys(source for one in alike for source in one.sources)
    return Entry(
        decision.state,
        decision.option,
        decision.evidence or joined or None,
        decision.sources or tuple(sources),
        decision.comment,
    )


def prose(text: str | None, longest: int) -> str | None:
    """A text as it is kept: clean, one kind of line end, no blanks around it; None when empty.

    ValueError when it is longer or holds what cannot be stored.
    """
    if text is None:
        return None
    found = clean(text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if any(letter in "\ufffe\uffff" for letter in found):
        raise ValueError("U+FFFE and U+FFFF are not characters")
    if len(found) > longest:
        raise ValueError(f"{len(found)} characters; at most {longest}")
    return found or None


def each(entries: Entries, order: Iterable[Cell]) -> Iterable[tuple[Cell, Entry]]:
    """The entries in the order of the methodology."""
    return ((cell, entries[cell]) for cell in order if cell in entries)


def source(url: str, title: str | None, date: str | None) -> Source:
    """A source as it is kept. ValueError with what is wrong."""
    address = (prose(url, LONGEST["url"])) or ""
    if not _URL.fullmatch(address):
        raise ValueError("the address of a source begins with http:// or https://")
    name = prose(title, LONGEST["title"])
    if name and ("\n" in name or name.endswith("|") or name.startswith("|")):
        raise ValueError("the title of a source is one line, without a bar at its ends")
    day = prose(date, 10)
    if day and not _DATE.fullmatch(day):
        raise ValueError("the date of a source is a year, a month or a day: 2010, 2010-05-07")
    return Source(address, name, day)


def source_line(one: Source) -> str:
    """A source as one line, `url | title | date`; `source_parts` takes it apart again."""
    if one.title is None and one.date is None:
        return one.url
    return f"{one.url} | {one.title or ''} | {one.date or ''}".rstrip()


def source_parts(line: str) -> tuple[str, str, str]:
    """Address, title and date of a line. A title may hold bars, so the date is after the last."""
    url, _, rest = line.partition("|")
    title, bar, date = rest.rpartition("|")
    return (url, title, date) if bar else (url, date, "")
