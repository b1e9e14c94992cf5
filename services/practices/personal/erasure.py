"""Personal data: what is kept where and why, giving it out, removing it.

Contacts stand in a table of their own. Everything else is text that regions wrote, in
which somebody may be named all the same; so removal looks at every text column of the
database as it is, not at a list that somebody must remember to extend.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    MetaData,
    String,
    Table,
    Text,
    cast,
    delete,
    func,
    insert,
    or_,
    select,
    text,
    update,
)
from sqlmodel import Session, col
from sqlmodel import delete as delete_rows
from sqlmodel import select as select_rows

from services.practices import trail
from services.practices.tables import FEED, IDEMPOTENCY, Contact, Practice
from shared import feed
from shared.clock import now, stamp
from shared.db import Database
from shared.feed import Entry
from shared.problems import NotFound

REMOVED = "[removed]"
# Who may run commands on the machine: in the trail, a command is nobody's token.
OPERATOR = "operator"
# A chain of digests that nobody may change; it names actors by id only.
_KEPT = ("audit", "audit_head")


@dataclass
class Erased:
    """What was removed: rows by table, and texts that were blanked by table and column."""

    rows: dict[str, int] = field(default_factory=dict[str, int])
    texts: dict[str, int] = field(default_factory=dict[str, int])
    practices: list[str] = field(default_factory=list[str])

    def __bool__(self) -> bool:
        return bool(self.rows or self.texts)


def export(session: Session, email: str) -> dict[str, Any]:
    """Everything that is kept about the person behind an e-mail address."""
    contacts = [
        {
            "practice": row.practice_id,
            "name": row.name,
            "organisation": row.organisation,
            "email": row.email,
            "phone": row.phone,
            "purpose": row.purpose,
            "kept_until": stamp(row.kept_until),
        }
        for row in _contacts(session, email)
    ]
    mentions = [
        {"table": table.name, "column": column.name, "row": key}
        for table, column, key, _ in _holding(session, [email])
        if table.name not in ("contact", *_KEPT)
    ]
    return {"email": email, "at": stamp(now()), "contacts": contacts, "mentioned_in": mentions}


def erase_person(session: Session, email: str, further: Sequence[str] = ()) -> Erased:
    """Remove the contacts of an e-mail address, and the address from every text.

    further  more texts to remove wherever they stand, such as a name or a telephone number;
             the name and the telephone number of the contacts are always among them

    A practice keeps its place; texts that named the person say `[removed]` instead.
    """
    done = Erased()
    contacts = _contacts(session, email)
    found = {email, *further}
    found |= {one for row in contacts for one in (row.name, row.phone) if one and len(one) > 4}
    for row in contacts:
        session.delete(row)
    if contacts:
        done.rows["contact"] = len(contacts)
    session.flush()
    needles = sorted(found, key=len, reverse=True)
    _forget_answers(session, needles, done)
    changed: set[str] = set()
    for table, column, key, value in list(_holding(session, needles)):
        if table.name not in _KEPT:
            # Two practices of a region may not share an external id, but both may have none.
            blank = None if column.name == "external_id" else _without(value, needles)
            _blank(session, table, column, key, blank)
            name = f"{table.name}.{column.name}"
            done.texts[name] = done.texts.get(name, 0) + 1
            if table.name == "practice":
                changed.add(key["id"])
    done.practices = sorted(changed)
    for practice_id in {*done.practices, *(row.practice_id for row in contacts)}:
        trail.write(session, OPERATOR, "erase", practice_id)
    _tell(session, done.practices)
    return done


def erase_practice(session: Session, practice_id: str) -> Erased:
    """Remove a practice with all that belongs to it. NotFound when there is none.

    The change feed tells everybody that it is gone; the trail keeps that there was one.
    """
    practice = session.get(Practice, practice_id)
    if practice is None:
        raise NotFound(f"There is no practice {practice_id!r}.")
    version = practice.version
    session.expunge(practice)
    done = Erased(practices=[practice_id])
    _forget_answers(session, [practice_id], done)
    for table in reversed(_tables(session).sorted_tables):
        if table.name not in (*_KEPT, "change"):
            for condition in _belongs(table, practice_id):
                _count(
                    done,
                    table.name,
                    session.connection().execute(delete(table).where(condition)).rowcount,
                )
    trail.write(session, OPERATOR, "erase", practice_id, version)
    feed.append(session, FEED, [Entry("practice", practice_id, "D", version)])
    return done


def sweep(session: Session) -> int:
    """Delete contacts whose time is over, and stored answers that have run out; how many."""
    contacts = session.exec(delete_rows(Contact).where(col(Contact.kept_until) < now())).rowcount
    old = delete(IDEMPOTENCY).where(IDEMPOTENCY.c.expires < stamp(now()))
    return contacts + session.connection().execute(old).rowcount


def compact(database: Database) -> None:
    """Write the database anew, so that nothing removed is left on its free pages."""
    if database.is_sqlite:
        with sqlite3.connect(str(database.url.database), timeout=60) as connection:
            connection.isolation_level = None
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
    else:
        engine = database.writer.execution_options(isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text("SET statement_timeout = 0"))
            connection.execute(text("VACUUM FULL"))


def _contacts(session: Session, email: str) -> list[Contact]:
    same = select_rows(Contact).where(func.lower(Contact.email) == email.lower())
    return list(session.exec(same).all())


def _tables(session: Session) -> MetaData:
    found = MetaData()
    found.reflect(session.connection())
    return found


def _holding(
    session: Session, needles: Sequence[str]
) -> Iterator[tuple[Table, Column[Any], Mapping[str, Any], Any]]:
    """Every cell of the database that holds one of the texts: table, column, key and value."""
    # JSON may be stored with letters beyond ASCII escaped.
    spelt = {one for needle in needles for one in (needle, json.dumps(needle)[1:-1])}
    for table in _tables(session).sorted_tables:
        keys = list(table.primary_key.columns)
        for column in table.columns:
            if isinstance(column.type, JSON | String):
                plain = func.lower(cast(column, Text))
                hit = or_(*(plain.contains(one.lower(), autoescape=True) for one in spelt))
                for row in session.connection().execute(select(column, *keys).where(hit)).all():
                    key = {one.name: value for one, value in zip(keys, row[1:], strict=True)}
                    yield table, column, key, row[0]


def _without(value: Any, needles: Sequence[str]) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, str):
        for needle in needles:
            value = re.sub(re.escape(needle), REMOVED, value, flags=re.IGNORECASE)
        return value
    if isinstance(value, list):
        return [_without(one, needles) for one in value]
    if isinstance(value, dict):
        return {name: _without(one, needles) for name, one in value.items()}
    return value


def _blank(
    session: Session, table: Table, column: Column[Any], key: Mapping[str, Any], value: object
) -> None:
    same = [table.c[name] == part for name, part in key.items()]
    connection = session.connection()
    if table.name != "practice_version":
        connection.execute(update(table).where(*same).values({column.name: value}))
        return
    # The database refuses to change a version: the law comes first, so it is written anew.
    row = connection.execute(select(table).where(*same)).mappings().one()
    connection.execute(delete(table).where(*same))
    connection.execute(insert(table).values({**row, column.name: value}))


def _forget_answers(session: Session, needles: Sequence[str], done: Erased) -> None:
    # An answer that was stored for a repetition is not changed: it goes.
    spelt = {one for needle in needles for one in (needle, json.dumps(needle)[1:-1])}
    body = func.lower(IDEMPOTENCY.c.body)
    hit = or_(*(body.contains(one.lower(), autoescape=True) for one in spelt))
    _count(
        done, "idempotency", session.connection().execute(delete(IDEMPOTENCY).where(hit)).rowcount
    )


def _belongs(table: Table, practice_id: str) -> Iterator[ColumnElement[bool]]:
    if table.name == "practice":
        yield table.c.id == practice_id
    elif "practice_id" in table.c:
        yield table.c.practice_id == practice_id
    else:
        for key in table.foreign_keys:
            parent = key.column.table
            if "practice_id" in parent.c:
                mine = select(key.column).where(parent.c.practice_id == practice_id)
                yield key.parent.in_(mine)


def _count(done: Erased, table: str, number: int) -> None:
    if number:
        done.rows[table] = done.rows.get(table, 0) + number


def _tell(session: Session, ids: Sequence[str]) -> None:
    """Let everybody who keeps a copy of these practices read them anew."""
    session.expire_all()
    found = [session.get(Practice, one) for one in ids]
    entries = [Entry("practice", one.id, "U", one.version) for one in found if one and one.public]
    feed.append(session, FEED, entries)
