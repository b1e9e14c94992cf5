"""Signing in with name and password, and with a code where the person uses one."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session

from services.gateway import audit
from services.gateway.people import codes, limiter, sessions, store
from services.gateway.people.hashing import Hashing
from services.gateway.people.store import Account
from services.gateway.tables_people import Person
from shared.db import Database
from shared.problems import Problem, Unauthorized
from shared.text import folded


@dataclass(frozen=True, slots=True)
class Try:
    """What somebody signs in with, and from where.

    replaces  what the browser's cookie held until now
    """

    name: str
    password: str
    code: str | None
    peer: str
    replaces: str = ""


async def sign_in(database: Database, hashing: Hashing, one: Try) -> str:
    """What the cookie of the new session holds.

    The same answer, after the same work, for an unknown name, a wrong password and a
    disabled person. Raises Unauthorized, or TooMany with the seconds to wait.
    """
    wait = await database.write(limiter.count, folded(one.name), one.peer)
    if wait:
        raise limiter.refused(wait)
    found = await database.read(store.named, one.name)
    usable = found if found and found.person.disabled_at is None else None
    right = await hashing.matches(usable.person.password if usable else "", one.password)
    if usable is None or not right:
        await database.write(_failed, found.person.id if found else "")
        raise _refused("The name or the password is wrong.", "wrong_credentials")
    if usable.person.totp_confirmed and not one.code:
        raise _refused("Send the code of your authenticator as well.", "code_required")
    held = await database.write(_finish, usable, one)
    if held is None:
        await database.write(_failed, usable.person.id)
        raise _refused("The code is wrong or was used before.", "wrong_code")
    return held


async def confirmed(
    database: Database, hashing: Hashing, person_id: str, password: str, peer: str
) -> None:
    """Ask for the password again, as for signing in. Unauthorized when it is another one."""
    person = (await database.read(store.account, person_id)).person
    wait = await database.write(limiter.count, person.folded, peer)
    if wait:
        raise limiter.refused(wait)
    if not await hashing.matches(person.password, password):
        await database.write(_failed, person_id)
        raise _refused("The password is wrong.", "wrong_credentials")
    await database.write(limiter.forget, person.folded, peer)


def _finish(session: Session, seen: Account, one: Try) -> str | None:
    person = session.get(Person, seen.person.id, with_for_update=True)
    # Between the check and now somebody may have changed the password or disabled the person.
    if person is None or person.disabled_at or person.password != seen.person.password:
        return None
    if person.totp_confirmed and not use_code(session, person, one.code or ""):
        return None
    limiter.forget(session, folded(one.name), one.peer)
    return sessions.begin(session, person.id, one.replaces, "password")


def use_code(session: Session, person: Person, code: str) -> bool:
    """Whether the code is right and newer than the last one; it is used up then."""
    step = codes.step_of(person.totp_secret or "", code)
    if step is None or step <= person.totp_step:
        return False
    person.totp_step = step
    session.add(person)
    session.flush()
    return True


def _failed(session: Session, person_id: str) -> None:
    audit.write(session, "", "sign_in_failed", person_id)


def _refused(detail: str, error: str) -> Problem:
    return Unauthorized(
        detail, headers={"WWW-Authenticate": 'Session realm="people"'}, extra={"error": error}
    )
