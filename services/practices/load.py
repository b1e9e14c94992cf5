"""The first practices, from a file of the repository into the database."""

from __future__ import annotations

import hashlib
import json
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from services.practices.tables import FEED, Loaded, Practice
from services.practices.workflow.publishing import publish
from shared import feed
from shared.clock import now
from shared.feed import Entry
from shared.problems import InputError, Invalid

_NAMES = uuid.UUID("6f0c4ad5-36e5-5d3b-9a3e-54c5c7e6d1a7")
_NEEDED = ("external_id", "title", "language", "regions", "areas", "provenance", "licence")


def load(session: Session, path: Path) -> int:
    """Bring in the practices of a JSON-lines file; how many were new or changed.

    A practice that its region has published anew since is left alone. Nothing is done
    when the file's content was loaded before. Invalid with every bad line otherwise.
    """
    raw = path.read_bytes()
    digest = hashlib.sha256(raw).hexdigest()
    loaded = session.get(Loaded, path.name)
    if loaded is not None and loaded.digest == digest:
        return 0
    records = _records(raw)
    known = {
        row.id: row
        for row in session.exec(
            select(Practice).where(col(Practice.id).in_([identity(r) for r in records]))
        )
    }
    entries: list[Entry] = []
    for record in records:
        practice = known.get(identity(record))
        if practice is None:
            practice = _new(record)
        elif practice.record == record or (practice.record or {}).get("provenance") != "collected":
            continue
        entries.append(publish(session, practice, record))
    session.merge(Loaded(name=path.name, digest=digest))
    feed.append(session, FEED, entries)
    return len(entries)


def identity(record: dict[str, Any]) -> str:
    """The practice's id: the same whenever the same record is loaded."""
    return str(uuid.uuid5(_NAMES, record["external_id"]))


def _new(record: dict[str, Any]) -> Practice:
    collected = record.get("collected_on")
    moment = datetime.fromisoformat(collected).replace(tzinfo=UTC) if collected else now()
    return Practice(
        id=identity(record),
        region=record["regions"][0],
        external_id=record["external_id"],
        created_at=moment,
        published_at=moment,
        updated_at=moment,
    )


def _records(raw: bytes) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = []
    errors: list[InputError] = []
    for number, line in enumerate(raw.decode("utf-8").splitlines(), start=1):
        try:
            record = json.loads(line)
        except json.JSONDecodeError as broken:
            errors.append(InputError("not_json", broken.msg, row=number))
            continue
        missing = [name for name in _NEEDED if not record.get(name) and name != "areas"]
        errors += [
            InputError("missing", f"{name} is needed", row=number, column=name) for name in missing
        ]
        records.append(record)
    if errors:
        raise Invalid("The file of practices cannot be loaded.", errors)
    return records
