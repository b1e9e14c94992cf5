"""The form as a workbook (XLSX) to fill in, made from the template in any of its languages.

Sheet `practices`: labels, under them the names of the columns, an example, then one row a
practice. Closed lists are drop-downs, filled from the hidden sheet `lists`. Sheet `help`
says of every field how to fill it in and why it is asked. No formulas anywhere.
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from functools import cache

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from services.practices.push import columns
from services.practices.push.columns import Column
from services.practices.push.rows import EXAMPLE, SHEET
from services.practices.template.schemas import TemplateField, TemplateOut
from services.practices.template.texts import Language, Ready, template

# How many columns a list gets; more can be added by hand, numbered on.
_NUMBERED = {"choices": 3, "groups": 2}
_LAST_ROW = 2_000
_WIDTHS = {"text": 60, "line": 30, "address": 30, "choice": 24}
_MADE = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")
_EXAMPLES = {
    "regions": "ES51",
    "external_id": EXAMPLE,
    "moment": "2021-03",
    "number": "20000",
    "address": "https://example.org",
    "email": "name@example.org",
    "phone": "+34 1234567",
    "media_type": "application/pdf",
}
_GREY = Font(italic=True, color="FF777777")


@cache
def ready(language: Language) -> Ready:
    """The workbook as bytes, made once; the same template gives the same bytes."""
    form = template(language)
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = SHEET
    lists = book.create_sheet("lists")
    lists.sheet_state = "hidden"
    _fill(sheet, _lists(lists, form), form, language)
    _explain(book.create_sheet("help", 1), form)
    content = _unstamped(book, form.date)
    return Ready(content, f'"{hashlib.sha256(content).hexdigest()[:32]}"')


def codes() -> list[str]:
    """The columns of the sheet in order."""
    found: list[str] = []
    for code, one in columns.fields().items():
        if "." in code:
            continue
        for number in range(1, _NUMBERED.get(one.type, 1) + 1):
            names = list(columns.variants(code))
            if one.type == "choices":
                found.append(f"{code}.{number}")
            elif one.type == "groups":
                found += [name.replace(".1.", f".{number}.") for name in names]
            else:
                # A list of lines stands in one cell, a line each.
                found += [name for name in names if not name.endswith(".1")]
    # What names the practice and its region comes first.
    first = ["external_id", "regions", "title"]
    return first + [code for code in found if code not in first]


def _lists(sheet: Worksheet, form: TemplateOut) -> dict[str, str]:
    """Write the labels of each closed list into a column; where they stand."""
    found: dict[str, str] = {}
    for place, (name, options) in enumerate(form.vocabularies.items(), start=1):
        letter = get_column_letter(place)
        for row, option in enumerate(options, start=1):
            sheet.cell(row, place, option.label)
        found[name] = f"lists!${letter}$1:${letter}${len(options)}"
    return found


def _fill(sheet: Worksheet, lists: dict[str, str], form: TemplateOut, language: Language) -> None:
    fields = {one.code: one for section in form.steps[0].sections for one in section.fields}
    for place, code in enumerate(codes(), start=1):
        column = columns.column(code)
        assert column is not None, code
        one, letter = fields[code.partition(".")[0]], get_column_letter(place)
        _head(sheet, place, code, one, columns.label(code, language))
        sheet.cell(3, place, _example(column, one, form)).font = _GREY
        width = _WIDTHS["text"] if column.many else _WIDTHS.get(column.type, 20)
        sheet.column_dimensions[letter].width = width
        if column.type != "number":
            # What somebody types stays as it was typed.
            sheet.column_dimensions[letter].number_format = "@"
        if column.vocabulary:
            closed = DataValidation("list", formula1=lists[column.vocabulary], allow_blank=True)
            closed.showErrorMessage = True
            closed.add(f"{letter}3:{letter}{_LAST_ROW}")
            sheet.add_data_validation(closed)
    sheet.freeze_panes = "D3"


def _head(sheet: Worksheet, place: int, code: str, one: TemplateField, label: str) -> None:
    part = next((part for part in one.parts if part.code == code.rpartition(".")[2]), None)
    needed = one.required or one.code == "external_id"
    top = sheet.cell(1, place, label + (" *" if needed else ""))
    top.font = Font(bold=True)
    top.fill = PatternFill("solid", fgColor="FFE6EEF5")
    top.alignment = Alignment(wrap_text=True, vertical="top")
    note = "\n".join([part.help if part else one.help, one.why])
    top.comment = Comment(note, "Integration Lab", height=140, width=300)
    sheet.cell(2, place, code).font = _GREY


def _example(column: Column, one: TemplateField, form: TemplateOut) -> str:
    """A value as it could stand there; of a text field, what to write."""
    name = column.code.rpartition(".")[2]
    if column.vocabulary:
        number = int(name) - 1 if name.isdecimal() else 0
        return form.vocabularies[column.vocabulary][number].label
    known = _EXAMPLES.get(column.code) or _EXAMPLES.get(name) or _EXAMPLES.get(column.type)
    if known:
        return known
    return next((part.help for part in one.parts if part.code == name), one.help)


def _explain(sheet: Worksheet, form: TemplateOut) -> None:
    sheet.append([form.title])
    sheet.append([form.introduction])
    sheet["A1"].font = Font(bold=True, size=14)
    for section in form.steps[0].sections:
        sheet.append([])
        sheet.append([section.label, section.help])
        sheet.cell(sheet.max_row, 1).font = Font(bold=True)
        for one in section.fields:
            star = " *" if one.required or one.code == "external_id" else ""
            sheet.append([one.label + star, one.help, one.why, one.code])
            for part in one.parts:
                sheet.append(
                    [f"{one.label}: {part.label}", part.help, "", f"{one.code}.{part.code}"]
                )
    for letter, width in zip("ABCD", (40, 70, 70, 24), strict=True):
        sheet.column_dimensions[letter].width = width
    for row in sheet.iter_rows(min_row=2):
        for cell in row:
            cell.alignment = Alignment(wrap_text=True, vertical="top")


def _unstamped(book: Workbook, date: str) -> bytes:
    """The workbook's bytes without the moment at which they were made."""
    first, out = io.BytesIO(), io.BytesIO()
    book.save(first)
    with zipfile.ZipFile(first) as made, zipfile.ZipFile(out, "w") as archive:
        for one in made.infolist():
            content = made.read(one.filename)
            if one.filename == "docProps/core.xml":
                content = _MADE.sub(rb"\g<1>" + f"{date}T00:00:00Z".encode(), content)
            member = zipfile.ZipInfo(one.filename, date_time=(1980, 1, 1, 0, 0, 0))
            member.compress_type, member.create_system = zipfile.ZIP_DEFLATED, 3
            archive.writestr(member, content)
    return out.getvalue()
