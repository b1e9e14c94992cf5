"""The form as a workbook: made from the template, filled in, brought back."""

from __future__ import annotations

import io

import openpyxl
import pytest

from services.practices.push import columns, workbook
from services.practices.template.texts import Language, template
from tests.practices.push.files import XLSX, saved

LANGUAGES = list(Language)


def opened(language: Language) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(workbook.ready(language).content))


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_field_of_the_short_form_has_a_column(language):
    sheet = opened(language)["practices"]
    codes = [cell.value for cell in sheet[2]]
    fields = {code.partition(".")[0] for code in codes}
    assert fields == {
        one.code for section in template(language).steps[0].sections for one in section.fields
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_labels_name_the_same_columns_as_the_second_row(language):
    sheet = opened(language)["practices"]
    labels = [cell.value for cell in sheet[1]]
    assert [one.code if one else None for one in columns.header(labels)] == [
        cell.value for cell in sheet[2]
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_closed_lists_are_drop_downs_in_the_language(language):
    book = opened(language)
    rules = book["practices"].data_validations.dataValidation
    assert all(rule.formula1.startswith("lists!$") for rule in rules)
    assert len(rules) == sum(
        1 for code in workbook.codes() if (one := columns.column(code)) and one.vocabulary
    )
    labels = [cell.value for row in book["lists"].iter_rows() for cell in row if cell.value]
    areas = [option.label for option in template(language).vocabularies["areas"]]
    assert set(areas) <= set(labels)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_label_of_a_list_means_one_value(language):
    for name, options in template(language).vocabularies.items():
        for option in options:
            assert columns.choice(name, option.label) == option.value, (name, option.label)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_cell_holds_a_formula(language):
    for sheet in opened(language):
        for row in sheet.iter_rows():
            assert all(cell.data_type != "f" for cell in row)


def test_the_same_template_gives_the_same_bytes():
    first = workbook.ready(Language.sv).content
    workbook.ready.cache_clear()
    assert workbook.ready(Language.sv).content == first


@pytest.mark.anyio
@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_form_filled_in_comes_back_in_each_language(region, language):
    got = await region.client.get(f"/practice-template.xlsx?lang={language}")
    assert got.headers["content-type"] == XLSX
    book = openpyxl.load_workbook(io.BytesIO(got.content))
    sheet = book["practices"]
    place = {cell.value: cell.column for cell in sheet[2]}
    lists = template(language).vocabularies
    answers = {
        "external_id": "own-1",
        "regions": region.code,
        "title": "Welcome desk",
        "role": lists["roles"][1].label,
        "areas.1": lists["areas"][0].label,
        "areas.2": lists["areas"][8].label,
        "activities": "One\nTwo",
        "period.start": "2021-03",
        "partners.1.name": "City",
        "partners.1.category": lists["partner_categories"][2].label,
    }
    for code, value in answers.items():
        sheet.cell(4, place[code], value)
    answer = await region.send(saved(book), "xlsx")
    assert answer.status_code == 200, answer.text
    # The example in the third row is left out.
    assert (answer.json()["rows"], answer.json()["created"]) == (1, 1)
    record = (await region.held("own-1")).json()["record"]
    assert (record["role"], record["areas"]) == ("active partner", ["governance", "health"])
    assert record["partners"][0]["category"] == "local administration"
    again = await region.client.get(
        f"/practice-template.xlsx?lang={language}", headers={"if-none-match": got.headers["etag"]}
    )
    assert again.status_code == 304
