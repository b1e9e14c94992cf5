"""From the change feed to deliveries, and what becomes of each: one transaction a function.

A webhook's cursor moves in the transaction that stores its deliveries, so a process that
dies has either both or neither. A delivery is claimed for a while, sent outside of any
transaction, and then its outcome is stored: who dies in between leads to a second
delivery with the same id, never to none. The next event of a practice waits for the one
before it.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, or_
from sqlalchemy import select as plain_select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, delete, func, select, update

from services.practices.tables import FEED, Audit, Practice
from services.practices.webhooks import announcements
from services.practices.webhooks.sender import Message, Outcome
from services.practices.webhooks.tables import Attempt, Delivery, Endpoint
from shared import feed
from shared.clock import now

_log = logging.getLogger("webhooks")
_CLAIM = timedelta(seconds=60)
_PAGE = 200
_LONGEST_PAUSE = 12 * 3600.0
RESTARTED = "feed.restarted"


@dataclass(frozen=True, slots=True)
class Rules:
    """How patient we are.

    first_pause  seconds before the second try; each further pause is four times as long
    patience     after this time without success an event is given up, a webhook disabled
    """

    first_pause: float
    patience: timedelta

    def pause(self, attempts: int) -> timedelta:
        """How long to wait after so many tries, with jitter so that waiters do not march in step.

        Never less than what is asked of a first pause, never more than half a day.
        """
        plain = min(_LONGEST_PAUSE, self.first_pause * 4.0 ** min(attempts - 1, 12))
        return timedelta(seconds=plain * random.uniform(0.8, 1.2))


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that this worker may send."""

    endpoint_id: str
    owner: str
    delivery_id: str
    message: Message


def has_work(session: Session) -> bool:
    """Whether any webhook is behind the feed, or any delivery is due."""
    active = select(Endpoint).where(Endpoint.state == "active")
    endpoints = session.exec(active).all()
    if not endpoints:
        return False
    head = feed.head(session, FEED)
    if any((one.epoch, one.seq) != (head.epoch, head.seq) for one in endpoints):
        return True
    due = select(Delivery.id).where(Delivery.state == "pending", Delivery.next_at <= now())
    return session.exec(due.limit(1)).first() is not None


def fan_out(session: Session) -> int:
    """Turn the next changes of the feed into deliveries for each webhook; how many."""
    head = feed.head(session, FEED)
    behind = select(Endpoint).where(
        Endpoint.state == "active",
        or_(col(Endpoint.seq) != head.seq, col(Endpoint.epoch) != head.epoch),
    )
    # Another process may be doing the same for some of them: those are passed over.
    rows = session.exec(behind.with_for_update(skip_locked=True)).all()
    return sum(_follow(session, one, head) for one in rows)


def _follow(session: Session, endpoint: Endpoint, head: feed.Cursor) -> int:
    if endpoint.epoch != head.epoch or endpoint.seq > head.seq:
        # A restored backup: what was told and what is true may differ.
        facts = {"id": endpoint.id, "text": "Read GET /practices anew; events may be missing."}
        announcements.queue(session, endpoint, [(RESTARTED, endpoint.id, facts)])
        endpoint.epoch, endpoint.seq = head.epoch, head.seq
        session.add(endpoint)
        return 1
    change = FEED.change
    rows = (
        session.connection()
        .execute(
            plain_select(change)
            .where(change.c.seq > endpoint.seq)
            .order_by(change.c.seq)
            .limit(_PAGE)
        )
        .all()
    )
    told: list[tuple[str, str, Mapping[str, object]]] = []
    regions = dict(
        session.exec(
            select(Practice.id, Practice.region).where(
                col(Practice.id).in_({row.entity_id for row in rows})
            )
        ).all()
    )
    for row in rows:
        event = _event(session, row.version, row.entity_id, row.op)
        if row.entity == "practice" and event in endpoint.events:
            facts = {
                "id": row.entity_id,
                "version": row.version,
                "region": regions.get(row.entity_id),
                "changed_at": row.at,
            }
            told.append((event, row.entity_id, facts))
    announcements.queue(session, endpoint, told)
    if rows:
        endpoint.seq = rows[-1].seq
        session.add(endpoint)
    return len(told)


def _event(session: Session, version: int, practice_id: str, op: str) -> str:
    if op == "D":
        return "practice.withdrawn"
    # A version is public again when the one before it was withdrawn.
    withdrawn = select(Audit.id).where(
        Audit.practice_id == practice_id,
        Audit.action == "withdraw",
        Audit.version == version - 1,
    )
    fresh = version == 1 or session.exec(withdrawn.limit(1)).first() is not None
    return "practice.published" if fresh else "practice.updated"


