"""The columns of a table of practices, made from the template: names, labels, values.

A column is named by its place in the record, with a number where there are several:
`title`, `period.start`, `partners.1.name`, `areas.2`. A list may also stand in one cell.
In the header a label of any of the template's languages does as well as the name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from services.practices.template.schemas import Part, TemplateField
from services.practices.template.texts import Language, template
from shared.text import folded

Path = tuple[str | int, ...]

_LISTS = ("lines", "choices", "regions")
_QUESTIONNAIRE = "questionnaire"
_ITEM = {"lines": "line", "choices": "choice", "regions": "region"}
_MOMENT = re.compile(r"[12][0-9]{3}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?")
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?")
_LINE_BREAKS = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Column:
    """Where a cell's value goes, and what it may be.

    path   into the body of a practice; the item's place in a list counts from 0
    many   whether one cell holds several values
    """

    code: str
    path: Path
    type: str
    vocabulary: str | None = None
    many: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """A cell that cannot be taken: why, and what could."""

    code: str
    detail: str
    allowed: Sequence[str] | str | None = None


@cache
def fields() -> Mapping[str, TemplateField]:
    """The fields of the form by code; those of the questionnaire begin with `questionnaire.`"""
    found: dict[str, TemplateField] = {}
    for step in template(Language.en).steps:
        prefix = "" if step.code == "short" else _QUESTIONNAIRE + "."
        for section in step.sections:
            found |= {prefix + one.code: one for one in section.fields}
    return found


@cache
def column(code: str) -> Column | None:
    """The column of this name; None when there is none."""
    if code.startswith(_QUESTIONNAIRE + "."):
        question = code.partition(".")[2]
        return Column(code, (_QUESTIONNAIRE, question), "text") if code in fields() else None
    name, *rest = code.split(".")
    one = fields().get(name)
    if one is None or name == _QUESTIONNAIRE:
        return None
    place = _place(rest[0], one.limits.max_items) if rest else None
    if one.type == "group" and len(rest) == 1:
        return _of_part(code, (name,), one.parts, rest[0])
    if one.type == "groups" and len(rest) == 2 and place is not None:
        return _of_part(code, (name, place), one.parts, rest[1])
    if one.type in _LISTS and not rest:
        return Column(code, (name,), _ITEM[one.type], one.vocabulary, many=True)
    if one.type in _LISTS and len(rest) == 1 and place is not None:
        return Column(code, (name, place), _ITEM[one.type], one.vocabulary)
    if rest or one.type in ("group", "groups"):
        return None
    return Column(code, (name,), one.type, one.vocabulary)


def _of_part(code: str, path: Path, parts: Sequence[Part], name: str) -> Column | None:
    part = next((one for one in parts if one.code == name), None)
    return Column(code, (*path, name), part.type, part.vocabulary) if part else None


def _place(text: str, most: int | None) -> int | None:
    """The place (from 0) that a number in a name means; None when it is none."""
    if not re.fullmatch(r"[1-9][0-9]{0,3}", text) or int(text) > (most or 1000):
        return None
    return int(text) - 1


# ------------------------------------------------------------------ the header


def header(cells: Sequence[str]) -> list[Column | None]:
    """The columns that the cells of a header name, None for a cell that names none.

    By name, or by label in one of the languages: whichever knows most of the cells.
    """
    names = [column(cell.strip().casefold()) for cell in cells]
    labels = [[_labelled(cell, one) for cell in cells] for one in Language]
    return max([names, *labels], key=lambda found: sum(one is not None for one in found))


def names() -> list[str]:
    """The name of every column, `1` standing for any number; the questionnaire's left out."""
    return [one for code in fields() if "." not in code for one in variants(code)]


def variants(code: str) -> Iterator[str]:
    """The columns of one field: itself, its parts or, of a list, the first item."""
    one = fields()[code]
    if one.type == "group":
        yield from (f"{code}.{part.code}" for part in one.parts)
    elif one.type == "groups":
        yield from (f"{code}.1.{part.code}" for part in one.parts)
    else:
        yield code
        if one.type in _LISTS:
            yield f"{code}.1"


