"""Clients of the API: made, checked, revoked."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from sqlmodel import Session, col, select

from services.gateway.domain.access import known
from services.gateway.tables import Client
from shared.clock import now
from shared.problems import NotFound


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a client signs in with. The secret is shown once and kept only as a hash."""

    client_id: str
    secret: str


def create_client(
    session: Session, name: str, scopes: list[str], regions: list[str]
) -> Credentials:
    """A new client. Invalid for a scope that does not exist."""
    made = Credentials(f"client_{secrets.token_hex(8)}", f"prs_{secrets.token_urlsafe(32)}")
    client = Client(
        id=made.client_id,
        name=name,
        secret_sha256=_hash(made.secret),
        scopes=sorted(known(scopes)),
        regions=sorted(set(regions)),
        created_at=now(),
    )
    session.add(client)
    return made


def authenticated(session: Session, client_id: str, secret: str) -> Client | None:
    """The client of these credentials; None when they are wrong or revoked.

    An unknown client costs the same comparison as a wrong secret. The secret is 32
    random bytes, so a fast hash is enough: there is nothing to guess.
    """
    client = session.get(Client, client_id)
    expected = client.secret_sha256 if client else _hash("")
    right = hmac.compare_digest(expected.encode(), _hash(secret).encode())
    return client if client and right and client.revoked_at is None else None


def clients(session: Session) -> list[Client]:
    """All clients, the newest first."""
    return list(session.exec(select(Client).order_by(col(Client.created_at).desc())))


def revoke(session: Session, client_id: str) -> None:
    """No new tokens for the client. NotFound when there is none of this id."""
    client = session.get(Client, client_id)
    if client is None:
        raise NotFound(f"There is no client {client_id}.")
    client.revoked_at = client.revoked_at or now()
    session.add(client)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
