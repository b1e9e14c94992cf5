"""The numbers of the workflow, as data: days for each step, evaluators, retention."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from services.practices.domain.workflow import State
from services.practices.record.parts import DATA

_RULES: Mapping[str, Any] = json.loads((DATA / "workflow.json").read_text("utf-8"))
REVIEW_DAYS: Mapping[str, int] = _RULES["review_days"]
EVALUATORS: int = _RULES["evaluators"]
CONTACT_KEPT = timedelta(days=_RULES["contact_days"])


def due(state: State, since: datetime) -> datetime | None:
    """When the step out of a state is expected; None where nobody waits."""
    days = REVIEW_DAYS.get(state)
    return None if days is None else since + timedelta(days=days)
