"""Clients of the API: made, checked, given a new secret, revoked."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, delete, or_, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from services.gateway import audit
from services.gateway.domain.access import known
from services.gateway.tables import AccessVersion, Client, UsedAssertion
from shared.clock import now
from shared.problems import NotFound, NotLegal
from shared.tokens import Jwks

OVERLAP = timedelta(days=7)
"""How long a secret goes on working after there is a new one."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a client signs in with. The secret is shown once and kept only as a hash."""

    client_id: str
    secret: str


def create_client(
    session: Session,
    name: str,
    scopes: list[str],
    regions: list[str],
    jwks: Mapping[str, Any] | None = None,
    by: str = audit.COMMAND,
) -> Credentials:
    """A new client. Invalid for a scope that does not exist, or keys that cannot be used.

    With `jwks` it signs assertions with a key of its own, and the secret is empty.
    """
    secret = _new_secret() if jwks is None else ""
    made = Credentials(f"client_{secrets.token_hex(8)}", secret)
    client = Client(
        id=made.client_id,
        name=name,
        secret_sha256=_hash(secret) if secret else "",
        jwks=None if jwks is None else Jwks.checked(jwks),
        scopes=sorted(known(scopes)),
        regions=sorted(set(regions)),
        created_at=now(),
    )
    session.add(client)
    detail = {"scopes": " ".join(client.scopes), "regions": " ".join(client.regions)}
    audit.write(session, by, "create_client", client.id, detail)
    return made


def authenticated(session: Session, client_id: str, secret: str) -> Client | None:
    """The client of these credentials; None when they are wrong or revoked.

    An unknown client costs the same comparison as a wrong secret. The secret is 32
    random bytes, so a fast hash is enough: there is nothing to guess.
    """
    client = session.get(Client, client_id)
    given = _hash(secret)
    accepted = [client.secret_sha256 if client else _hash("")]
    if client and client.previous_sha256 and client.previous_until:
        accepted.append(client.previous_sha256 if now() < client.previous_until else "")
    matches = [hmac.compare_digest(one.encode(), given.encode()) for one in accepted]
    return client if client and any(matches) and client.revoked_at is None else None


def signing(session: Session, client_id: str) -> Client | None:
    """The client of this id if it signs with a key of its own and is not revoked, else None."""
    client = session.get(Client, client_id)
    return client if client and client.jwks and client.revoked_at is None else None


def use_assertion(session: Session, client_id: str, token_id: str, until: datetime) -> bool:
    """Whether the assertion was not used before; it is used now."""
    over = delete(UsedAssertion).where(col(UsedAssertion.expires_at) < now())
    session.connection().execute(over)
    used = UsedAssertion(id=_hash(f"{client_id}\n{token_id}"), expires_at=until)
    try:
        with session.begin_nested():
            session.add(used)
    except IntegrityError:
        return False
    return True


def clients(
    session: Session, before: tuple[datetime, str] | None = None, limit: int = 1000
) -> list[Client]:
    """Clients, the newest first; those after the one made at `before`, with its id."""
    asked = select(Client).order_by(col(Client.created_at).desc(), col(Client.id).desc())
    if before is not None:
        moment, last = before
        same = and_(col(Client.created_at) == moment, col(Client.id) < last)
        asked = asked.where(or_(col(Client.created_at) < moment, same))
    return list(session.exec(asked.limit(limit)))


def client_of(session: Session, client_id: str) -> Client:
    """The client of this id. NotFound when there is none."""
    client = session.get(Client, client_id)
    if client is None:
        raise NotFound(f"There is no client {client_id}.")
    return client


def new_secret(
    session: Session, client_id: str, by: str = audit.COMMAND, overlap: timedelta = OVERLAP
) -> tuple[Credentials, datetime]:
    """Another secret for a client, and until when the one before it works as well.

    NotFound when there is no such client; NotLegal when it is revoked or has a key of its own.
    """
    client = session.get(Client, client_id, with_for_update=True)
    if client is None:
        raise NotFound(f"There is no client {client_id}.")
    if client.revoked_at is not None or client.jwks:
        raise NotLegal("A client has a new secret only while it is active and signs with one.")
    made = Credentials(client.id, _new_secret())
    client.previous_sha256, client.previous_until = client.secret_sha256, now() + overlap
    client.secret_sha256 = _hash(made.secret)
    session.add(client)
    audit.write(session, by, "new_secret", client.id)
    return made, client.previous_until


def revoke(session: Session, client_id: str, by: str = audit.COMMAND) -> None:
    """No new tokens for the client, and its old ones are refused.

    NotFound when there is none of this id. Nothing happens when it is revoked already.
    """
    client = client_of(session, client_id)
    if client.revoked_at is not None:
        return
    client.revoked_at = now()
    session.add(client)
    session.flush()
    counted = update(AccessVersion).values(number=col(AccessVersion.number) + 1)
    session.connection().execute(counted)
    audit.write(session, by, "revoke_client", client_id)


def access_version(session: Session) -> int:
    """Grows with each revocation."""
    return session.exec(select(AccessVersion.number)).one()


def revoked(session: Session, since: datetime) -> set[str]:
    """The ids of the clients revoked since a moment: tokens from before have run out."""
    asked = select(Client.id).where(col(Client.revoked_at) >= since)
    return set(session.exec(asked))


def _new_secret() -> str:
    return f"prs_{secrets.token_urlsafe(32)}"


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
