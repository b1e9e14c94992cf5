"""Answers about evaluations and the consensus."""

from __future__ import annotations

from pydantic import BaseModel, Field

from services.practices.record.evaluation import EvaluationIn
from services.practices.workflow.schemas import Missing


class EvaluationOut(BaseModel):
    """One's own evaluation, while it is written and after."""

    practice_id: str
    evaluator: str
    round: int
    answers: EvaluationIn
    missing: list[Missing]
    submitted_at: str | None


class EvaluationItem(BaseModel):
    """An evaluator of the round. `answers` is null until all evaluations are in."""

    evaluator: str
    submitted_at: str | None
    answers: EvaluationIn | None


class EvaluationList(BaseModel):
    """The evaluations of the current round."""

    round: int
    complete: bool = Field(description="All are in and can be read.")
    items: list[EvaluationItem]


class ConsensusOut(BaseModel):
    """What the evaluators agree on. `settled` when each of them has confirmed this wording."""

    practice_id: str
    round: int
    answers: EvaluationIn
    agreed: list[str] = Field(description="Ids of the evaluators who have confirmed it.")
    settled: bool
    updated_at: str
