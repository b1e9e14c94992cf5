"""The practice template and the evaluation framework: data files made into answers.

`data/template/<version>/structure.json` is free of language: fields, limits, questions by
code. Beside it each language has one file with every text. The questionnaire of the second
step is the framework's questions made into fields, so each is written once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from services.practices.record.parts import DATA
from services.practices.template.schemas import (
    Aspect,
    Block,
    Criterion,
    Edition,
    FrameworkOut,
    Labelled,
    Limits,
    Option,
    Part,
    Question,
    Section,
    Step,
    StepCode,
    TemplateField,
    TemplateOut,
    Term,
)
from shared.text import folded

VERSION = "1"
FOLDER = DATA / "template" / VERSION


class Language(StrEnum):
    """The languages of the template; each has a file."""

    en = "en"
    fr = "fr"
    de = "de"
    it = "it"
    es = "es"
    pt = "pt"
    sv = "sv"
    ca = "ca"


@dataclass(frozen=True, slots=True)
class Ready:
    """An answer as bytes. `etag` is strong and includes its quotes."""

    content: bytes
    etag: str


@cache
def read(name: str) -> Mapping[str, Any]:
    """A file of the version: `structure`, `same` or the code of a language."""
    return json.loads((FOLDER / f"{name}.json").read_text("utf-8"))


@cache
def template(language: Language) -> TemplateOut:
    """The form in a language. KeyError when its file lacks a text; the tests say which."""
    structure, texts = read("structure"), read(language)
    short = [_section(section, texts["template"]) for section in structure["sections"]]
    later = list(_questionnaire(structure, texts["framework"]))
    steps: dict[StepCode, list[Section]] = {"short": short, "questionnaire": later}
    return TemplateOut(
        **_edition(structure, language, texts["template"]),
        steps=[
            Step(code=code, sections=sections, **texts["template"]["steps"][code])
            for code, sections in steps.items()
        ],
        vocabularies=_vocabularies(structure, texts["vocabularies"]),
    )


@cache
def framework(language: Language) -> FrameworkOut:
    """The evaluation framework in a language. KeyError when its file lacks a text."""
    structure, texts = read("structure"), read(language)["framework"]
    criteria = [
        Criterion(
            **texts["criteria"][one["code"]]
            | {
                "code": one["code"],
                "questions": _questions(
                    f"criteria.{one['code']}",
                    one["questions"],
                    texts["criteria"][one["code"]]["questions"],
                ),
            }
        )
        for one in structure["criteria"]
    ]
    terms = [Term(code=code, **texts["glossary"][code]) for code in structure["glossary"]]
    return FrameworkOut(
        **_edition(structure, language, texts),
        framing=[Labelled(code=code, **texts["framing"][code]) for code in structure["framing"]],
        judgements=[
            Labelled(code=code, **texts["judgements"][code]) for code in structure["judgements"]
        ],
        blocks={name: Block(**block) for name, block in texts["blocks"].items()},
        criteria=criteria,
        aspects=[_aspect(one["code"], texts["aspects"]) for one in structure["aspects"]],
        transferability=_questions(
            "transferability", structure["transferability"], texts["transferability"]
        ),
        reflection=_questions("reflection", structure["reflection"], texts["reflection"]),
        glossary=sorted(terms, key=lambda term: _place(term.term, language)),
    )


@cache
def ready(make: Callable[[Language], Edition], language: Language) -> Ready:
    """The answer of `template` or `framework` as bytes, made once."""
    content = make(language).model_dump_json(exclude_none=True).encode()
    return Ready(content, f'"{hashlib.sha256(content).hexdigest()[:32]}"')


def _place(word: str, language: Language) -> str:
    """Where the word stands in the alphabet; in Swedish å, ä and ö are its last letters."""
    lower = word.lower()
    if language is Language.sv:
        lower = lower.replace("å", "z1").replace("ä", "z2").replace("ö", "z3")
    return folded(lower)


def _edition(
    structure: Mapping[str, Any], language: Language, texts: Mapping[str, Any]
) -> dict[str, Any]:
    about = {name: structure[name] for name in ("version", "date", "licence", "source")}
    own = {"title": texts["title"], "introduction": texts["introduction"]}
    return about | own | {"language": language.value, "languages": structure["texts"]}


def _section(section: Mapping[str, Any], texts: Mapping[str, Any]) -> Section:
    own = texts["sections"][section["code"]]
    fields = [_field(field, texts["fields"][field["code"]]) for field in section["fields"]]
    return Section(code=section["code"], fields=fields, **own)


def _field(field: Mapping[str, Any], texts: Mapping[str, Any]) -> TemplateField:
    own = {name: texts[name] for name in ("label", "help", "why")}
    return TemplateField(
        **own,
        code=field["code"],
        type=field["type"],
        required=field.get("required", False),
        limits=Limits(**field.get("limits", {})),
        vocabulary=field.get("vocabulary"),
        record=f"/{field['code']}",
        personal=field.get("personal", False),
        prompts=[],
        shows=[],
        parts=[_part(part, texts["parts"][part["code"]]) for part in field.get("parts", ())],
    )


def _part(part: Mapping[str, Any], texts: Mapping[str, Any]) -> Part:
    return Part(
        **texts,
        code=part["code"],
        type=part["type"],
        required=part.get("required", False),
        limits=Limits(**part.get("limits", {})),
        vocabulary=part.get("vocabulary"),
    )


def _questionnaire(structure: Mapping[str, Any], texts: Mapping[str, Any]) -> Iterator[Section]:
    blocks = texts["blocks"]
    for criterion in structure["criteria"]:
        own = texts["criteria"][criterion["code"]]
        code, block = f"criteria.{criterion['code']}", blocks["criteria"] | {"why": own["why"]}
        fields = [
            _asked(code, entry, block, own["questions"][entry["code"]])
            for entry in criterion["questions"]
        ]
        yield Section(code=code, label=own["label"], help=own["definition"], fields=fields)
    for aspect in structure["aspects"]:
        own = texts["aspects"][aspect["code"]]
        code = f"aspects.{aspect['code']}"
        fields = [
            _asked(
                code,
                {"code": side},
                blocks["aspects"] | {"help": blocks[side]["help"]},
                {"text": blocks[side]["label"], "look_for": own[side]},
            )
            for side in ("inspiring", "room")
        ]
        yield Section(code=code, label=own["label"], help=own["definition"], fields=fields)
    for part in ("transferability", "reflection"):
        block = blocks[part]
        fields = [
            _asked(part, entry, block, texts[part][entry["code"]]) for entry in structure[part]
        ]
        yield Section(code=part, label=block["label"], help=block["help"], fields=fields)


def _asked(
    place: str, entry: Mapping[str, Any], block: Mapping[str, Any], texts: Mapping[str, Any]
) -> TemplateField:
    code = f"{place}.{entry['code']}"
    return TemplateField(
        code=code,
        label=texts["text"],
        help=block["help"],
        why=block["why"],
        type="text",
        required=entry.get("required", False),
        limits=Limits(**read("structure")["answer_limits"]),
        record=f"/questionnaire/{code}",
        personal=False,
        prompts=texts["look_for"],
        shows=entry.get("shows", []),
        parts=[],
    )


def _vocabularies(
    structure: Mapping[str, Any], texts: Mapping[str, Any]
) -> dict[str, list[Option]]:
    own = {
        name: [Option(value=value, **texts[name][value]) for value in vocabulary["values"]]
        for name, vocabulary in structure["vocabularies"].items()
    }
    languages = structure["languages"].items()
    return own | {"languages": [Option(value=code, label=name) for code, name in languages]}


def _questions(
    place: str, entries: list[Mapping[str, Any]], texts: Mapping[str, Any]
) -> list[Question]:
    return [
        Question(code=entry["code"], field=f"{place}.{entry['code']}", **texts[entry["code"]])
        for entry in entries
    ]


def _aspect(code: str, texts: Mapping[str, Any]) -> Aspect:
    own = texts[code]
    return Aspect(
        code=code,
        label=own["label"],
        definition=own["definition"],
        inspiring=own["inspiring"],
        room_for_improvement=own["room"],
    )
