"""The edition of published scores holds what is public, and nothing else."""

from __future__ import annotations

import csv
import json
from pathlib import Path

EDITION = Path(__file__).parents[3] / "services/indicators/data/mipex-r-2021-published"


def rows() -> list[dict[str, str]]:
    with (EDITION / "scores.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_exactly_three_numbers_are_published() -> None:
    published = [(r["region"], r["axis"], r["dimension"], r["group"], r["score"]) for r in rows()]
    assert published == [
        ("ES51", "phase", "policy-output", "ALL", "71"),
        ("SE224", "phase", "implementation", "ALL", "81"),
        ("ITF4", "phase", "evaluation", "ALL", "63"),
    ]


def test_every_published_number_names_its_source() -> None:
    assert {r["source"] for r in rows()} == {"REGIN final report, section 2, summary of findings"}


def test_the_edition_says_where_its_numbers_come_from_and_on_what_terms() -> None:
    edition = json.loads((EDITION / "edition.json").read_text(encoding="utf-8"))
    assert edition["id"] == EDITION.name
    assert edition["kind"] == "published"
    assert edition["date"] == "2022"
    assert edition["source"].startswith("REGIN final report")
    assert "not stated" in edition["licence"]


def test_no_methodology_is_claimed_for_the_published_numbers() -> None:
    edition = json.loads((EDITION / "edition.json").read_text(encoding="utf-8"))
    assert edition["methodology"] is None
    assert not (EDITION / "answers.csv").exists()
