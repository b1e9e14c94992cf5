"""Scores without a server: `python -m services indicators score METHODOLOGY ANSWERS`.

The files are those of docs/reference/file-formats.md, the rules those of the API, and so are
the numbers, to the last digit. Equal files give equal bytes.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from services.indicators.domain import scoring
from services.indicators.domain import spec as specs
from services.indicators.domain.answers import Answers
from services.indicators.domain.display import band
from services.indicators.domain.editions import CODE_VERSION, score_id
from services.indicators.domain.faults import refusal
from services.indicators.domain.methodology import Methodology
from services.indicators.domain.robustness import rank_bands
from services.indicators.domain.scoring import Scores, Shares
from services.indicators.domain.weights import WeightSet, of_experts
from services.indicators.published import formats
from services.indicators.scenarios import robustness
from services.indicators.scenarios.robustness import Asked
from shared import tabular
from shared.problems import InputError, Invalid

T = TypeVar("T")

COLUMNS = (
    "region", "axis", "dimension", "group", "score", "coverage", "state", "band", "rank",
    "n_ranked", "tie_size", "percentile", "n_scored", "n_eligible", "share_not_applicable",
    "share_not_competent",
)  # fmt: skip
BAND_COLUMNS = ("q05", "median", "q95", "unranked")


def add(verbs: Any) -> None:  # noqa: ANN401 - argparse does not name this type
    """Add the command to the parser."""
    indicators = verbs.add_parser("indicators", help="scores from files, without a server")
    actions = indicators.add_subparsers(metavar="ACTION", required=True)
    one = actions.add_parser("score", help="score an answers file by a methodology file")
    one.add_argument("methodology", type=Path, metavar="METHODOLOGY.json")
    one.add_argument("answers", type=Path, metavar="ANSWERS.csv")
    weights = one.add_mutually_exclusive_group()
    weights.add_argument("--weights", type=Path, metavar="W.csv", help="columns indicator,weight")
    weights.add_argument(
        "--experts", type=Path, metavar="E.csv", help="columns expert,indicator,points"
    )
    one.add_argument("--robustness", type=int, metavar="N", help="rank bands over N replicates")
    one.add_argument("--seed", type=int, default=1, help="of the replicates; 1 unless given")
    one.add_argument("--vary-weights", default="0.25", metavar="D", help="0.25 unless given")
    one.add_argument("--vary-answers", default="0", metavar="P", help="probability; 0 unless given")
    one.add_argument("--format", choices=("json", "csv"), default="json")
    one.set_defaults(command=score)


def score(options: argparse.Namespace) -> int:
    """Print the scores; 1 with every error of every file on stderr when one cannot be used."""
    errors: list[str] = []
    made = _made(options, errors)
    if made is None:
        print("\n".join(errors), file=sys.stderr)  # noqa: T201 - the answer of a command
        count = "1 error" if len(errors) == 1 else f"{len(errors)} errors"
        print(f"{count}; nothing was computed", file=sys.stderr)  # noqa: T201
        return 1
    write = _json if options.format == "json" else _csv
    sys.stdout.write(write(made))
    return 0


def _made(options: argparse.Namespace, errors: list[str]) -> dict[str, Any] | None:
    """Everything that is printed; None with the errors of all files noted."""

    def attempt(name: object, make: Callable[[], T]) -> T | None:
        try:
            return make()
        except Invalid as refused:
            found = refused.errors or [InputError("E_FORMAT", refused.detail)]
            errors.extend(_line(str(name), one) for one in found)
        except csv.Error as broken:
            errors.append(_line(str(name), InputError("E_FORMAT", f"not CSV: {broken}")))
        return None

    file = attempt(options.methodology, lambda: formats.methodology(_text(options.methodology)))
    if file is None:
        return None
    methodology = file.methodology
    answers = attempt(
        options.answers, lambda: Answers.from_csv(methodology, _text(options.answers))
    )
    weighted: Methodology | None = methodology
    if options.weights is not None:
        own = partial(_rows, options.weights, ("indicator", "weight"))
        weighted = attempt(
            options.weights, lambda: WeightSet.parse(methodology, own()).on(methodology)
        )
    if options.experts is not None:
        points = partial(_rows, options.experts, ("expert", "indicator", "points"))
        weighted = attempt(
            options.experts, lambda: of_experts(methodology, points()).on(methodology)
        )
    if answers is None or weighted is None:
        return None
    scores = scoring.score(weighted, answers)
    made = _scores(scores)
    if options.robustness is not None:
        asked = Asked(
            options.robustness,
            options.seed,
            options.vary_weights,
            options.vary_answers,
        )
        bands = attempt("--robustness", lambda: _bands(scores, asked))
        if bands is None:
            return None
        made["robustness"] = bands
    return made


def _text(path: Path) -> str:
    try:
        return tabular.decoded(path.read_bytes())
    except OSError as failed:
        raise refusal("E_FORMAT", f"cannot be read: {failed.strerror}") from failed
    except Invalid as refused:
        errors = [replace(one, code="E_ENCODING") for one in refused.errors]
        raise Invalid(refused.detail, errors) from refused


def _rows(path: Path, columns: tuple[str, ...]) -> csv.DictReader[str]:
    reader = csv.DictReader(io.StringIO(_text(path), newline=""))
    header = list(reader.fieldnames or ())
    if sorted(header) != sorted(columns):
        raise refusal(
            "E_FORMAT", f"the header must be {','.join(columns)}", row=1,
            value=",".join(header)[:80], allowed=list(columns),
        )  # fmt: skip
    return reader


def _scores(scores: Scores) -> dict[str, Any]:
    methodology, ranks = scores.methodology, scores.ranks
    rows: list[dict[str, Any]] = []
    for row, region in enumerate(scores.regions):
        cells = scores.shares(region)
        for column, one in enumerate(scores.of(region)):
            found = band(methodology, one.score)
            rows.append(
                {
                    "region": region,
                    **one._asdict(),
                    **ranks.at(column, row)._asdict(),
                    "band": found.code if found else None,
                    **_not_due(cells[scores.columns[column]]),
                }
            )
    return {
        "methodology": methodology.id,
        "methodology_version": methodology.version,
        "methodology_hash": methodology.hash,
        "weights_hash": WeightSet.of(methodology).hash,
        "answers_hash": scores.answers.hash,
        "score_id": score_id(scores.answers, methodology),
        "rules": CODE_VERSION,
        "scores": rows,
    }


def _not_due(one: Shares) -> dict[str, float | None]:
    return {
        "share_not_applicable": one.not_applicable / one.cells if one.cells else None,
        "share_not_competent": one.not_competent / one.cells if one.cells else None,
    }


def _bands(scores: Scores, asked: Asked) -> dict[str, Any]:
    spec = robustness.read(asked, scores, specs.FEWEST, specs.MOST)
    found = rank_bands(scores.methodology, scores.answers, spec)
    items: list[dict[str, Any]] = []
    for one in found.bands():
        fields = one._asdict()
        items.append({"rank": fields.pop("nominal"), **fields})
    return {
        "score_id": robustness.identity(scores, spec, robustness.OVERALL_COLUMN, "rank_bands"),
        "spec": asked.shown().model_dump(),
        "items": items,
    }


def _json(made: Mapping[str, Any]) -> str:
    return json.dumps(made, sort_keys=True, indent=1, ensure_ascii=False) + "\n"


def _csv(made: Mapping[str, Any]) -> str:
    """The scores as a table; rank bands stand in the rows of the overall score."""
    bands = {one["region"]: one for one in made.get("robustness", {}).get("items", ())}
    more = BAND_COLUMNS if bands else ()
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow((*COLUMNS, *more))
    for row in made["scores"]:
        is_overall = (row["dimension"], row["group"]) == ("overall", "ALL")
        own: Mapping[str, Any] = bands.get(row["region"], {}) if is_overall else {}
        writer.writerow([*(row[name] for name in COLUMNS), *(own.get(name) for name in more)])
    return out.getvalue()


def _line(name: str, one: InputError) -> str:
    """An error as a line: file, place, code, what is wrong, what was found, what is allowed."""
    place = [f"row {one.row}"] if one.row is not None else []
    place += [f"column {one.column}"] if one.column is not None else []
    place += [one.pointer] if one.pointer else []
    parts = [": ".join([name, *([", ".join(place)] if place else []), one.code, one.detail])]
    parts += [f"found {one.value!r}"] if one.value is not None else []
    if one.allowed:
        listed = one.allowed if isinstance(one.allowed, str) else _listed(one.allowed)
        parts.append(f"allowed: {listed}")
    return "; ".join(parts)


def _listed(allowed: Sequence[object]) -> str:
    shown = ", ".join(str(one) for one in allowed[:12])
    return shown if len(allowed) <= 12 else f"{shown} and {len(allowed) - 12} more"