def claim(session: Session, busy: Sequence[str], limit: int) -> list[Claimed]:
    """Take up to `limit` due deliveries for sending, none of the webhooks in `busy`."""
    at = now()
    earlier = aliased(Delivery)
    waits = exists().where(
        col(earlier.endpoint_id) == col(Delivery.endpoint_id),
        col(earlier.practice_id) == col(Delivery.practice_id),
        col(earlier.state) == "pending",
        col(earlier.number) < col(Delivery.number),
    )
    due = (
        select(Delivery, Endpoint)
        .join(Endpoint, col(Endpoint.id) == col(Delivery.endpoint_id))
        .where(
            Delivery.state == "pending",
            Delivery.next_at <= at,
            or_(col(Delivery.claimed_until).is_(None), col(Delivery.claimed_until) < at),
            Endpoint.state == "active",
            col(Endpoint.id).not_in(busy),
            ~waits,
        )
        .order_by(col(Delivery.next_at), col(Delivery.number))
        .limit(limit)
        .with_for_update(skip_locked=True, of=Delivery)
    )
    found: list[Claimed] = []
    for delivery, endpoint in session.exec(due).all():
        delivery.claimed_until = at + _CLAIM
        session.add(delivery)
        message = Message(delivery.id, endpoint.url, delivery.body, secrets_of(endpoint, at))
        found.append(Claimed(endpoint.id, endpoint.owner, delivery.id, message))
    return found


def give_back(session: Session, delivery_ids: Sequence[str]) -> None:
    """Let others send what this worker has claimed and will not finish."""
    session.exec(
        update(Delivery).where(col(Delivery.id).in_(delivery_ids)).values(claimed_until=None)
    )


def close(session: Session, owners: Collection[str]) -> None:
    """Disable the webhooks of those who have no access any more."""
    theirs = select(Endpoint).where(col(Endpoint.owner).in_(owners), Endpoint.state == "active")
    for endpoint in session.exec(theirs.with_for_update()).all():
        _disable(endpoint, "Its owner has no access any more.")
        session.add(endpoint)


def secrets_of(endpoint: Endpoint, at: datetime) -> list[str]:
    """The secrets that sign now: the new one first, the old one for its last day."""
    old, until = endpoint.old_secret, endpoint.old_secret_until
    return [endpoint.secret, *([old] if old and until and at < until else [])]


def record(session: Session, done: Sequence[tuple[Claimed, Outcome]], rules: Rules) -> None:
    """Store what became of deliveries: done, or when to try again, or given up."""
    for claimed, outcome in sorted(done, key=lambda pair: pair[0].endpoint_id):
        endpoint = session.get(Endpoint, claimed.endpoint_id, with_for_update=True)
        delivery = session.get(Delivery, claimed.delivery_id)
        # Removed while it was being sent: nobody wants to know any more.
        if endpoint is not None and delivery is not None:
            _settle(session, endpoint, delivery, outcome, rules)


def _settle(
    session: Session, endpoint: Endpoint, delivery: Delivery, outcome: Outcome, rules: Rules
) -> None:
    at = now()
    delivery.attempts += 1
    delivery.claimed_until = None
    session.add(
        Attempt(
            delivery_id=delivery.id,
            number=delivery.attempts,
            at=at,
            status=outcome.status,
            error=outcome.error,
            milliseconds=outcome.milliseconds,
        )
    )
    if outcome.delivered:
        delivery.state, delivery.finished_at = "delivered", at
        endpoint.failing_since = None
    else:
        endpoint.failing_since = endpoint.failing_since or at
        delivery.next_at = at + rules.pause(delivery.attempts)
        if at - endpoint.failing_since > rules.patience:
            _disable(endpoint, f"Every try has failed since {endpoint.failing_since:%Y-%m-%d}.")
        elif at - delivery.created_at > rules.patience:
            delivery.state, delivery.finished_at = "failed", at
        if outcome.status == 410:
            _disable(endpoint, "The receiver answered 410: it is gone.")
    session.add_all([delivery, endpoint])


def _disable(endpoint: Endpoint, reason: str) -> None:
    endpoint.state, endpoint.reason, endpoint.updated_at = "disabled", reason, now()
    _log.warning("webhook %s is disabled: %s", endpoint.id, reason)


def sweep(session: Session, kept: timedelta) -> int:
    """Forget deliveries that are older than they are kept; how many."""
    old = select(func.count()).select_from(Delivery).where(Delivery.created_at < now() - kept)
    number = session.exec(old).one()
    if number:
        session.exec(delete(Delivery).where(col(Delivery.created_at) < now() - kept))
    return number
