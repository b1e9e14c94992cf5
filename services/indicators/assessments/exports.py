"""A region's answers written as files: CSV, XLSX and JSON that `imports` reads back.

Equal answers give equal bytes. What a spreadsheet would take for a formula is written with an
apostrophe before it, which is taken away when the file is read, so each text comes back as it was.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable

from services.indicators.assessments import xlsx_write
from services.indicators.assessments.imports import COLUMNS, Format
from services.indicators.domain.methodology import Methodology
from services.indicators.domain.questionnaire import Cell, Entry, source_line
from shared.tabular import guarded


def write(
    form: Format, methodology: Methodology, region: str, entries: Iterable[tuple[Cell, Entry]]
) -> bytes:
    """The answers of a region as a file; equal answers give equal bytes."""
    if form == "json":
        return _written_json(methodology, region, entries)
    rows = [COLUMNS, *(_written(region, *one) for one in entries)]
    if form == "xlsx":
        return xlsx_write.write(rows, len(COLUMNS))
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode()


def _written(region: str, cell: Cell, entry: Entry) -> list[str]:
    sources = "\n".join(source_line(one) for one in entry.sources)
    texts = (entry.option, entry.evidence, sources, entry.comment)
    return [region, *cell, entry.state, *(guarded(text or "") for text in texts)]


def _written_json(
    methodology: Methodology, region: str, entries: Iterable[tuple[Cell, Entry]]
) -> bytes:
    answers = [
        {
            "region": region,
            **cell._asdict(),
            "state": entry.state,
            "option": entry.option,
            "evidence": entry.evidence,
            "sources": [one._asdict() for one in entry.sources],
            "comment": entry.comment,
        }
        for cell, entry in entries
    ]
    heading = {
        "methodology": methodology.id,
        "methodology_version": methodology.version,
        "region": region,
        "answers": answers,
    }
    return json.dumps(heading, ensure_ascii=False, indent=1).encode() + b"\n"
