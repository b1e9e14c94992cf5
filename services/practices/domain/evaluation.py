"""What an evaluation holds, when it is complete, and what of it everybody may read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from services.practices.domain.practice import Gap

_TEXTS = ("transferability", "reflection")


def judged(structure: Mapping[str, Any], *, required: bool = False) -> tuple[str, ...]:
    """The questions that are judged, such as `relevance.needs`, in the framework's order."""
    return tuple(
        f"{criterion['code']}.{question['code']}"
        for criterion in structure["criteria"]
        for question in criterion["questions"]
        if not required or question.get("required", False)
    )


def gaps(answers: Mapping[str, Any], structure: Mapping[str, Any]) -> list[Gap]:
    """What an evaluation lacks before it can be handed in; empty when it is complete.

    The questions that a region must answer must be judged, and a judgement needs its reason,
    unless the question cannot be judged.
    """
    return list(_gaps(answers, structure))


def _gaps(answers: Mapping[str, Any], structure: Mapping[str, Any]) -> Iterator[Gap]:
    judgements = answers.get("judgements", {})
    for code in judged(structure, required=True):
        if code not in judgements:
            yield Gap(f"/judgements/{code}", "Judge this question; it may be cannot-be-judged.")
    for code, given in judgements.items():
        if not given.get("reason"):
            yield Gap(f"/judgements/{code}/reason", "Say in a sentence why.")
    for question in structure["transferability"]:
        if question.get("required") and not answers.get("transferability", {}).get(
            question["code"]
        ):
            yield Gap(
                f"/transferability/{question['code']}", "Say what another region should know."
            )


def published(consensus: Mapping[str, Any], evaluators: int, date: str) -> dict[str, Any]:
    """The agreed evaluation as it stands in a published version: what was found, not by whom."""
    return {**consensus, "evaluators": evaluators, "date": date}
