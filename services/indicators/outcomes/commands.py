"""The commands about outcome values: import a file, fetch a dataset, show the history."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlmodel import Session

from services.indicators.outcomes import eurostat, imports, sdmx_csv, vintages
from services.indicators.outcomes.imports import Asked, Report
from services.indicators.outcomes.observed import LARGEST
from services.indicators.outcomes.store import catalogue
from shared.clock import now
from shared.db import Database
from shared.problems import InputError, Invalid, NotFound

Prepared = Callable[[argparse.Namespace], str]
"""Options -> the URL of the indicators' database, with newest schema and first data."""


def add(verbs: Any, prepared: Prepared) -> None:  # noqa: ANN401 - argparse does not name it
    """Add `outcomes` to the parser."""
    outcomes = verbs.add_parser("outcomes", help="values of outcome statistics")
    actions = outcomes.add_subparsers(metavar="ACTION", required=True)
    bring = actions.add_parser("import", help="import a JSON-stat 2.0 or SDMX-CSV file")
    bring.add_argument("file", type=Path)
    bring.add_argument("--indicator", required=True, help="code of the outcome indicator")
    bring.add_argument("--dataset", help="code of the dataset; refused when the file says another")
    bring.add_argument("--retrieved", metavar="DATE", help="when it was downloaded; today if not")
    bring.set_defaults(command=lambda options: _run(_import, options, prepared))
    fetch = actions.add_parser("fetch", help="fetch a dataset from Eurostat and import it")
    fetch.add_argument("--dataset", required=True, help="such as lfst_r_lfe2emprtn")
    fetch.add_argument("--indicator", help="needed when several come from the dataset")
    fetch.add_argument("--keep", type=Path, metavar="FILE", help="write what was fetched there")
    fetch.add_argument("--base-url", default=eurostat.BASE, help=argparse.SUPPRESS)
    fetch.set_defaults(command=lambda options: _run(_fetch, options, prepared))
    for one in (bring, fetch):
        one.add_argument("--filter", action="append", default=[], metavar="DIMENSION=CODE",
                         help="take only these, such as age=Y20-64; repeatable")  # fmt: skip
        one.add_argument("--unit", help="for a file that has no unit")
        one.add_argument("--updated", metavar="DATE", help="for a file that does not say it")
        one.add_argument("--nuts-version", help="such as 2024; files do not say it")
        one.add_argument("--dry-run", action="store_true", help="check only, store nothing")
    past = actions.add_parser("history", help="values of a series that were replaced, as CSV")
    past.add_argument("series")
    past.set_defaults(command=lambda options: _run(_history, options, prepared))


def _run(
    work: Callable[[argparse.Namespace, Database], None],
    options: argparse.Namespace,
    prepared: Prepared,
) -> int:
    """Do the work over a prepared database; 1 with every error when it is refused."""
    database = Database(prepared(options))
    try:
        work(options, database)
    except Invalid as refused:
        print(f"error: {refused.detail}", file=sys.stderr)  # noqa: T201
        for error in refused.errors:
            print(f"  {_line(error)}", file=sys.stderr)  # noqa: T201
        return 1
    finally:
        database.close()
    return 0


def _line(error: InputError) -> str:
    where = [f"row {error.row}"] if error.row else []
    where += [part for part in (error.column, error.pointer) if part]
    found = f" (found {error.value!r})" if error.value is not None else ""
    allowed = error.allowed
    if allowed is not None and not isinstance(allowed, str):
        allowed = ", ".join(str(one) for one in allowed[:80])
    told = f"; allowed: {allowed}" if allowed else ""
    return f"{error.code}: {', '.join(where)}{': ' if where else ''}{error.detail}{found}{told}"


def _import(options: argparse.Namespace, database: Database) -> None:
    path: Path = options.file
    size = path.stat().st_size
    if size > LARGEST:
        raise Invalid(f"{path} has {size} bytes; at most {LARGEST} are read.")
    asked = _asked(options, options.indicator, path.name, options.retrieved)
    _tell(imports.bring(database, path.read_bytes(), asked, dry=options.dry_run), options)


def _fetch(options: argparse.Namespace, database: Database) -> None:
    dataset = options.dataset.lower()
    indicator = options.indicator or _indicator_of(database, dataset)
    url = eurostat.address(dataset, _filters(options.filter), options.base_url)
    asked = _asked(options, indicator, f"{dataset}.json", None, url)
    _say(f"reading {url}")
    content = eurostat.fetch(url, _say)
    _say(f"{len(content)} bytes read")
    if options.keep:
        options.keep.write_bytes(content)
    _tell(imports.bring(database, content, asked, dry=options.dry_run), options)


def _asked(
    options: argparse.Namespace,
    indicator: str,
    name: str,
    retrieved: str | None,
    url: str | None = None,
) -> Asked:
    updated = _date(options.updated, "--updated") if options.updated else None
    return Asked(
        indicator,
        name[:300],
        _date(retrieved, "--retrieved")[:10] if retrieved else now().date().isoformat(),
        options.dataset.lower() if options.dataset else None,
        _filters(options.filter),
        options.unit,
        updated,
        options.nuts_version or "not stated in the file",
        url,
    )


def _date(text: str, name: str) -> str:
    found = sdmx_csv.moment(text)
    if found is None:
        raise Invalid(f"{name} is a date such as 2025-04-24 or 2025-04-24T23:00:00, not {text!r}.")
    return found


def _filters(given: list[str]) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for one in given:
        name, sign, code = one.partition("=")
        if not (name and sign and code):
            raise Invalid(f"A filter looks like age=Y20-64, not {one!r}.")
        found[name] = found.get(name, frozenset()) | {code}
    return found


def _indicator_of(database: Database, dataset: str) -> str:
    """The one indicator that comes from the dataset. Invalid when there are more, or none."""
    known = database.run(database.reader, catalogue).indicators.values()
    found = [one.code for one in known if dataset in one.datasets]
    if len(found) == 1:
        return found[0]
    listed = ", ".join(found) or "none"
    raise Invalid(f"Say which with --indicator. Indicators from {dataset}: {listed}.")


def _tell(report: Report, options: argparse.Namespace) -> None:
    for one in report.outcomes:
        counts = f"{one.values} value{'' if one.values == 1 else 's'} as of {one.updated}"
        if one.action in ("extended", "replaced"):
            counts += f", {one.added} added"
        if one.action == "replaced":
            counts += f", {one.changed} changed, {one.gone} no longer given"
        _say(f"{one.series}: {one.action}, {counts}")
    if report.new_territories:
        _say(f"territories not known before: {', '.join(report.new_territories)}")
    if report.left_out:
        _say(f"{report.left_out} values were left out by the filters")
    if options.dry_run:
        _say("dry run: nothing was stored")


def _history(options: argparse.Namespace, database: Database) -> None:
    def rows(session: Session) -> list[tuple[object, ...]]:
        if options.series not in catalogue(session).series:
            raise NotFound(f"There is no series {options.series}.")
        return [
            (past.updated, vintage.replaced_at, past.geo, past.period,
             "" if past.value is None else past.value, past.flag)
            for vintage, past in vintages.history(session, options.series)
        ]  # fmt: skip

    _say("updated,replaced_at,geo,period,value,flag")
    for row in database.run(database.reader, rows):
        _say(",".join(str(one) for one in row))


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - the answer of a command
