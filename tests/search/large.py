"""As many practices as wanted, made from the first 192: for measuring, not for reading."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from services.practices.load import load
from services.practices.settings import PracticesSettings
from shared.db import Database
from tests.server import ROOT, run

_FIRST = ROOT / "services" / "practices" / "data" / "practices.jsonl"


def many(number: int, seed: int = 3) -> Iterator[dict[str, Any]]:
    """Records of about 2 KB: the texts of one practice, the facets of another."""
    first = [json.loads(line) for line in _FIRST.read_text("utf-8").splitlines()]
    chance = random.Random(seed)
    for count in range(number):
        text, facets = chance.choice(first), chance.choice(first)
        taken = {name: facets[name] for name in ("regions", "areas", "target_groups", "status")}
        year = chance.randint(1995, 2026)
        title = f"{text['title']} {count}"
        yield {**text, **taken, "external_id": f"L{count}", "title": title, "year": year}


def filled(data: Path, number: int) -> None:
    """Make a data directory whose practices service holds so many published practices."""
    done = run(data, "migrate")
    assert done.returncode == 0, done.stderr
    source = data / "many.jsonl"
    with source.open("w", encoding="utf-8") as lines:
        for record in many(number - 192):
            lines.write(json.dumps(record, ensure_ascii=False) + "\n")
    database = Database(PracticesSettings(data_dir=data).database)
    database.run(database.writer, load, source)
    database.close()
