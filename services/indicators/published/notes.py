"""What stands behind published answers: evidence, sources and comment of each cell."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlmodel import Session, select

from services.indicators.tables import AnswerNote

Note = Mapping[str, Any]
"""evidence and comment (None where there is none), sources (url, title, date of each)."""

NOTHING: Note = {"evidence": None, "sources": [], "comment": None}

Notes = Mapping[tuple[str, str], Note]
"""By indicator and group; an answer that nothing stands behind is not in it."""


def of(session: Session, edition: str, revision: int, region: str) -> Notes:
    """The notes of one region in one revision."""
    rows = session.exec(
        select(AnswerNote).where(
            AnswerNote.edition == edition,
            AnswerNote.revision == revision,
            AnswerNote.region == region,
        )
    )
    return {
        (row.indicator, row.group): {
            "evidence": row.evidence,
            "sources": json.loads(row.sources),
            "comment": row.comment,
        }
        for row in rows
    }
