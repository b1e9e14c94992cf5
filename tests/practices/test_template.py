"""The template and the framework: complete in each language, and one with the record."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.practices import app as practices
from services.practices.domain.practice import gaps
from services.practices.domain.template import faults, question_codes, texts
from services.practices.record.parts import DATA, LANGUAGES, LICENCES, QUESTIONS, VOCABULARY
from services.practices.record.practice import PracticeIn
from services.practices.settings import PracticesSettings
from services.practices.template.texts import FOLDER, Language, framework, read, template
from tests.examples import INTERNAL_KEY

WEB = Path(__file__).resolve().parents[2] / "web" / "src" / "lib" / "i18n"
STRUCTURE = read("structure")
FORM = template(Language.en)
SHORT, QUESTIONNAIRE = ([f for s in step.sections for f in s.fields] for step in FORM.steps)
each_language = pytest.mark.parametrize("language", list(Language))


# ------------------------------------------------------------------ translations


@each_language
def test_no_text_is_missing_surplus_or_empty(language: Language):
    assert faults(STRUCTURE, read(language)) == []


@each_language
def test_a_file_says_its_own_language(language: Language):
    assert read(language)["language"] == language


@pytest.mark.parametrize("language", [one for one in Language if one != "en"])
def test_no_text_is_left_in_english(language: Language):
    """Words that are the same in both languages are named in same.json, and only they."""
    english = texts(read("en"))
    alike = [place for place, text in texts(read(language)).items() if english[place] == text]
    assert sorted(alike) == sorted(read("same")[language])


def test_what_may_be_the_same_in_both_languages_is_a_word_and_no_sentence():
    english = texts(read("en"))
    listed = {english[place] for places in read("same").values() for place in places}
    assert [text for text in listed if len(text.split()) > 2] == []
    assert set(read("same")) == set(Language) - {"en"}


def test_each_file_is_a_language_that_is_offered():
    files = {path.stem for path in FOLDER.glob("*.json")} - {"structure", "same"}
    assert files == set(Language) == set(STRUCTURE["texts"])


def test_a_fault_is_named_by_its_place():
    tree = json.loads(json.dumps(read("fr")))
    del tree["template"]["fields"]["title"]["why"]
    tree["template"]["fields"]["title"]["hint"] = "un mot"
    tree["framework"]["criteria"]["impact"]["label"] = " "
    assert faults(STRUCTURE, tree) == [
        "missing: /template/fields/title/why",
        "surplus: /template/fields/title/hint",
        "empty: /framework/criteria/impact/label",
    ]


@each_language
def test_texts_are_short_and_clean(language: Language):
    for place, text in texts(read(language)).items():
        assert text == text.strip(), place
        assert "  " not in text, place
        assert len(text) <= 400, place


@each_language
def test_a_thing_is_called_as_the_web_calls_it(language: Language):
    files = (
        WEB / f"{language}.json",
        WEB / language / "terms.json",
        WEB / language / "practice.json",
    )
    web = {key: said for one in files for key, said in json.loads(one.read_text("utf-8")).items()}
    prefixes = {
        "areas": "area",
        "roles": "role",
        "target_groups": "target",
        "statuses": "status",
        "results": "result",
        "partner_categories": "partner",
    }
    form = template(language)
    called = {
        f"{prefix}.{option.value.replace(' ', '-')}": option.label
        for name, prefix in prefixes.items()
        for option in form.vocabularies[name]
    }
    names = {
        "summary": "summary", "objectives": "objectives", "activities": "activities",
        "results": "results", "role": "role", "areas": "areas",
        "target_groups": "groups", "people_reached": "people", "budget": "budget",
        "funds": "funds", "partners": "partners", "original_language": "language",
    }  # fmt: skip
    labels = {one.code: one.label for section in form.steps[0].sections for one in section.fields}
    called |= {f"practice.{key}": labels[code] for code, key in names.items()}
    assert {key: label.lower() for key, label in called.items()} == {
        key: web[key].lower() for key in called
    }


# ------------------------------------------------------------------ the record


def _properties(schema: dict[str, Any], whole: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {name: _plain(one, whole) for name, one in schema["properties"].items()}


def _plain(schema: dict[str, Any], whole: dict[str, Any]) -> dict[str, Any]:
    """The schema without "or null" and without references."""
    for choice in schema.get("anyOf", ()):
        if choice.get("type") != "null":
            return _plain(choice, whole)
    if "$ref" in schema:
        return whole["$defs"][schema["$ref"].rpartition("/")[2]]
    return schema


_LIMITS = {
    "minLength": "min_length",
    "maxLength": "max_length",
    "minItems": "min_items",
    "maxItems": "max_items",
    "minimum": "minimum",
    "maximum": "maximum",
}


def _limits(schema: dict[str, Any]) -> dict[str, Any]:
    own = {name: schema[key] for key, name in _LIMITS.items() if key in schema}
    inner = _limits(schema["items"]) if "items" in schema else {}
    return own | {f"item_{name}": value for name, value in inner.items()}


RECORD = PracticeIn.model_json_schema()
FIELDS = _properties(RECORD, RECORD)


def _values(schema: dict[str, Any]) -> list[str] | None:
    return schema.get("enum") or schema.get("items", {}).get("enum")


def _pairs() -> Iterator[tuple[str, Any, dict[str, Any], bool]]:
    """Each field and part of the short form with its schema, and whether the record needs it."""
    for field in SHORT:
        schema = FIELDS[field.code]
        yield field.code, field, schema, field.code in RECORD["required"]
        inner = _plain(schema.get("items", schema), RECORD)
        for part in field.parts:
            own = _properties(inner, RECORD)[part.code]
            yield f"{field.code}.{part.code}", part, own, part.code in inner.get("required", ())


def test_the_short_form_asks_for_every_field_of_the_record_once():
    short = FIELDS.keys() - {"questionnaire"}
    assert sorted(field.record for field in SHORT) == sorted(f"/{name}" for name in short)


def test_what_is_personal_is_marked():
    assert [field.code for field in SHORT + QUESTIONNAIRE if field.personal] == ["contact"]


def test_the_parts_of_a_field_are_those_of_the_record():
    for field in SHORT:
        inner = _plain(FIELDS[field.code].get("items", FIELDS[field.code]), RECORD)
        assert [part.code for part in field.parts] == list(inner.get("properties", ()))


@pytest.mark.parametrize("pair", list(_pairs()), ids=lambda pair: pair[0])
def test_a_limit_of_the_form_is_the_limit_of_the_record(pair: tuple):
    _, shown, schema, _ = pair
    assert shown.limits.model_dump(exclude_none=True) == _limits(schema)


@pytest.mark.parametrize("pair", list(_pairs()), ids=lambda pair: pair[0])
def test_a_choice_of_the_form_is_a_choice_of_the_record(pair: tuple):
    _, shown, schema, _ = pair
    offered = FORM.vocabularies[shown.vocabulary] if shown.vocabulary else []
    assert [option.value for option in offered] == (_values(schema) or [])


def test_the_short_form_requires_what_the_record_needs_to_be_submitted():
    needed = {f"/{name}" for name in RECORD["required"]} | {gap.pointer for gap in gaps({})}
    assert {field.record for field in SHORT if field.required} == needed
    assert [name for name, part, _, must in _pairs() if "." in name and part.required != must] == []


def test_the_vocabularies_are_those_of_the_practices():
    offered = {n: [o.value for o in options] for n, options in FORM.vocabularies.items()}
    kept = json.loads((DATA / "vocabulary.json").read_text("utf-8"))
    for name in ("areas", "roles", "target_groups", "statuses", "results"):
        assert offered[name] == [entry["value"] for entry in kept[name]]
        assert tuple(offered[name]) == getattr(VOCABULARY, name)
    assert tuple(offered["languages"]) == LANGUAGES
    assert tuple(offered["licences"]) == LICENCES


# ------------------------------------------------------------------ the questionnaire


def test_nothing_is_asked_twice():
    places = [field.record for field in SHORT + QUESTIONNAIRE]
    labels = [(s.code, f.label) for step in FORM.steps for s in step.sections for f in s.fields]
    assert len(places) == len(set(places))
    assert len(labels) == len(set(labels))


def test_a_question_is_answered_under_its_code_in_the_record():
    assert tuple(field.code for field in QUESTIONNAIRE) == QUESTIONS
    assert [field.record for field in QUESTIONNAIRE] == [f"/questionnaire/{q}" for q in QUESTIONS]
    needed = tuple(field.code for field in QUESTIONNAIRE if field.required)
    assert needed == question_codes(STRUCTURE, required=True)


def test_what_is_shown_beside_a_question_is_a_field_of_the_short_form():
    known = {field.code for field in SHORT}
    assert {name for field in QUESTIONNAIRE for name in field.shows} <= known


def test_each_question_of_the_framework_is_a_field_of_the_questionnaire():
    made = framework(Language.en)
    questions = [one for criterion in made.criteria for one in criterion.questions]
    questions += made.transferability + made.reflection
    asked = {question.field: question.text for question in questions}
    fields = {f.code: f.label for f in QUESTIONNAIRE if not f.code.startswith("aspects.")}
    assert asked == fields


def test_the_framework_has_the_parts_of_the_lab():
    made = framework(Language.en)
    assert [one.code for one in made.criteria] == [
        "relevance", "effectiveness", "efficiency", "impact", "sustainability",
    ]  # fmt: skip
    assert min(len(criterion.questions) for criterion in made.criteria) >= 4
    assert all(question.look_for for one in made.criteria for question in one.questions)
    assert len(made.aspects) == 7
    assert all(aspect.inspiring and aspect.room_for_improvement for aspect in made.aspects)
    assert len(made.transferability) == 4
    assert len(made.glossary) >= 40


def test_the_glossary_is_in_the_order_of_the_language():
    swedish = [term.term for term in framework(Language.sv).glossary]
    assert swedish[-1] == "Överförbarhet"
    french = [term.term for term in framework(Language.fr).glossary]
    assert (
        french.index("Effet non voulu")
        < french.index("Évaluation")
        < french.index("Facteur limitant")
    )


# ------------------------------------------------------------------ the routes


@pytest.fixture
async def client(tmp_path: Path, anyio_backend: str) -> AsyncIterator[httpx.AsyncClient]:
    """The practices service. The template needs neither its database nor its neighbours."""
    settings = PracticesSettings(data_dir=tmp_path, internal_key=INTERNAL_KEY)
    nowhere = dict.fromkeys(("indicators", "search", "gateway"), "http://127.0.0.1:9")
    app = practices.create_app(settings, nowhere)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://practices") as client,
    ):
        yield client


each_route = pytest.mark.parametrize("path", ["/practice-template", "/evaluation-framework"])


@pytest.mark.anyio
@each_route
async def test_the_answer_is_in_the_language_that_is_asked_for(client, path: str):
    titles = set()
    for language in Language:
        answer = await client.get(path, params={"lang": language})
        assert answer.status_code == 200
        assert answer.headers["content-language"] == language
        assert (answer.json()["language"], answer.json()["version"]) == (language, "1")
        titles.add(answer.json()["title"])
    assert len(titles) == len(Language)


@pytest.mark.anyio
@each_route
async def test_english_is_the_default(client, path: str):
    assert (await client.get(path)).content == (await client.get(f"{path}?lang=en")).content


@pytest.mark.anyio
@each_route
async def test_a_language_without_a_file_is_refused_with_those_there_are(client, path: str):
    answer = await client.get(f"{path}?lang=xx")
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["pointer"] == "/query/lang"
    assert all(f"'{language}'" in error["allowed"] for language in Language)


@pytest.mark.anyio
@each_route
async def test_who_has_the_bytes_gets_304(client, path: str):
    first = await client.get(f"{path}?lang=sv")
    etag = first.headers["etag"]
    assert etag.startswith('"')
    assert first.headers["cache-control"].startswith("public, max-age=")
    again = await client.get(f"{path}?lang=sv", headers={"If-None-Match": f'"other", {etag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    other = await client.get(f"{path}?lang=de", headers={"If-None-Match": etag})
    assert other.status_code == 200
