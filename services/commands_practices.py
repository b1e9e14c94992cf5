"""The commands of the practices: personal data (give out, remove, tidy up), the audit."""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Callable
from typing import Any

from services import commands_search
from services.embedded import InUse, alone, settings_of
from services.practices import trail
from services.practices.personal import erasure
from services.practices.personal.erasure import Erased
from shared.db import Database
from shared.problems import Invalid, NotFound, Unavailable

_Open = Callable[[argparse.Namespace], Database]


def add(verbs: Any, opened: _Open) -> None:  # noqa: ANN401 - argparse does not name this type
    """Add the commands to the parser. `opened` gives the practices' database."""
    practices = verbs.add_parser("practices", help="the practices: personal data, the audit")
    topics = practices.add_subparsers(metavar="TOPIC", required=True)
    verify = topics.add_parser("audit-verify", help="say whether the audit is as it was written")
    verify.set_defaults(command=_with(opened, _verify))
    about = topics.add_parser("personal", help="personal data: give out, remove, tidy up")
    actions = about.add_subparsers(metavar="ACTION", required=True)
    export = actions.add_parser("export", help="print what is kept about a person, as JSON")
    export.add_argument("--email", required=True)
    export.set_defaults(command=_with(opened, _export))
    erase = actions.add_parser("erase", help="remove a person, or a practice with all it holds")
    whom = erase.add_mutually_exclusive_group(required=True)
    whom.add_argument("--email", help="the person's e-mail address")
    whom.add_argument("--practice", metavar="ID", help="the practice's id")
    erase.add_argument(
        "--text",
        action="append",
        default=[],
        help="with --email: also remove this text wherever it stands, such as a name",
    )
    commands_search.add_url(erase)
    erase.set_defaults(command=_with(opened, _erase))
    sweep = actions.add_parser("sweep", help="delete what was kept for long enough")
    sweep.set_defaults(command=_with(opened, _sweep))


def _with(opened: _Open, run: Callable[[Database, argparse.Namespace], int | None]) -> object:
    def command(options: argparse.Namespace) -> int:
        database = opened(options)
        try:
            return run(database, options) or 0
        finally:
            database.close()

    return command


def _verify(database: Database, _options: argparse.Namespace) -> None:
    broken = database.run(database.reader, trail.broken_at)
    if broken is not None:
        raise Invalid(
            f"The audit is broken at row {broken}: it is not as it was written, or missing."
        )
    _say(f"{database.run(database.reader, trail.length)} rows, each as it was written")


def _export(database: Database, options: argparse.Namespace) -> None:
    found = database.run(database.reader, erasure.export, options.email)
    _say(json.dumps(found, indent=1, ensure_ascii=False))


def _erase(database: Database, options: argparse.Namespace) -> int:
    if options.practice:
        done = database.run(database.writer, erasure.erase_practice, options.practice)
    else:
        done = database.run(
            database.writer, erasure.erase_person, options.email, tuple(options.text)
        )
        if not done:
            raise NotFound(f"Nothing is kept about {options.email!r}.")
    erasure.compact(database)
    _say(_told(done))
    return _index_anew(options) if done.texts or done.practices else 0


def _index_anew(options: argparse.Namespace) -> int:
    """Leave nothing of it in the index: built anew where a platform runs, removed where none does.

    Raises Unavailable where it can be neither.
    """
    try:
        return commands_search.rebuild(options)
    except Unavailable as nobody:
        settings = settings_of(options).search
        if settings.meili_url:
            raise
        try:
            with alone(settings.data_dir):
                shutil.rmtree(settings.engine_dir, ignore_errors=True)
        except InUse:
            raise nobody from None
    _say("the search index is removed; the platform builds it anew when it starts")
    return 0


def _told(done: Erased) -> str:
    lines = [f"removed {number} from {table}" for table, number in sorted(done.rows.items())]
    lines += [f"blanked {number} in {place}" for place, number in sorted(done.texts.items())]
    if done.practices:
        lines.append(f"public copies follow the change feed: {', '.join(done.practices)}")
        lines.append("old backups hold it until they expire")
    return "\n".join(lines)


def _sweep(database: Database, _options: argparse.Namespace) -> None:
    _say(f"removed {database.run(database.writer, erasure.sweep)} rows that were kept long enough")


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - the answer of a command
