"""Bodies and answers of the webhooks API."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from services.practices.webhooks.announcements import PUBLIC_EVENTS
from services.practices.webhooks.tables import Attempt, Delivery, Endpoint
from shared.clock import stamp
from shared.text import Text

Event = Literal[
    "practice.published",
    "practice.updated",
    "practice.withdrawn",
    "practice.state_changed",
    "practice.changes_requested",
    "practice.reminder_due",
]
State = Literal["active", "disabled"]


def _once(values: list[Event]) -> list[Event]:
    if len(set(values)) < len(values):
        raise ValueError("each event is named once")
    return values


Url = Annotated[
    str,
    Field(
        min_length=10,
        max_length=2000,
        pattern=r"^https?://[^\s<>\"\\^`{|}\u0000-\u001f\u007f-\u009f]+$",
        description="https, port 443 or 8443, a machine of the public Internet.",
        examples=["https://hooks.example.org/lab"],
    ),
]
Events = Annotated[
    list[Event],
    Field(min_length=1, max_length=6, json_schema_extra={"uniqueItems": True}),
    AfterValidator(_once),
]
Description = Annotated[Text, Field(max_length=200)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class EndpointIn(_Strict):
    """Where to deliver, and which events."""

    url: Url
    events: Events = Field(
        default_factory=lambda: ["practice.published", "practice.updated", "practice.withdrawn"],
        description="Without it: what happens to public practices.",
    )
    description: Description = ""


class EndpointChange(_Strict):
    """What is to be changed. `state` active also sends what waited while it was disabled."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    url: Url | SkipJsonSchema[None] = None
    events: Events | SkipJsonSchema[None] = None
    description: Description | SkipJsonSchema[None] = None
    state: State | SkipJsonSchema[None] = None


class EndpointOut(BaseModel):
    """A webhook. `reason` says why it is disabled; `failing_since` is null after a success."""

    id: str
    url: str
    description: str
    events: list[str]
    state: State
    reason: str | None
    failing_since: str | None
    created_at: str
    updated_at: str


class EndpointWithSecret(EndpointOut):
    """A webhook with the secret that signs, shown this once."""

    secret: str


class EndpointList(BaseModel):
    """The caller's webhooks."""

    items: list[EndpointOut]


class AttemptOut(BaseModel):
    """One try. `status` null: no answer came, and `error` says why."""

    number: int
    at: str
    status: int | None
    error: str | None
    milliseconds: int


class DeliveryOut(BaseModel):
    """One event for one webhook. `id` is the webhook-id that the receiver sees every time."""

    id: str
    event: str
    state: Literal["pending", "delivered", "failed"]
    body: str = Field(description="Exactly what is sent and signed.")
    created_at: str
    next_at: str | None = Field(description="When it is tried next; null when it is finished.")
    finished_at: str | None
    attempts: list[AttemptOut]


class DeliveryList(BaseModel):
    """A page of the delivery log, the newest first."""

    items: list[DeliveryOut]
    next: str | None


assert set(PUBLIC_EVENTS) < set(Event.__args__)


def shown(endpoint: Endpoint) -> EndpointOut:
    """The webhook for its owner."""
    return EndpointOut.model_validate(_facts(endpoint))


def shown_with_secret(endpoint: Endpoint) -> EndpointWithSecret:
    """The webhook with its newest secret."""
    return EndpointWithSecret.model_validate({**_facts(endpoint), "secret": endpoint.secret})


def _facts(endpoint: Endpoint) -> dict[str, object]:
    since = endpoint.failing_since
    return {
        "id": endpoint.id,
        "url": endpoint.url,
        "description": endpoint.description,
        "events": endpoint.events,
        "state": endpoint.state,
        "reason": endpoint.reason,
        "failing_since": stamp(since) if since else None,
        "created_at": stamp(endpoint.created_at),
        "updated_at": stamp(endpoint.updated_at),
    }


def shown_delivery(delivery: Delivery, attempts: list[Attempt]) -> DeliveryOut:
    """A line of the delivery log."""
    finished = delivery.finished_at
    return DeliveryOut.model_validate(
        {
            "id": delivery.id,
            "event": delivery.event,
            "state": delivery.state,
            "body": delivery.body,
            "created_at": stamp(delivery.created_at),
            "next_at": stamp(delivery.next_at) if delivery.state == "pending" else None,
            "finished_at": stamp(finished) if finished else None,
            "attempts": [
                AttemptOut(
                    number=one.number,
                    at=stamp(one.at),
                    status=one.status,
                    error=one.error,
                    milliseconds=one.milliseconds,
                )
                for one in attempts
            ],
        }
    )
