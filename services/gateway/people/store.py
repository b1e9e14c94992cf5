"""People and their roles: made, granted, changed, removed. Each deed leaves a row in the trail."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from services.gateway import audit
from services.gateway.domain.roles import Granted, check_role, scopes_of
from services.gateway.tables_people import Person, RoleGrant, SignedIn
from shared.actor import Actor
from shared.clock import new_id, now
from shared.problems import NotFound, NotLegal
from shared.text import folded


@dataclass(frozen=True, slots=True)
class Account:
    """A person with the roles, as read at one moment."""

    person: Person
    grants: tuple[Granted, ...]

    @property
    def tag(self) -> str:
        """The version, as an entity tag without its quotes."""
        return f"v{self.person.version}"

    @property
    def actor(self) -> Actor:
        """The person as an actor. Until a given password is changed, it may do nothing."""
        grants = () if self.person.must_change else scopes_of(self.grants)
        return Actor.granted("person", self.person.id, grants)


def one_time_password() -> str:
    """A password to hand over: 100 bits, without letters that look alike."""
    letters = "abcdefghijkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(5)) for _ in range(4))


def create(
    session: Session,
    by: str,
    name: str,
    display_name: str,
    password: str,
    grants: Sequence[Granted] = (),
    *,
    must_change: bool = True,
) -> Account:
    """A new person. `password` is a hash. NotLegal when the name is taken."""
    for role, region in grants:
        check_role(role, region)
    person = Person(
        id=new_id(),
        name=name,
        folded=_compared(name),
        display_name=display_name or name,
        password=password,
        must_change=must_change,
        created_at=now(),
    )
    _added(session, person)
    session.add_all(RoleGrant(person=person.id, role=r, region=c) for r, c in set(grants))
    for role, region in sorted(set(grants)):
        audit.write(session, by, "grant", person.id, {"role": role, "region": region})
    audit.write(session, by, "create_person", person.id)
    return account(session, person.id)


def of_provider(session: Session, issuer: str, subject: str, name: str) -> Account:
    """The person whom the provider knows as this subject; made, without roles, at first sight."""
    known = select(Person).where(Person.issuer == issuer, Person.subject == subject)
    person = session.exec(known).first()
    if person is None:
        # A name of the provider's could be that of an account here: the id makes it another.
        fresh = new_id()
        label = f"{name[:60]} ({fresh[-8:]})"
        person = Person(
            id=fresh,
            name=label,
            folded=_compared(label),
            display_name=name[:200] or label,
            password="",
            must_change=False,
            issuer=issuer,
            subject=subject,
            created_at=now(),
        )
        _added(session, person)
        audit.write(session, person.id, "create_person", person.id, {"by": "provider"})
    return account(session, person.id)


def account(session: Session, person_id: str) -> Account:
    """The person with roles. NotFound when there is none of this id."""
    person = session.get(Person, person_id)
    if person is None:
        raise NotFound(f"There is no person {person_id}.")
    return Account(person, _grants(session, person_id))


def held(session: Session, person_id: str) -> Account:
    """The person, locked until the end of the transaction. NotFound when there is none."""
    return Account(_held(session, person_id), _grants(session, person_id))


def named(session: Session, name: str) -> Account | None:
    """The person of this name, however it is capitalised; None when there is none."""
    person = session.exec(select(Person).where(Person.folded == _compared(name))).first()
    return Account(person, _grants(session, person.id)) if person else None


def people(session: Session, after: str | None = None, limit: int = 1000) -> list[Account]:
    """People by name, those after a folded name."""
    asked = select(Person).order_by(col(Person.folded)).limit(limit)
    if after is not None:
        asked = asked.where(Person.folded > after)
    found = list(session.exec(asked))
    ids = [person.id for person in found]
    grants = session.exec(select(RoleGrant).where(col(RoleGrant.person).in_(ids)))
    held: dict[str, list[Granted]] = {one: [] for one in ids}
    for grant in grants:
        held[grant.person].append((grant.role, grant.region))
    return [Account(person, tuple(sorted(held[person.id]))) for person in found]


def change(
    session: Session,
    by: str,
    person_id: str,
    *,
    display_name: str | None = None,
    disabled: bool | None = None,
) -> Account:
    """Rename or disable a person; None leaves as it is. Disabling ends all sessions."""
    person = _held(session, person_id)
    if display_name is not None:
        person.display_name = display_name
        audit.write(session, by, "rename_person", person_id)
    if disabled is not None and disabled != (person.disabled_at is not None):
        if disabled:
            _keep_an_administrator(session, person_id)
            end_sessions(session, person_id)
        person.disabled_at = now() if disabled else None
        audit.write(session, by, "disable" if disabled else "enable", person_id)
    return _changed(session, person)


def erase(session: Session, by: str, person_id: str) -> None:
    """Remove a person with all that is known of them. The trail keeps the id, which names nobody.

    NotFound when there is none; NotLegal for the last administrator.
    """
    person = _held(session, person_id)
    _keep_an_administrator(session, person_id)
    end_sessions(session, person_id)
    session.connection().execute(delete(RoleGrant).where(col(RoleGrant.person) == person_id))
    session.delete(person)
    audit.write(session, by, "erase_person", person_id)


def set_password(
    session: Session, by: str, person_id: str, password: str, *, must_change: bool
) -> Account:
    """Give a person another password (a hash); every session of theirs ends."""
    person = _held(session, person_id)
    person.password, person.must_change = password, must_change
    if must_change:
        # Somebody who lost the password has often lost the telephone with it.
        person.totp_secret, person.totp_confirmed = None, False
    end_sessions(session, person_id)
    audit.write(session, by, "reset_password" if must_change else "change_password", person_id)
    return _changed(session, person)


def grant(session: Session, by: str, person_id: str, role: str, region: str) -> Account:
    """Give a role for a region; nothing happens when the person holds it."""
    check_role(role, region)
    person = _held(session, person_id)
    if session.get(RoleGrant, (person_id, role, region)) is None:
        session.add(RoleGrant(person=person_id, role=role, region=region))
        audit.write(session, by, "grant", person_id, {"role": role, "region": region})
        return _changed(session, person)
    return account(session, person_id)


def ungrant(session: Session, by: str, person_id: str, role: str, region: str) -> Account:
    """Take a role away. NotFound when the person does not hold it for the region."""
    person = _held(session, person_id)
    row = session.get(RoleGrant, (person_id, role, region))
    if row is None:
        raise NotFound(f"The person is not {role} for {region}.")
    if role == "administrator":
        _keep_an_administrator(session, person_id)
    session.delete(row)
    audit.write(session, by, "revoke", person_id, {"role": role, "region": region})
    return _changed(session, person)


def end_sessions(session: Session, person_id: str) -> None:
    """Sign the person out everywhere."""
    session.connection().execute(delete(SignedIn).where(col(SignedIn.person) == person_id))


def _held(session: Session, person_id: str) -> Person:
    person = session.get(Person, person_id, with_for_update=True)
    if person is None:
        raise NotFound(f"There is no person {person_id}.")
    return person


def _compared(name: str) -> str:
    return folded(name).strip()


def _added(session: Session, person: Person) -> None:
    try:
        with session.begin_nested():
            session.add(person)
    except IntegrityError as taken:
        raise NotLegal(f"There is a person of the name {person.name} already.") from taken


def _changed(session: Session, person: Person) -> Account:
    person.version += 1
    session.add(person)
    session.flush()
    return account(session, person.id)


def _grants(session: Session, person_id: str) -> tuple[Granted, ...]:
    asked = select(RoleGrant.role, RoleGrant.region).where(RoleGrant.person == person_id)
    return tuple(sorted(session.exec(asked)))


def _keep_an_administrator(session: Session, leaving: str) -> None:
    # Locked, so that two who leave at once do not both find the other one.
    admins = select(RoleGrant).where(RoleGrant.role == "administrator").with_for_update()
    held = {row.person for row in session.exec(admins)}
    if leaving not in held:
        return
    others = select(func.count()).select_from(Person)
    others = others.where(col(Person.id).in_(held - {leaving}), col(Person.disabled_at).is_(None))
    if session.exec(others).one() == 0:
        raise NotLegal("This is the last administrator: make another one first.")
