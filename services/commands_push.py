"""The command that pushes a file of practices: `python -m services push FILE`.

The file is sent in batches, each under a key made from the file, the options and the number
of the batch. So a run that was broken off is simply started again: what was stored is not
stored twice, and nothing has to be remembered here.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import os
import random
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, cast

import httpx
from tqdm import tqdm

from services.embedded import PORT
from services.practices.push.checked import column_of
from services.practices.push.rows import Form, Row, read
from shared.problems import Invalid, Problem
from shared.tabular import guarded

_FORMS: dict[str, Form] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".xlsx": "xlsx",
    ".json": "json",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
}
_LATER = (409, 429, 500, 502, 503, 504)
_LONGEST_PAUSE = 30.0
_SHOWN = 50
_COUNTS = ("created", "updated", "unchanged", "failed")
GAVE_UP, STOPPED = 3, 130


class GaveUp(Exception):
    """The platform did not answer within the patience that was asked for."""


def add(verbs: Any) -> None:  # noqa: ANN401 - argparse does not name this type
    """Add the command to the parser."""
    push = verbs.add_parser("push", help="push a file of practices to a platform")
    push.add_argument("file", type=Path, help="CSV, XLSX, JSON or NDJSON")
    push.add_argument("--dry-run", action="store_true", help="only say what would happen")
    push.add_argument("--site", default=os.environ.get("PUSH_SITE", ""), help="or PUSH_SITE")
    push.add_argument("--client-id", default="", help="or PUSH_CLIENT_ID")
    push.add_argument("--client-secret", default="", help="or PUSH_CLIENT_SECRET")
    push.add_argument("--atomic", choices=["all", "none"], default="all")
    push.add_argument(
        "--strategy",
        choices=["create-and-update", "create", "update"],
        default="create-and-update",
    )
    push.add_argument("--batch", type=_size, default=200, help="rows sent at a time")
    push.add_argument("--patience", type=float, default=120, help="seconds to wait for an answer")
    push.add_argument("--report", type=Path, help="also write the report to FILE.json or FILE.csv")
    push.set_defaults(command=command)


def _size(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 2000:
        raise argparse.ArgumentTypeError("1 to 2000 rows")
    return number


def command(options: argparse.Namespace) -> int:
    """Push the file; 0 when every row is or could be stored, 1 when not, 3 without an answer."""
    if options.report and options.report.suffix not in (".json", ".csv"):
        raise Invalid("The report is written as .json or .csv.")
    site = options.site or f"http://127.0.0.1:{options.port or PORT}"
    given = (
        options.client_id or os.environ.get("PUSH_CLIENT_ID", ""),
        options.client_secret or os.environ.get("PUSH_CLIENT_SECRET", ""),
    )
    if not all(given):
        raise Invalid(
            "Name the client: --client-id and --client-secret, or PUSH_CLIENT_ID and "
            "PUSH_CLIENT_SECRET in the environment."
        )
    file = File.of(options.file, options)
    with Platform(site.rstrip("/"), given, options.patience) as platform:
        try:
            report = _push(file, platform, options)
        except GaveUp as silence:
            _warn(f"{silence} Nothing is lost: run the same command again.")
            return GAVE_UP
        except KeyboardInterrupt:
            _warn("Stopped. Run the same command again; it goes on where it was.")
            return STOPPED
    _tell(report, options)
    return 1 if report.errors else 0


def _push(file: File, platform: Platform, options: argparse.Namespace) -> Report:
    """All rows looked at first, unless the good ones are wanted without the bad; then stored."""
    if options.dry_run or options.atomic == "all":
        report = _send(file, platform, options, dry_run=True)
        if options.dry_run or report.errors:
            report.stored = False
            return report
    return _send(file, platform, options, dry_run=False)


def _send(file: File, platform: Platform, options: argparse.Namespace, *, dry_run: bool) -> Report:
    report = Report()
    asked = {
        "atomic": options.atomic,
        "strategy": options.strategy,
        "dry_run": str(dry_run).lower(),
    }
    with tqdm(
        total=file.rows,
        desc="looking" if dry_run else "pushing",
        unit=" rows",
        disable=not sys.stderr.isatty(),
    ) as bar:
        for number, batch in enumerate(file.batches(report), start=1):
            if batch:
                answer = platform.send(batch, asked, f"push-{file.digest}-{number}")
                report.take(batch, answer)
            bar.update(min(options.batch, file.rows - bar.n))
    report.errors.sort(key=lambda one: one["row"])
    report.results.sort(key=lambda one: one["row"])
    return report


# ------------------------------------------------------------------ the file


@dataclass(frozen=True)
class File:
    """A file of practices. `digest` names the file and how it is sent, `rows` how many it has."""

    path: Path
    form: Form
    size: int
    rows: int
    digest: str

    @classmethod
    def of(cls, path: Path, options: argparse.Namespace) -> File:
        """Look through the file once. Invalid when it cannot be read to its end."""
        form = _FORMS.get(path.suffix.lower())
        if form is None:
            raise Invalid(f"{path.name} is none of {', '.join(sorted(_FORMS))}.")
        with path.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256")
            rows = sum(1 for _ in read(content, form))
        digest.update(f"{options.atomic}\n{options.strategy}\n{options.batch}".encode())
        return cls(path, form, options.batch, rows, digest.hexdigest()[:40])

    def batches(self, report: Report) -> Iterator[list[Row]]:
        """The rows that can be sent, by batches; the others go into the report at once."""
        seen: dict[tuple[str, str], int] = {}
        with self.path.open("rb") as content:
            rows = read(content, self.form)
            while batch := list(islice(rows, self.size)):
                yield [row for row in batch if not report.refuses(row, seen)]


# ------------------------------------------------------------------ the report


@dataclass
class Report:
    """What became of the rows, by their numbers in the file."""

    results: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    errors: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    stored: bool = True
    repeated: int = 0

    def counts(self) -> dict[str, int]:
        """How many rows had each result."""
        found = [one["result"] for one in self.results]
        return {name: found.count(name) for name in _COUNTS}

    def refuses(self, row: Row, seen: dict[tuple[str, str], int]) -> bool:
        """Whether the row cannot be sent: it could not be read, or an earlier one has its name."""
        errors = [one.as_dict() for one in row.errors]
        regions = row.body.get("regions")
        region = str(regions[0]) if isinstance(regions, list) and regions else ""
        name = row.body.get("external_id")
        if not errors and isinstance(name, str):
            first = seen.setdefault((region.casefold(), name), row.number)
            if first != row.number:
                errors = [
                    {
                        "row": row.number,
                        "column": "external_id",
                        "code": "repeated_external_id",
                        "detail": f"Row {first} of this file is {name!r} already.",
                        "value": name,
                    }
                ]
        if errors:
            self.errors += errors
            self._failed(row)
        return bool(errors)

    def take(self, batch: Sequence[Row], answer: httpx.Response) -> None:
        """The answer for a batch, with the rows of the file."""
        body = cast(dict[str, Any], answer.json())
        report = body.get("report", body)
        self.repeated += "idempotent-replayed" in answer.headers
        if "results" not in report:
            # The batch as a whole: nothing is known of its rows.
            self.errors.append(
                {"row": batch[0].number, "code": body["code"], "detail": body["detail"]}
            )
            for row in batch:
                self._failed(row)
            return
        for one in report["results"]:
            self.results.append(one | {"row": batch[one["row"] - 1].number})
        for one in body.get("errors", ()):
            row = batch[one["row"] - 1]
            parts = one.pop("pointer", "").split("/")[1:]
            path = tuple(int(part) if part.isdecimal() else part for part in parts)
            column = column_of(row, path) if path else one.get("column")
            self.errors.append(one | {"row": row.number, "column": column})

    def _failed(self, row: Row) -> None:
        name = row.body.get("external_id")
        self.results.append({"row": row.number, "external_id": name, "result": "failed"})


def _tell(report: Report, options: argparse.Namespace) -> None:
    """Print the report, and write it where asked."""
    counts = report.counts()
    said = ", ".join(f"{number} {name}" for name, number in counts.items())
    _say(f"{len(report.results)} rows: {said}")
    if report.errors:
        lines = [[str(one.get(name, "")) for name in _HEADINGS] for one in report.errors[:_SHOWN]]
        _say(_table([list(_HEADINGS), *lines]))
        if len(report.errors) > _SHOWN:
            _say(f"... and {len(report.errors) - _SHOWN} more; --report FILE has them all")
    if not report.stored:
        _say("Nothing was stored." if not options.dry_run else "A dry run: nothing was stored.")
    elif report.repeated:
        _say(f"{report.repeated} batches had been stored before.")
    if options.report:
        _write(report, counts, options.report)


_HEADINGS = ("row", "column", "code", "value", "detail")


def _table(rows: Sequence[Sequence[str]]) -> str:
    cut = [[cell.replace("\n", " ")[:60] for cell in row] for row in rows]
    widths = [max(len(row[place]) for row in cut) for place in range(len(cut[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cut
    )


def _write(report: Report, counts: dict[str, int], path: Path) -> None:
    if path.suffix == ".json":
        whole = {
            "stored": report.stored,
            **counts,
            "results": report.results,
            "errors": report.errors,
        }
        path.write_text(json.dumps(whole, ensure_ascii=False, indent=1) + "\n", "utf-8")
        return
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out)
        writer.writerow([*_HEADINGS, "allowed"])
        for one in report.errors:
            allowed = one.get("allowed", "")
            text = allowed if isinstance(allowed, str) else " | ".join(map(str, allowed))
            cells = [*(str(one.get(name, "")) for name in _HEADINGS), text]
            writer.writerow([guarded(cell) for cell in cells])


# ------------------------------------------------------------------ the platform


class Platform:
    """A platform that takes practices, with a token that is renewed, and with patience."""

    def __init__(self, site: str, client: tuple[str, str], patience_seconds: float) -> None:
        self._api = f"{site}/api/v1"
        self._client = client
        self._patience = patience_seconds
        self._http = httpx.Client(timeout=httpx.Timeout(120, connect=10))
        self._token = ""
        self._until = 0.0

    def __enter__(self) -> Platform:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def send(self, batch: Sequence[Row], asked: dict[str, str], key: str) -> httpx.Response:
        """The answer for a batch, 200 or 422. Invalid when the platform refuses us as such."""
        lines = [json.dumps(row.body, ensure_ascii=False) for row in batch]
        content = "\n".join(lines).encode("utf-8", "surrogatepass") + b"\n"
        for again in (False, True):
            if again or time.monotonic() > self._until:
                self._renew()
            headers = {
                "Authorization": f"Bearer {self._token}",
                "Content-Type": "application/x-ndjson",
                "Idempotency-Key": key,
            }
            answer = self._patient(
                "/practices/import", content=content, headers=headers, params=asked
            )
            if answer.status_code != 401:
                break
        if answer.status_code not in (200, 422):
            raise _refused(answer)
        return answer

    def _renew(self) -> None:
        form = {"grant_type": "client_credentials"}
        answer = self._patient("/oauth/token", auth=self._client, data=form)
        if not answer.is_success:
            raise _refused(answer)
        token = answer.json()
        self._token = token["access_token"]
        # Half a minute before its end, so that it lasts until the request arrives.
        self._until = time.monotonic() + token.get("expires_in", 60) - 30

    def _patient(self, path: str, **more: Any) -> httpx.Response:  # noqa: ANN401 - passed on
        """The answer, asked for again while the platform is away or busy. GaveUp at the end."""
        deadline, pause, why = time.monotonic() + self._patience, 0.5, ""
        while True:
            after = 0.0
            try:
                answer = self._http.post(self._api + path, **more)
                if answer.status_code not in _LATER or not _comes_later(answer):
                    return answer
                why = f"it answered {answer.status_code}"
                after = float(answer.headers.get("retry-after", 0))
            except httpx.TransportError as failure:
                why = str(failure) or type(failure).__name__
            pause = min(pause * 2, _LONGEST_PAUSE)
            wait = max(after, pause * (0.5 + random.random() / 2))
            if time.monotonic() + wait > deadline:
                raise GaveUp(f"{self._api} does not take it: {why}.")
            time.sleep(wait)


def _comes_later(answer: httpx.Response) -> bool:
    """Whether asking again may help; of conflicts, only the one with a twin of this request."""
    return answer.status_code != 409 or answer.json().get("code") == "in-flight"


def _refused(answer: httpx.Response) -> Problem:
    try:
        body = answer.json()
        detail = body.get("detail") or body.get("error_description") or body.get("error")
    except ValueError:
        detail = answer.text[:200]
    return Invalid(f"The platform answered {answer.status_code}: {detail}")


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - the answer of a command


def _warn(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201 - the answer of a command
