"""People and clients as other services ask for them: who has access now, who may judge."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from services.gateway.domain.roles import EVERYWHERE, ROLES, Granted, scopes_of
from services.gateway.tables import Client
from services.gateway.tables_people import Person, RoleGrant

JUDGE, WRITE = "practices:evaluate", "practices:write"
_JUDGES = tuple(role for role, scopes in ROLES.items() if JUDGE in scopes)
# Where somebody judges or writes is where they come from.
_OWN = tuple(role for role, scopes in ROLES.items() if {JUDGE, WRITE} & set(scopes))


@dataclass(frozen=True, slots=True)
class Evaluator:
    """A person who evaluates practices. `regions` are the own ones, `folded` orders by name."""

    id: str
    display_name: str
    folded: str
    regions: frozenset[str]

    def reason(self, regions: Iterable[str]) -> str | None:
        """Why this person does not judge a practice of these regions; None when nothing is
        against it."""
        if EVERYWHERE in self.regions:
            return "Comes from every region, by the roles given."
        own = sorted(self.regions.intersection(regions))
        return f"Comes from {', '.join(own)}." if own else None


def evaluators(session: Session, after: str | None, limit: int) -> list[Evaluator]:
    """People with a role that judges, by name, those after a folded name."""
    judging = select(RoleGrant.person).where(col(RoleGrant.role).in_(_JUDGES))
    asked = select(Person).where(col(Person.id).in_(judging), col(Person.disabled_at).is_(None))
    if after is not None:
        asked = asked.where(Person.folded > after)
    people = list(session.exec(asked.order_by(col(Person.folded)).limit(limit)))
    grants = _grants(session, [one.id for one in people])
    return [
        Evaluator(
            one.id,
            one.display_name,
            one.folded,
            frozenset(region for role, region in grants[one.id] if role in _OWN),
        )
        for one in people
    ]


def known(session: Session, ids: Sequence[str]) -> list[dict[str, Any]]:
    """Those of the ids who have access now: id, kind, and pairs of scope and region."""
    people = session.exec(
        select(Person.id).where(col(Person.id).in_(ids), col(Person.disabled_at).is_(None))
    ).all()
    grants = _grants(session, people)
    found: list[dict[str, Any]] = [
        {"id": one, "kind": "person", "grants": scopes_of(grants[one])} for one in people
    ]
    clients = select(Client).where(col(Client.id).in_(ids), col(Client.revoked_at).is_(None))
    for one in session.exec(clients):
        pairs = [(scope, region) for scope in one.scopes for region in one.regions]
        found.append({"id": one.id, "kind": "client", "grants": pairs})
    return found


def _grants(session: Session, people: Sequence[str]) -> dict[str, list[Granted]]:
    found: dict[str, list[Granted]] = {one: [] for one in people}
    for row in session.exec(select(RoleGrant).where(col(RoleGrant.person).in_(people))):
        found[row.person].append((row.role, row.region))
    return found
