"""Which texts a language of the template needs, by the language-free structure. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_FRAMED = {"framing": ("label", "text"), "judgements": ("label", "text")}
_BLOCKS = {
    "criteria": ("label", "help"),
    "aspects": ("label", "help", "why"),
    "inspiring": ("label", "help"),
    "room": ("label", "help"),
    "transferability": ("label", "help", "why"),
    "reflection": ("label", "help", "why"),
}


def expected(structure: Mapping[str, Any]) -> set[str]:
    """The place of every text that a language must have, as JSON pointers into its file."""
    return {"/language", *_of_template(structure), *_of_framework(structure)}


def question_codes(structure: Mapping[str, Any], *, required: bool = False) -> tuple[str, ...]:
    """The questions of the second step by code, such as `criteria.relevance.needs`, in their order.

    required  only those that must be answered before the step can be handed in
    """
    asked = [
        *(
            (f"criteria.{one['code']}", question)
            for one in structure["criteria"]
            for question in one["questions"]
        ),
        *(
            (f"aspects.{one['code']}", {"code": side})
            for one in structure["aspects"]
            for side in ("inspiring", "room")
        ),
        *(
            (part, question)
            for part in ("transferability", "reflection")
            for question in structure[part]
        ),
    ]
    return tuple(
        f"{place}.{question['code']}"
        for place, question in asked
        if not required or question.get("required", False)
    )


def texts(tree: Any, place: str = "") -> dict[str, str]:  # noqa: ANN401 - any JSON
    """Every text of a language's file, by its JSON pointer. A value of another type is empty."""
    if isinstance(tree, Mapping):
        parts = [
            (str(key).replace("~", "~0").replace("/", "~1"), value) for key, value in tree.items()
        ]
    elif isinstance(tree, list):
        parts = [(str(index), value) for index, value in enumerate(tree)]
    else:
        return {place: tree if isinstance(tree, str) else ""}
    return {at: text for key, value in parts for at, text in texts(value, f"{place}/{key}").items()}


def faults(structure: Mapping[str, Any], tree: Mapping[str, Any]) -> list[str]:
    """What is wrong with a language's file: missing, surplus and empty texts, by their place."""
    found, wanted = texts(tree), expected(structure)
    return [
        *(f"missing: {place}" for place in sorted(wanted - found.keys())),
        *(f"surplus: {place}" for place in sorted(found.keys() - wanted)),
        *(
            f"empty: {place}"
            for place in sorted(wanted)
            if place in found and not found[place].strip()
        ),
    ]


def _of_template(structure: Mapping[str, Any]) -> Iterator[str]:
    yield from _leaves("/template", ("title", "introduction"))
    for step in ("short", "questionnaire"):
        yield from _leaves(f"/template/steps/{step}", ("label", "help"))
    for section in structure["sections"]:
        yield from _leaves(f"/template/sections/{section['code']}", ("label", "help"))
        for field in section["fields"]:
            place = f"/template/fields/{field['code']}"
            yield from _leaves(place, ("label", "help", "why"))
            for part in field.get("parts", ()):
                yield from _leaves(f"{place}/parts/{part['code']}", ("label", "help"))
    for name, vocabulary in structure["vocabularies"].items():
        leaves = ("label", "definition") if vocabulary.get("definitions") else ("label",)
        for value in vocabulary["values"]:
            yield from _leaves(f"/vocabularies/{name}/{value}", leaves)


def _of_framework(structure: Mapping[str, Any]) -> Iterator[str]:
    yield from _leaves("/framework", ("title", "introduction"))
    for name, leaves in _FRAMED.items():
        for code in structure[name]:
            yield from _leaves(f"/framework/{name}/{code}", leaves)
    for name, leaves in _BLOCKS.items():
        yield from _leaves(f"/framework/blocks/{name}", leaves)
    for criterion in structure["criteria"]:
        place = f"/framework/criteria/{criterion['code']}"
        yield from _leaves(place, ("label", "definition", "why"))
        for question in criterion["questions"]:
            yield from _asked(f"{place}/questions/{question['code']}", question, ("text",))
    for aspect in structure["aspects"]:
        place = f"/framework/aspects/{aspect['code']}"
        yield from _leaves(place, ("label", "definition"))
        for list_ in ("inspiring", "room"):
            yield from _leaves(f"{place}/{list_}", range(aspect[list_]))
    for part in ("transferability", "reflection"):
        for question in structure[part]:
            place = f"/framework/{part}/{question['code']}"
            yield from _asked(place, question, ("label", "text"))
    for code in structure["glossary"]:
        yield from _leaves(f"/framework/glossary/{code}", ("term", "definition"))


def _asked(place: str, question: Mapping[str, Any], leaves: tuple[str, ...]) -> Iterator[str]:
    yield from _leaves(place, leaves)
    yield from _leaves(f"{place}/look_for", range(question["look_for"]))


def _leaves(place: str, names: tuple[str, ...] | range) -> Iterator[str]:
    return (f"{place}/{name}" for name in names)
