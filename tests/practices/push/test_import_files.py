"""Files as they really come: a report with the place of what is wrong, never a failure."""

from __future__ import annotations

import json
from datetime import date

import pytest
from openpyxl import Workbook

from shared.tabular import guarded
from tests.practices.push.files import HEADER, as_csv, as_json, as_ndjson, as_xlsx, row, saved

pytestmark = pytest.mark.anyio


async def refused(region, content: bytes, form: str, **asked: str) -> dict:
    """The first error of a file that is refused."""
    answer = await region.send(content, form, **asked)
    assert answer.status_code == 422, answer.text
    return answer.json()["errors"][0]


async def brought(region, content: bytes, form: str) -> dict:
    """The record of the practice `own-1` after a file came in."""
    answer = await region.send(content, form)
    assert answer.status_code == 200, answer.text
    return (await region.held("own-1")).json()["record"]


def table(region, *cells: tuple[str, object]) -> list[list[object]]:
    """A header and a row with these cells."""
    named = [("external_id", "own-1"), ("regions", region.code), ("title", "Desk"), *cells]
    return [[name for name, _ in named], [cell for _, cell in named]]


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
async def test_csv_comes_as_programs_write_it(region, start, delimiter):
    rows = table(region, ("summary", 'Où? À côté; là, "ici".'))
    record = await brought(region, start + as_csv(rows, delimiter), "csv")
    assert record["summary"] == 'Où? À côté; là, "ici".'


async def test_latin_1_is_refused_with_byte_and_row(region):
    content = as_csv(table(region, ("summary", "Où"))).decode().encode("latin-1")
    error = await refused(region, content, "csv")
    assert (error["code"], error["row"], error["value"]) == ("not_utf8", 2, "0xF9")


async def test_utf_16_is_refused(region):
    content = as_csv(table(region)).decode().encode("utf-16")
    assert (await refused(region, content, "csv"))["code"] == "not_utf8"


async def test_lists_stand_in_one_cell_or_in_numbered_columns(region):
    cells = [
        ("areas", "health; housing|language"),
        ("activities", "Open the desk; every day\nVisit\r\nCall"),
        ("target_groups.2", "refugees"),
        ("target_groups.1", "newcomers"),
    ]
    for form, content in (
        ("csv", as_csv(table(region, *cells))),
        ("xlsx", as_xlsx(table(region, *cells))),
    ):
        record = await brought(region, content, form)
        assert record["areas"] == ["health", "housing", "language"]
        assert record["activities"] == ["Open the desk; every day", "Visit", "Call"]
        assert record["target_groups"] == ["newcomers", "refugees"]


async def test_groups_stand_in_dotted_columns(region):
    cells = [
        ("period.start", "2021-03"),
        ("budget.stated", "about 20,000"),
        ("budget.amount_eur", "20000.50"),
        ("partners.2.name", "Parish"),
        ("partners.1.name", "City"),
        ("partners.1.scope", "local"),
        ("contact.name", "Ada Example"),
        ("questionnaire.criteria.relevance.needs", "There was none."),
    ]
    record = await brought(region, as_csv(table(region, *cells)), "csv")
    assert record["period"] == {"start": "2021-03", "end": None}
    assert record["budget"] == {"stated": "about 20,000", "amount_eur": 20000.5}
    assert [one["name"] for one in record["partners"]] == ["City", "Parish"]
    assert record["contact"]["name"] == "Ada Example"
    assert record["questionnaire"] == {"criteria.relevance.needs": "There was none."}


async def test_an_error_in_a_numbered_group_names_its_column_although_a_number_is_left_out(region):
    cells = [("partners.1.name", "City"), ("partners.3.scope", "local")]
    answer = await region.send(as_csv(table(region, *cells)), "csv")
    assert [one["column"] for one in answer.json()["errors"]] == ["partners.3.name"]


async def test_values_are_taken_by_label_in_any_language(region):
    cells = [
        ("areas", "Gesundheit; habitatge"),
        ("status", "Abgeschlossen"),
        ("language", "svenska"),
    ]
    record = await brought(region, as_csv(table(region, *cells)), "csv")
    assert record["areas"] == ["health", "housing"]
    assert (record["status"], record["language"]) == ("completed", "sv")


