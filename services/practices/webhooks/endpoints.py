"""Where clients want to be told: each function is one transaction."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlmodel import Session, col, func, select

from services.practices.tables import FEED
from services.practices.webhooks import addresses, announcements
from services.practices.webhooks.sender import new_secret
from services.practices.webhooks.tables import Attempt, Delivery, Endpoint
from shared import feed
from shared.actor import Actor
from shared.clock import new_id, now
from shared.problems import InputError, Invalid, NotFound, NotLegal

SCOPES = ("practices:write", "practices:publish", "admin")
_WORK = ("practices:write", "practices:publish")
MOST = 10
OLD_SECRET_KEPT = timedelta(hours=24)


def register(
    session: Session, url: str, events: list[str], description: str, actor: Actor, *, local: bool
) -> Endpoint:
    """A new webhook, told from now on. NotLegal when the caller has as many as are allowed."""
    check_url(url, local=local)
    held = session.exec(
        select(func.count()).select_from(Endpoint).where(Endpoint.owner == actor.id)
    ).one()
    if held >= MOST:
        raise NotLegal(f"You have {held} webhooks, and {MOST} are allowed. Remove one first.")
    head = feed.head(session, FEED)
    endpoint = Endpoint(
        id=new_id(),
        owner=actor.id,
        url=url,
        description=description,
        events=events,
        regions=sorted(actor.regions_for(*_WORK)),
        secret=new_secret(),
        state="active",
        epoch=head.epoch,
        seq=head.seq,
        created_at=now(),
        updated_at=now(),
    )
    session.add(endpoint)
    return endpoint


def check_url(url: str, *, local: bool) -> None:
    """Raise Invalid for an address that is never called."""
    try:
        addresses.parse(url, local=local)
    except addresses.Refused as reason:
        error = InputError(
            "address_refused",
            f"This address is not called: {reason}.",
            "/url",
            value=url[:80],
            allowed="https://, a full name, port 443 or 8443, such as https://hooks.example.org/lab",
        )
        raise Invalid("The webhook cannot be delivered to this address.", [error]) from None


def mine(session: Session, actor: Actor) -> list[Endpoint]:
    """The caller's webhooks, the oldest first."""
    found = select(Endpoint).where(Endpoint.owner == actor.id).order_by(col(Endpoint.id))
    return list(session.exec(found).all())


def one(session: Session, endpoint_id: str, actor: Actor, *, lock: bool = False) -> Endpoint:
    """A webhook of the caller. Another client's is as if it did not exist."""
    endpoint = session.get(Endpoint, endpoint_id, with_for_update=lock or None)
    if endpoint is None or endpoint.owner != actor.id:
        raise NotFound(f"You have no webhook {endpoint_id!r}. GET /webhooks lists yours.")
    return endpoint


def change(
    session: Session, endpoint_id: str, changed: dict[str, Any], actor: Actor, *, local: bool
) -> Endpoint:
    """Set url, events, description or state. What waited while it was disabled is sent now."""
    endpoint = one(session, endpoint_id, actor, lock=True)
    if "url" in changed:
        check_url(changed["url"], local=local)
    was = endpoint.state
    for name, value in changed.items():
        setattr(endpoint, name, value)
    endpoint.updated_at = now()
    if endpoint.state == "active" and was != "active":
        endpoint.reason = endpoint.failing_since = None
        _hurry(session, endpoint_id)
    elif endpoint.state == "disabled" and was == "active":
        endpoint.reason = "Disabled by its owner."
    session.add(endpoint)
    return endpoint


def _hurry(session: Session, endpoint_id: str) -> None:
    waiting = select(Delivery).where(
        Delivery.endpoint_id == endpoint_id, Delivery.state == "pending"
    )
    for delivery in session.exec(waiting).all():
        delivery.next_at = now()
        session.add(delivery)


def remove(session: Session, endpoint_id: str, actor: Actor) -> None:
    """Forget the webhook with its deliveries and their log."""
    session.delete(one(session, endpoint_id, actor, lock=True))


def rotate(session: Session, endpoint_id: str, actor: Actor) -> Endpoint:
    """A new secret. For a day both sign, so that the receiver can change over at leisure."""
    endpoint = one(session, endpoint_id, actor, lock=True)
    endpoint.old_secret, endpoint.secret = endpoint.secret, new_secret()
    endpoint.old_secret_until = now() + OLD_SECRET_KEPT
    endpoint.updated_at = now()
    session.add(endpoint)
    return endpoint


def test(session: Session, endpoint_id: str, actor: Actor) -> Delivery:
    """Queue a `webhook.test` event. NotLegal for a webhook that is disabled."""
    endpoint = one(session, endpoint_id, actor, lock=True)
    if endpoint.state != "active":
        raise NotLegal('The webhook is disabled: PATCH it with `{"state": "active"}` first.')
    facts = {"id": endpoint.id, "text": "It works."}
    return announcements.queue(session, endpoint, [("webhook.test", endpoint.id, facts)])[0]


def deliveries(
    session: Session, endpoint_id: str, actor: Actor, before: int | None, limit: int
) -> tuple[list[tuple[Delivery, list[Attempt]]], int | None]:
    """The delivery log, the newest first, and the number to go on before (None: the end)."""
    one(session, endpoint_id, actor)
    page = select(Delivery).where(Delivery.endpoint_id == endpoint_id)
    if before is not None:
        page = page.where(Delivery.number < before)
    rows = list(session.exec(page.order_by(col(Delivery.number).desc()).limit(limit + 1)).all())
    shown = rows[:limit]
    return _with_attempts(session, shown), shown[-1].number if len(rows) > limit else None


def delivery(
    session: Session, endpoint_id: str, delivery_id: str, actor: Actor
) -> tuple[Delivery, list[Attempt]]:
    """One delivery with its attempts. NotFound when this webhook has none of this id."""
    one(session, endpoint_id, actor)
    return _with_attempts(session, [_held(session, endpoint_id, delivery_id)])[0]


def redeliver(session: Session, endpoint_id: str, delivery_id: str, actor: Actor) -> Delivery:
    """Send it again, with the same id. NotLegal while it waits, or the webhook is disabled."""
    endpoint = one(session, endpoint_id, actor, lock=True)
    found = _held(session, endpoint_id, delivery_id)
    if endpoint.state != "active":
        raise NotLegal('The webhook is disabled: PATCH it with `{"state": "active"}` first.')
    if found.state == "pending":
        raise NotLegal("It is waiting to be sent already.")
    found.state, found.next_at, found.finished_at = "pending", now(), None
    found.created_at = now()
    session.add(found)
    return found


def _held(session: Session, endpoint_id: str, delivery_id: str) -> Delivery:
    found = session.get(Delivery, delivery_id)
    if found is None or found.endpoint_id != endpoint_id:
        raise NotFound(f"The webhook has no delivery {delivery_id!r}; they are kept for a while.")
    return found


def _with_attempts(session: Session, rows: list[Delivery]) -> list[tuple[Delivery, list[Attempt]]]:
    wanted = select(Attempt).where(col(Attempt.delivery_id).in_([row.id for row in rows]))
    tries: dict[str, list[Attempt]] = {}
    for attempt in session.exec(wanted.order_by(col(Attempt.number))).all():
        tries.setdefault(attempt.delivery_id, []).append(attempt)
    return [(row, tries.get(row.id, [])) for row in rows]
