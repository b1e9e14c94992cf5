"""An evaluation as evaluators write it, and as it stands in a published version."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from services.practices.domain.evaluation import judged
from services.practices.record.parts import STRUCTURE, Line, Long, Strict, enum, one_of
from shared.text import Text

_JUDGED = judged(STRUCTURE)
_JUDGEMENTS = tuple(STRUCTURE["judgements"])
_ASPECTS = tuple(one["code"] for one in STRUCTURE["aspects"])
_TRANSFER = tuple(one["code"] for one in STRUCTURE["transferability"])
_REFLECTION = tuple(one["code"] for one in STRUCTURE["reflection"])

JudgedCode = Annotated[str, one_of(_JUDGED), enum(_JUDGED)]
JudgementCode = Annotated[str, one_of(_JUDGEMENTS), enum(_JUDGEMENTS)]
AspectCode = Annotated[str, one_of(_ASPECTS), enum(_ASPECTS)]
TransferCode = Annotated[str, one_of(_TRANSFER), enum(_TRANSFER)]
ReflectionCode = Annotated[str, one_of(_REFLECTION), enum(_REFLECTION)]


class FramingIn(Strict):
    """For whom, where and when the judgement holds."""

    population: Line | None = None
    context: Line | None = None
    period: Line | None = None


class JudgementIn(Strict):
    """The judgement on one question and the reason for it."""

    judgement: JudgementCode
    reason: Annotated[Text, Field(max_length=3000)] | None = None


class AspectIn(Strict):
    """What others could take as an example, and what could be better."""

    inspiring: Annotated[list[Line], Field(max_length=20)] = Field(default_factory=list[Line])
    room: Annotated[list[Line], Field(max_length=20)] = Field(default_factory=list[Line])


class EvaluationIn(Strict):
    """An evaluation by the framework, as `GET /evaluation-framework` has it. There is no total."""

    framing: FramingIn = Field(default_factory=FramingIn)
    judgements: dict[JudgedCode, JudgementIn] = Field(
        default_factory=dict[str, JudgementIn],
        description="By question, such as `relevance.needs`.",
    )
    aspects: dict[AspectCode, AspectIn] = Field(default_factory=dict[str, AspectIn])
    transferability: dict[TransferCode, Long] = Field(default_factory=dict[str, str])
    reflection: dict[ReflectionCode, Long] = Field(
        default_factory=dict[str, str], description="Lessons learnt, challenges, limiting factors."
    )


class PublishedEvaluation(EvaluationIn):
    """What two evaluators of other regions agreed on, as it stands in the published version."""

    evaluators: int
    date: str