async def test_a_label_does_as_the_name_of_a_column(region):
    rows = [
        [
            "Kennung in Ihrem eigenen System",
            "Regionen",
            "Titel",
            "Politikfelder 1",
            "Zeitraum: Beginn",
        ],
        ["own-1", region.code, "Beratung", "Bildung", "2021"],
    ]
    for form, content in (("csv", as_csv(rows)), ("xlsx", as_xlsx(rows))):
        record = await brought(region, content, form)
        assert (record["areas"], record["period"]["start"]) == (["education"], "2021")


async def test_dates_and_numbers_of_a_workbook_are_taken_as_they_are_shown(region):
    book = Workbook()
    book.active.title = "practices"
    cells = [
        ("period.start", date(2021, 3, 5)),
        ("period.end", 2023),
        ("people_reached", 40),
        ("budget.stated", "20 000"),
        ("budget.amount_eur", 20000.5),
    ]
    for line in table(region, *cells):
        book.active.append(line)
    record = await brought(region, saved(book), "xlsx")
    assert record["period"] == {"start": "2021-03-05", "end": "2023"}
    assert record["people_reached"] == "40"
    assert record["budget"]["amount_eur"] == 20000.5


@pytest.mark.parametrize(
    ("name", "cell", "code"),
    [
        ("period.start", "03/2021", "not_a_date"),
        ("period.start", "44260", "not_a_date"),
        ("budget.amount_eur", "20.000,50", "not_a_number"),
        ("budget.amount_eur", "1e3", "not_a_number"),
        ("role", "boss", "unknown_value"),
        ("areas", "health; sport", "unknown_value"),
        ("summary", "=1+1", "formula"),
        ("summary", "a\x00b", "value_error"),
        ("summary", "x" * 3001, "too_long"),
        ("sources.1.url", "javascript:alert(1)", "string_pattern_mismatch"),
    ],
)
async def test_a_wrong_cell_is_named(region, name, cell, code):
    error = await refused(region, as_csv(table(region, (name, cell))), "csv")
    assert (error["row"], error["column"], error["code"]) == (2, name, code)


@pytest.mark.parametrize(
    ("name", "cell", "code"),
    [
        ("summary", "=1+1", "formula"),
        ("summary", True, "wrong_type"),
        ("external_id", date(2026, 4, 3), "wrong_type"),
        ("period.end", "31.12.2021", "not_a_date"),
        ("period.end", 44260, "not_a_date"),
    ],
)
async def test_a_wrong_cell_of_a_workbook_is_named(region, name, cell, code):
    rows = [["regions", "title", name], [region.code, "Desk", cell]]
    answer = await region.send(as_xlsx(rows), "xlsx")
    errors = [(one["column"], one["code"]) for one in answer.json()["errors"]]
    assert (name, code) in errors


async def test_a_formula_is_named_by_its_cell(region):
    error = await refused(region, as_xlsx(table(region, ("summary", "=A1&B1"))), "xlsx")
    assert "D2" in error["detail"]


async def test_blank_rows_are_passed_over_and_rows_keep_their_numbers(region):
    rows = table(region)
    content = as_xlsx([rows[0], [], ["", "", ""], rows[1], ["own-2", region.code, ""]])
    error = await refused(region, content, "xlsx")
    assert (error["row"], error["column"]) == (5, "title")


async def test_merged_cells_are_refused(region):
    book = Workbook()
    book.active.title = "practices"
    for line in table(region):
        book.active.append(line)
    book.active.merge_cells("A2:A3")
    error = await refused(region, saved(book), "xlsx", atomic="none")
    assert (error["code"], error["row"], error["value"]) == ("merged_cells", 2, "A2:A3")
    assert (await region.held("own-1")).status_code == 404


