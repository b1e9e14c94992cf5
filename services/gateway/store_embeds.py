"""Embed keys: made, listed, changed, replaced, revoked, and their use counted."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, or_, select

from services.gateway import audit
from services.gateway.tables_embeds import EmbedKey, EmbedUsage
from shared.clock import now
from shared.problems import InputError, Invalid, NotFound, NotLegal

PREFIX = "prk_"
# A partner changes its pages within this time after a key was replaced.
OVERLAP = timedelta(days=30)
_HOST = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_ORIGIN = re.compile(
    rf"https://{_HOST}(?:\.{_HOST})*(?::[0-9]{{1,5}})?"
    r"|http://(?:localhost|127\.0\.0\.1|\[::1\])(?::[0-9]{1,5})?"
)


def checked(origins: Sequence[str]) -> list[str]:
    """The origins as browsers send them, sorted. Invalid naming each that is none.

    HTTPS only, but for pages on the author's own machine.
    """
    found = sorted({origin.strip().lower().rstrip("/") for origin in origins})
    wrong = [
        InputError(
            "bad_origin",
            "An origin is a scheme, a host and, where it is not the usual one, a port.",
            f"/origins/{at}",
            value=origin[:80],
            allowed="https://www.example.org",
        )
        for at, origin in enumerate(origins)
        if not _ORIGIN.fullmatch(origin.strip().lower().rstrip("/"))
    ]
    if wrong or not found:
        raise Invalid("An embed key needs at least one origin, each written in full.", wrong)
    return found


def create(
    session: Session, name: str, origins: Sequence[str], per_minute: int, actor: str
) -> EmbedKey:
    """A new key. Invalid for an origin that is none."""
    key = _made(session, name, checked(origins), per_minute)
    audit.write(session, actor, "create_embed_key", key.id, {"name": name})
    return key


def _made(session: Session, name: str, origins: list[str], per_minute: int) -> EmbedKey:
    key = EmbedKey(
        id=PREFIX + secrets.token_urlsafe(18),
        name=name,
        origins=origins,
        per_minute=per_minute,
        created_at=now(),
    )
    session.add(key)
    return key


def keys(session: Session) -> list[EmbedKey]:
    """All keys, the newest first."""
    newest = (col(EmbedKey.created_at).desc(), col(EmbedKey.id))
    return list(session.exec(select(EmbedKey).order_by(*newest)))


def working(session: Session) -> list[EmbedKey]:
    """The keys that may be used now."""
    query = select(EmbedKey).where(
        col(EmbedKey.revoked_at).is_(None),
        or_(col(EmbedKey.retires_at).is_(None), col(EmbedKey.retires_at) > now()),
    )
    return list(session.exec(query))


def change(
    session: Session,
    key_id: str,
    name: str | None,
    origins: Sequence[str] | None,
    per_minute: int | None,
    actor: str,
) -> EmbedKey:
    """Another name, other origins, another quota; None leaves a part as it is."""
    key = _alive(session, key_id)
    if name is not None:
        key.name = name
    if origins is not None:
        key.origins = checked(origins)
    if per_minute is not None:
        key.per_minute = per_minute
    session.add(key)
    given = {"name": name, "origins": origins, "per_minute": per_minute}
    changed = {part: str(value) for part, value in given.items() if value is not None}
    audit.write(session, actor, "change_embed_key", key.id, changed)
    return key


def rotate(session: Session, key_id: str, actor: str) -> EmbedKey:
    """A new key in place of this one, which goes on working for thirty days."""
    old = _alive(session, key_id)
    if old.replaced_by is not None:
        raise NotLegal(f"{key_id} was replaced by {old.replaced_by} already.")
    new = _made(session, old.name, old.origins, old.per_minute)
    old.replaced_by = new.id
    old.retires_at = now() + OVERLAP
    session.add(old)
    audit.write(session, actor, "rotate_embed_key", old.id, {"replaced_by": new.id})
    return new


def revoke(session: Session, key_id: str, actor: str) -> EmbedKey:
    """The key is refused from now on. NotFound when there is none of this id."""
    key = _found(session, key_id)
    if key.revoked_at is None:
        key.revoked_at = now()
        session.add(key)
        audit.write(session, actor, "revoke_embed_key", key.id)
    return key


def usage(session: Session, key_id: str, since: date) -> list[EmbedUsage]:
    """What was used on each day from `since` on. NotFound when there is no such key."""
    _found(session, key_id)
    query = select(EmbedUsage).where(col(EmbedUsage.key) == key_id, col(EmbedUsage.day) >= since)
    return list(session.exec(query.order_by(col(EmbedUsage.day))))


def totals(session: Session, since: date) -> dict[str, tuple[int, int]]:
    """Requests and refusals of each key from `since` on."""
    rows = session.exec(
        select(
            EmbedUsage.key,
            func.sum(col(EmbedUsage.requests)),
            func.sum(col(EmbedUsage.refused)),
        )
        .where(col(EmbedUsage.day) >= since)
        .group_by(col(EmbedUsage.key))
    )
    return {key: (int(requests), int(refused)) for key, requests, refused in rows}


def count(session: Session, counted: Mapping[tuple[str, date], tuple[int, int]]) -> None:
    """Add requests and refusals by key and day. Several gateways may do so at once."""
    named = select(EmbedKey.id).where(col(EmbedKey.id).in_({key for key, _ in counted}))
    known = set(session.exec(named))
    rows = [
        {"key": key, "day": day, "requests": requests, "refused": refused}
        # In one order everywhere, so that two gateways do not wait for one another.
        for (key, day), (requests, refused) in sorted(counted.items())
        if key in known
    ]
    if not rows:
        return
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    insert: Any = dialect.insert(EmbedUsage).values(rows)
    session.connection().execute(
        insert.on_conflict_do_update(
            index_elements=["key", "day"],
            set_={
                "requests": col(EmbedUsage.requests) + insert.excluded.requests,
                "refused": col(EmbedUsage.refused) + insert.excluded.refused,
            },
        )
    )


def _found(session: Session, key_id: str) -> EmbedKey:
    key = session.get(EmbedKey, key_id)
    if key is None:
        raise NotFound(f"There is no embed key {key_id}.")
    return key


def _alive(session: Session, key_id: str) -> EmbedKey:
    key = _found(session, key_id)
    if key.revoked_at is not None:
        raise NotLegal(f"{key_id} is revoked.")
    return key