def label(code: str, language: Language) -> str:
    """The label of a column in a language, such as `Partners 1: Name`."""
    name, *rest = code.split(".")
    one = _texts(language)[name]
    number = f" {rest[0]}" if rest and rest[0].isdecimal() else ""
    part = next((": " + part.label for part in one.parts if rest and part.code == rest[-1]), "")
    return one.label + number + part


@cache
def _texts(language: Language) -> Mapping[str, TemplateField]:
    short = template(language).steps[0]
    return {one.code: one for section in short.sections for one in section.fields}


@cache
def _labels(language: Language) -> Mapping[str, str]:
    """Folded label -> name, with `1` in the place of numbers."""
    codes = [one for code in _texts(language) for one in variants(code)]
    return {_folded(label(code, language)): code for code in codes}


def _labelled(cell: str, language: Language) -> Column | None:
    text = _folded(cell)
    known = _labels(language)
    if text in known:
        return column(known[text])
    for number in re.finditer(r"(?<= )[1-9][0-9]{0,3}(?=:|$)", text):
        first = known.get(f"{text[: number.start()]}1{text[number.end() :]}")
        if first is not None:
            return column(first.replace(".1", f".{number[0]}", 1))
    return None


def _folded(text: str) -> str:
    return " ".join(folded(text).removesuffix("*").split())


# ------------------------------------------------------------------ the cells


def value(one: Column, kind: str, text: str) -> object | Refused:
    """What a cell with content means in a column.

    kind  text, number or date; what else a workbook can hold is refused before
    """
    if kind == "date" and one.type != "moment":
        return Refused(
            "wrong_type",
            "A date, where text is expected. Give the column the format Text and type it again.",
            "text",
        )
    if one.many:
        return _several(one, text)
    return _single(one, text)


def _several(one: Column, text: str) -> object | Refused:
    # The separators of a closed list are those of our own exports too; in a sentence they
    # may be part of the text.
    marks = r"[|;\r\n]" if one.type in ("choice", "region") else r"[|\r\n]"
    items = [item.strip() for item in re.split(marks, text)]
    found = [_single(one, item) for item in items if item]
    wrong = next((item for item in found if isinstance(item, Refused)), None)
    return wrong or found


def _single(one: Column, text: str) -> object | Refused:
    if one.type == "choice" and one.vocabulary:
        return choice(one.vocabulary, text.strip())
    if one.type == "number":
        if _NUMBER.fullmatch(text.strip()):
            return float(text)
        return Refused(
            "not_a_number", f"{text[:40]!r} is not a number.", "digits, such as 20000 or 20000.50"
        )
    if one.type == "moment":
        if _MOMENT.fullmatch(text.strip()):
            return text.strip()
        return Refused("not_a_date", f"{text[:40]!r} is not a date.", "2021, 2021-03 or 2021-03-05")
    if one.type == "text":
        return _LINE_BREAKS.sub("\n", text)
    return text.strip()


def choice(vocabulary: str, text: str) -> str | Refused:
    """The value of a closed list that is meant: itself, or its label in any language."""
    values = allowed(vocabulary)
    if text in values:
        return text
    meant = _meanings(vocabulary).get(_folded(text), ())
    if len(meant) == 1:
        return meant[0]
    why = "may mean several values" if meant else "is not one of the list"
    return Refused("unknown_value", f"{text[:60]!r} {why}.", list(meant or values))


@cache
def allowed(vocabulary: str) -> tuple[str, ...]:
    """The values of a closed list."""
    return tuple(one.value for one in template(Language.en).vocabularies[vocabulary])


@cache
def _meanings(vocabulary: str) -> Mapping[str, tuple[str, ...]]:
    """Folded value or label -> the values that it may mean."""
    found: dict[str, set[str]] = {}
    for language in Language:
        for option in template(language).vocabularies[vocabulary]:
            for word in (option.value, option.label):
                found.setdefault(_folded(word), set()).add(option.value)
    exact = {_folded(one): (one,) for one in allowed(vocabulary)}
    return {word: tuple(sorted(values)) for word, values in found.items()} | exact
