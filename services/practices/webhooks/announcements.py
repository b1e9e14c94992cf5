"""Telling webhooks of a step of the workflow, in the transaction of the step itself.

What is public needs no announcement: webhooks follow the change feed for that.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session, col, select, update

from services.practices.webhooks.tables import Delivery, Endpoint
from shared.clock import new_id, now, stamp

PUBLIC_EVENTS = ("practice.published", "practice.updated", "practice.withdrawn")
WORKFLOW_EVENTS = (
    "practice.state_changed",
    "practice.changes_requested",
    "practice.reminder_due",
)


def announce(
    session: Session, event: str, practice_id: str, region: str, data: Mapping[str, Any]
) -> int:
    """Queue the event for every webhook whose owner speaks for the region; how many there are.

    event  one of WORKFLOW_EVENTS
    data   what a receiver needs to ask further, such as `{"state": "in_review"}`; no text of
           the practice and nothing personal: it is kept in the delivery log
    """
    assert event in WORKFLOW_EVENTS, event
    listening = [
        endpoint
        for endpoint in session.exec(
            select(Endpoint).where(Endpoint.state == "active").order_by(col(Endpoint.id))
        ).all()
        if event in endpoint.events and not {region, "*"}.isdisjoint(endpoint.regions)
    ]
    for endpoint in listening:
        facts = {"id": practice_id, "region": region, **data}
        queue(session, endpoint, [(event, practice_id, facts)])
    return len(listening)


def queue(
    session: Session, endpoint: Endpoint, events: Sequence[tuple[str, str, Mapping[str, Any]]]
) -> list[Delivery]:
    """Number the events (type, practice, data) for an endpoint and store them for delivery."""
    if not events:
        return []
    last = session.exec(
        update(Endpoint)
        .where(col(Endpoint.id) == endpoint.id)
        .values(issued=col(Endpoint.issued) + len(events))
        .returning(col(Endpoint.issued))
    ).scalar_one()
    at = now()
    rows = [
        Delivery(
            id=new_id(),
            endpoint_id=endpoint.id,
            number=last - len(events) + 1 + index,
            event=event,
            practice_id=practice_id,
            body=json.dumps(
                {"type": event, "timestamp": stamp(at), "data": dict(data)}, ensure_ascii=False
            ),
            state="pending",
            next_at=at,
            created_at=at,
        )
        for index, (event, practice_id, data) in enumerate(events)
    ]
    session.add_all(rows)
    session.flush()
    return rows