async def test_of_several_sheets_the_one_called_practices_is_read(region):
    book = Workbook()
    book.active.title = "notes"
    sheet = book.create_sheet("Practices")
    for line in table(region):
        sheet.append(line)
    assert (await brought(region, saved(book), "xlsx"))["title"] == "Desk"


async def test_a_wrong_sheet_is_named(region):
    book = Workbook()
    book.create_sheet("Tabelle2")
    error = await refused(region, saved(book), "xlsx")
    assert error["code"] == "wrong_sheet"
    assert "Tabelle2" in error["detail"]
    other = await refused(region, as_xlsx([["Name", "Street"], ["Ada", "Main"]], "Sheet1"), "xlsx")
    assert (other["code"], other["value"]) == ("unknown_column", "Name")


@pytest.mark.parametrize("form", ["json", "ndjson", "csv", "xlsx"])
async def test_an_empty_file_is_refused(region, form):
    assert (await refused(region, b"", form))["code"] in ("empty", "not_json", "not_xlsx")


async def test_a_header_without_a_row_is_refused(region):
    for form, content in (("csv", as_csv([HEADER])), ("xlsx", as_xlsx([HEADER]))):
        assert (await refused(region, content, form))["code"] == "empty"


async def test_an_unknown_or_repeated_column_is_refused(region):
    unknown = await refused(region, as_csv([[*HEADER, "colour"], row()]), "csv")
    assert (unknown["code"], unknown["value"], unknown["row"]) == ("unknown_column", "colour", 1)
    twice = await refused(region, as_csv([[*HEADER, "title"], [*row(), "x"]]), "csv")
    assert twice["code"] == "repeated_column"


async def test_a_file_that_breaks_off_is_refused_as_a_whole(region):
    items = as_json(region.practices(3))
    for form, content in (
        ("json", items[:-10]),
        ("json", items[:-1]),
        ("json", items + b"x"),
        ("csv", as_csv(table(region)) + b'"own-2,'),
        ("xlsx", as_xlsx(table(region))[:-300]),
    ):
        await refused(region, content, form, atomic="none")
    assert (await region.held("own-1")).status_code == 404


async def test_a_broken_line_of_ndjson_is_an_error_of_its_row(region):
    good = as_ndjson(region.practices(2))
    lines = b"\n".join([b"{", b'{"a": 1, "a": 2}', b"[]", b'{"title": "\\ud800"}', b"\xe9"])
    answer = await region.send(lines + b"\n" + good, "ndjson", atomic="none")
    assert answer.json()["created"] == 2
    assert [one["row"] for one in answer.json()["errors"]] == [1, 2, 3, 4, 5]
    codes = [one["code"] for one in answer.json()["errors"]]
    assert codes == ["not_json", "not_json", "not_an_object", "not_json", "not_utf8"]


async def test_an_item_that_is_no_practice_is_an_error_of_its_row(region):
    items = [*region.practices(1), 7, None, [], {"title": "a"}]
    answer = await region.send(as_json(items), atomic="none")
    assert answer.json()["created"] == 1
    assert {one["row"] for one in answer.json()["errors"]} == {2, 3, 4, 5}


async def test_a_file_beyond_the_limit_is_413(region):
    assert (await region.send(b" " * 3_000_001, "csv")).status_code == 413


async def test_an_item_larger_than_the_pieces_in_which_a_file_is_read_comes_in_whole(region):
    items = region.practices(40, summary="é" * 3000, lessons=["ü" * 500] * 50)
    content = json.dumps(items, ensure_ascii=False).encode()
    answer = await region.send(content)
    assert answer.json()["created"] == 40


@pytest.mark.parametrize("text", ["=1+1", "-40", "@SUM(1)", "＝1+1", "＠here", "'=1", "'a", "a"])
async def test_a_text_that_was_exported_comes_back_as_it_was(region, text: str):
    """As our own files have it: an apostrophe before what a spreadsheet would compute."""
    cells = [("summary", guarded(text)), ("people_reached", guarded(text))]
    record = await brought(region, as_csv(table(region, *cells)), "csv")
    assert (record["summary"], record["people_reached"]) == (text, text)
