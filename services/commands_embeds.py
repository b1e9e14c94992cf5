"""The commands of embed keys: `python -m services embed-keys create|list|rotate|revoke`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from services.gateway import store_embeds
from services.gateway.admin.schemas_embeds import state
from services.gateway.audit import COMMAND
from shared.clock import now
from shared.db import Database

Opened = Callable[[argparse.Namespace], Database]


def add(verbs: Any, opened: Opened) -> None:  # noqa: ANN401 - argparse does not name this type
    """Add the commands to the parser.

    opened  gives the gateway's database, brought up to date
    """
    keys = verbs.add_parser("embed-keys", help="keys with which partners' pages search")
    actions = keys.add_subparsers(metavar="ACTION", required=True)
    create = actions.add_parser("create", help="make a key; it is public, not a secret")
    create.add_argument("--name", required=True, help="whose pages these are")
    create.add_argument(
        "--origin", action="append", required=True, help="https://www.example.org; repeatable"
    )
    create.add_argument("--per-minute", type=_quota, default=600, help="searches in a minute (600)")
    create.set_defaults(command=lambda options: _create(options, opened))
    listing = actions.add_parser("list", help="all keys, with their use in the last thirty days")
    listing.set_defaults(command=lambda options: _list(options, opened))
    for name, run, told in (
        ("rotate", _rotate, "a new key in place of one, which works for thirty days more"),
        ("revoke", _revoke, "the key is refused from now on"),
    ):
        action = actions.add_parser(name, help=told)
        action.add_argument("key")
        action.set_defaults(command=lambda options, run=run: run(options, opened))


def _quota(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 60_000:
        raise argparse.ArgumentTypeError("1 to 60000 searches in a minute")
    return number


def _create(options: argparse.Namespace, opened: Opened) -> int:
    database = opened(options)
    key = database.run(
        database.writer,
        store_embeds.create,
        options.name,
        options.origin,
        options.per_minute,
        COMMAND,
    )
    print(f"key={key.id}")  # noqa: T201
    return 0


def _list(options: argparse.Namespace, opened: Opened) -> int:
    database = opened(options)
    since = (now() - timedelta(days=30)).date()
    used = database.run(database.reader, store_embeds.totals, since)
    for key in database.run(database.reader, store_embeds.keys):
        requests, refused = used.get(key.id, (0, 0))
        origins = " ".join(key.origins)
        print(  # noqa: T201
            f"{key.id}\t{state(key)}\t{key.per_minute}/min\t{requests} used\t{refused} refused"
            f"\t{origins}\t{key.name}"
        )
    return 0


def _rotate(options: argparse.Namespace, opened: Opened) -> int:
    database = opened(options)
    key = database.run(database.writer, store_embeds.rotate, options.key, COMMAND)
    print(f"key={key.id}\n{options.key} works for thirty days more")  # noqa: T201
    return 0


def _revoke(options: argparse.Namespace, opened: Opened) -> int:
    database = opened(options)
    database.run(database.writer, store_embeds.revoke, options.key, COMMAND)
    print(f"{options.key} is refused within five seconds")  # noqa: T201
    return 0
