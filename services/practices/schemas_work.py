"""Bodies and answers of the work on practices: steps, evaluations, conversation, desk."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from services.practices.domain.evaluation import judged
from services.practices.schemas_parts import STRUCTURE, Line, Strict, enum, one_of
from shared.text import Text

_JUDGED = judged(STRUCTURE)
_JUDGEMENTS = tuple(STRUCTURE["judgements"])
_ASPECTS = tuple(one["code"] for one in STRUCTURE["aspects"])
_TRANSFER = tuple(one["code"] for one in STRUCTURE["transferability"])
_REFLECTION = tuple(one["code"] for one in STRUCTURE["reflection"])

State = Literal[
    "draft",
    "submitted",
    "selected",
    "in_review",
    "changes_requested",
    "accepted",
    "published",
    "withdrawn",
    "rejected",
]
NextActor = Literal["author", "publisher", "evaluators", "nobody"]
Role = Literal["author", "publisher", "evaluator"]
Long = Annotated[Text, Field(min_length=1, max_length=3000)]
Pointer = Annotated[
    str, Field(max_length=300, pattern=r"^/[^\x00-\x1f\x7f-\x9f]*$", examples=["/summary"])
]
ActorId = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.:@-]+$")]
JudgedCode = Annotated[str, one_of(_JUDGED), enum(_JUDGED)]
JudgementCode = Annotated[str, one_of(_JUDGEMENTS), enum(_JUDGEMENTS)]
AspectCode = Annotated[str, one_of(_ASPECTS), enum(_ASPECTS)]
TransferCode = Annotated[str, one_of(_TRANSFER), enum(_TRANSFER)]
ReflectionCode = Annotated[str, one_of(_REFLECTION), enum(_REFLECTION)]


class AssignIn(Strict):
    """Who is to judge the practice: ids of two people or clients of other regions."""

    evaluators: Annotated[list[ActorId], Field(min_length=2, max_length=2)]


class MessageIn(Strict):
    """What is said about a field, or about the practice as a whole (pointer null)."""

    pointer: Pointer | None = None
    text: Long


class RequestChangesIn(Strict):
    """Which changes are asked for, field by field."""

    messages: Annotated[list[MessageIn], Field(min_length=1, max_length=100)]


class RejectIn(Strict):
    """Why the practice is not published."""

    reasons: Annotated[list[Long], Field(min_length=1, max_length=20)]


class PublishIn(Strict):
    """What a reader of the list of versions is told of this one."""

    reason: Annotated[Text, Field(min_length=1, max_length=500)] | None = None


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


class Missing(BaseModel):
    """What is needed before it can be handed in."""

    pointer: str
    detail: str


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


class MessageOut(BaseModel):
    """A message of the conversation; in which role it was written, never by whom."""

    id: str
    pointer: str | None
    text: str
    role: Role
    kind: Literal["message", "request", "reason"]
    at: str
    resolved: bool


class Conversation(BaseModel):
    """All messages about a practice, the oldest first."""

    items: list[MessageOut]


class DeskItem(BaseModel):
    """A practice on the caller's desk."""

    id: str
    title: str
    regions: list[str]
    state: State
    roles: list[Role] = Field(description="In which parts the caller works on it.")
    mine: bool = Field(description="The next step is the caller's.")
    next_actor: NextActor
    since: str
    due: str | None
    overdue: bool
    conversation_count: int = Field(description="Messages that nobody has resolved.")


class Desk(BaseModel):
    """A page of the caller's desk, what is due first first."""

    items: list[DeskItem]
    next: str | None


class NotificationOut(BaseModel):
    """Something that happened to a practice that concerns the caller."""

    id: str
    at: str
    event: str = Field(
        description="The step that was taken, `evaluated`, `agreed`, `message` or `reminder`."
    )
    practice_id: str
    title: str
    region: str
    role: Role = Field(description="In which part it concerns the caller.")
    state: str
    due: str | None
    link: str = Field(description="The address of the practice on the desk of the site.")
    read: bool


class NotificationList(BaseModel):
    """A page of notifications, the newest first."""

    items: list[NotificationOut]
    next: str | None
    unread: int = Field(description="Of all, not only of this page.")


class VersionItem(BaseModel):
    """A published version."""

    version: int
    published_at: str
    reason: str | None = Field(description="What changed; null when nobody said.")
    provenance: str
    url: str


class VersionList(BaseModel):
    """The published versions of a practice, the newest first."""

    items: list[VersionItem]


class PublishedEvaluation(EvaluationIn):
    """What two evaluators of other regions agreed on, as it stands in the published version."""

    evaluators: int
    date: str
