"""The commands of access: clients, people and their roles, signing keys, the trail."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.gateway import audit, store
from services.gateway.domain.passwords import check_password
from services.gateway.domain.roles import EVERYWHERE, ROLES
from services.gateway.people import store as people
from services.gateway.people.hashing import hashed
from services.gateway.people.store import Account
from shared import strict
from shared.clock import stamp
from shared.db import Database
from shared.problems import Invalid, NotFound
from shared.tokens import rotate


@dataclass(frozen=True, slots=True)
class Access:
    """What the commands work on.

    database  the gateway's, brought up to date
    codes     the codes of regions given by code or slug; Invalid naming the unknown ones
    """

    database: Callable[[argparse.Namespace], Database]
    codes: Callable[[argparse.Namespace, list[str]], list[str]]


def add(verbs: Any, access: Access) -> None:  # noqa: ANN401 - argparse does not name this type
    """Add the commands to the parser."""
    _add_clients(verbs, access)
    _add_people(verbs, access)
    keys = verbs.add_parser("keys", help="the keys that tokens are signed with")
    actions = keys.add_subparsers(metavar="ACTION", required=True)
    turn = actions.add_parser("rotate", help="a new key; running gateways notice within a minute")
    turn.add_argument(
        "--compromised", action="store_true", help="the old ones are known to others: remove them"
    )
    turn.set_defaults(command=_rotate_keys)
    trail = verbs.add_parser("audit", help="what was done to access")
    actions = trail.add_subparsers(metavar="ACTION", required=True)
    _action(actions, access, "list", "the last hundred deeds", _list_audit)
    _action(actions, access, "verify", "whether no row was changed or taken out", _verify_audit)


def _action(
    actions: Any,  # noqa: ANN401 - argparse does not name this type
    access: Access,
    name: str,
    told: str,
    run: Callable[[argparse.Namespace, Access], int],
) -> argparse.ArgumentParser:
    action = actions.add_parser(name, help=told)
    action.set_defaults(command=lambda options: run(options, access))
    return action


def _add_clients(verbs: Any, access: Access) -> None:  # noqa: ANN401 - as above
    clients = verbs.add_parser("clients", help="systems that may ask for tokens")
    actions = clients.add_subparsers(metavar="ACTION", required=True)
    create = _action(
        actions, access, "create", "make a client; its secret is shown once", _create_client
    )
    create.add_argument("--name", default="", help="what the client is, for the list")
    create.add_argument("--region", action="append", default=[], help="code or slug; repeatable")
    create.add_argument("--scope", action="append", required=True, help="repeatable")
    create.add_argument(
        "--jwks", type=Path, help="a file with its public keys: it signs, and gets no secret"
    )
    _action(actions, access, "list", "all clients", _list_clients)
    for name, told, run in (
        ("secret", "another secret; the one of now works for seven days more", _new_secret),
        ("revoke", "no new tokens, and the old ones are refused", _revoke_client),
    ):
        _action(actions, access, name, told, run).add_argument("client_id")


def _add_people(verbs: Any, access: Access) -> None:  # noqa: ANN401 - as above
    parser = verbs.add_parser("people", help="who may sign in, and in which role")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    create = _action(
        actions, access, "create", "make a person; a password is shown once", _create_person
    )
    create.add_argument("name")
    create.add_argument("--display-name", default="")
    create.add_argument("--role", action="append", default=[], choices=ROLES, help="repeatable")
    create.add_argument("--region", action="append", default=[], help="code, slug or *; repeatable")
    create.add_argument(
        "--password-stdin", action="store_true", help="the password is the first line of the input"
    )
    _action(actions, access, "list", "everybody, with roles", _list_people)
    for name, told, run in (
        ("grant", "give a role for regions", _grant),
        ("revoke", "take a role away", _ungrant),
    ):
        action = _action(actions, access, name, told, run)
        action.add_argument("name")
        action.add_argument("--role", required=True, choices=ROLES)
        action.add_argument(
            "--region", action="append", default=[], help="code, slug or *; repeatable"
        )
    for name, told, run in (
        ("password", "a new one-time password; every session ends", _reset_password),
        ("disable", "cannot sign in until enabled", _disable),
        ("enable", "can sign in again", _enable),
        ("remove", "erase the person with all that is known", _remove),
    ):
        _action(actions, access, name, told, run).add_argument("name")


# ------------------------------------------------------------------ clients


def _create_client(options: argparse.Namespace, access: Access) -> int:
    keys = strict.loads(options.jwks.read_bytes()) if options.jwks else None
    regions = access.codes(options, options.region)
    database = access.database(options)
    made = database.run(
        database.writer, store.create_client, options.name, options.scope, regions, keys
    )
    database.close()
    if not made.secret:
        _say(f"client_id={made.client_id}")
        return 0
    _say(f"client_id={made.client_id}\nclient_secret={made.secret}")
    _say("Keep the secret: it is not shown again.")
    return 0


def _list_clients(options: argparse.Namespace, access: Access) -> int:
    database = access.database(options)
    for client in database.run(database.reader, store.clients):
        state = "revoked" if client.revoked_at else "active"
        scopes, regions = " ".join(client.scopes), " ".join(client.regions) or "-"
        _say(f"{client.id}\t{state}\t{scopes}\t{regions}\t{client.name}")
    return 0


def _new_secret(options: argparse.Namespace, access: Access) -> int:
    database = access.database(options)
    made, until = database.run(database.writer, store.new_secret, options.client_id)
    _say(f"client_id={made.client_id}\nclient_secret={made.secret}")
    _say(f"The secret before it works until {stamp(until)}.")
    return 0


def _revoke_client(options: argparse.Namespace, access: Access) -> int:
    database = access.database(options)
    database.run(database.writer, store.revoke, options.client_id)
    _say(f"{options.client_id} gets no new tokens, and those that it has are refused")
    return 0


# ------------------------------------------------------------------ people


def _create_person(options: argparse.Namespace, access: Access) -> int:
    grants = [(role, code) for role in options.role for code in _regions(options, access, role)]
    password = sys.stdin.readline().rstrip("\n") if options.password_stdin else ""
    if password:
        check_password(password, options.name, options.display_name)
    given = password or people.one_time_password()
    database = access.database(options)
    made = database.run(
        database.writer,
        people.create,
        audit.COMMAND,
        options.name,
        options.display_name,
        hashed(given),
        grants,
        must_change=not password,
    )
    database.close()
    _say(f"id={made.person.id}\nname={made.person.name}")
    if not password:
        _say(f"password={given}\nIt is shown once and has to be changed when it is used.")
    return 0


def _list_people(options: argparse.Namespace, access: Access) -> int:
    database = access.database(options)
    after: str | None = None
    while found := database.run(database.reader, people.people, after):
        for account in found:
            state = "disabled" if account.person.disabled_at else "active"
            _say(f"{account.person.name}\t{state}\t{_held(account)}\t{account.person.id}")
        after = found[-1].person.folded
    return 0


def _held(account: Account) -> str:
    return " ".join(f"{role}:{region}" for role, region in account.grants) or "-"


def _grant(options: argparse.Namespace, access: Access) -> int:
    codes = _regions(options, access, options.role)
    return _each(options, access, people.grant, codes)


def _ungrant(options: argparse.Namespace, access: Access) -> int:
    return _each(options, access, people.ungrant, _regions(options, access, options.role))


def _each(
    options: argparse.Namespace, access: Access, do: Callable[..., Account], codes: Iterable[str]
) -> int:
    database = access.database(options)
    account = _named(database, options.name)
    for code in codes:
        account = database.run(
            database.writer, do, audit.COMMAND, account.person.id, options.role, code
        )
    _say(f"{account.person.name}\t{_held(account)}")
    return 0


def _reset_password(options: argparse.Namespace, access: Access) -> int:
    database = access.database(options)
    person = _named(database, options.name).person
    if person.issuer:
        raise Invalid("The provider keeps this person's password.")
    given = people.one_time_password()
    database.run(
        database.writer,
        people.set_password,
        audit.COMMAND,
        person.id,
        hashed(given),
        must_change=True,
    )
    _say(f"password={given}\nIt is shown once and has to be changed when it is used.")
    return 0


def _disable(options: argparse.Namespace, access: Access) -> int:
    return _switch(options, access, disabled=True)


def _enable(options: argparse.Namespace, access: Access) -> int:
    return _switch(options, access, disabled=False)


def _switch(options: argparse.Namespace, access: Access, *, disabled: bool) -> int:
    database = access.database(options)
    person = _named(database, options.name).person
    database.run(database.writer, people.change, audit.COMMAND, person.id, disabled=disabled)
    _say(f"{person.name} {'cannot sign in, and is signed out' if disabled else 'can sign in'}")
    return 0


def _remove(options: argparse.Namespace, access: Access) -> int:
    database = access.database(options)
    person = _named(database, options.name).person
    database.run(database.writer, people.erase, audit.COMMAND, person.id)
    _say(f"{options.name} is erased; the trail keeps the id {person.id}")
    return 0


def _named(database: Database, name: str) -> Account:
    account = database.run(database.reader, people.named, name)
    if account is None:
        raise NotFound(f"There is no person {name}; `people list` shows everybody.")
    return account


def _regions(options: argparse.Namespace, access: Access, role: str) -> list[str]:
    asked: list[str] = options.region
    if role == "administrator" and not asked:
        return [EVERYWHERE]
    if not asked:
        raise Invalid(f"For which region is the role {role}? Give --region, or --region '*'.")
    looked_up = access.codes(options, [name for name in asked if name != EVERYWHERE])
    return looked_up + ([EVERYWHERE] if EVERYWHERE in asked else [])


# ------------------------------------------------------------------ keys and trail


def _rotate_keys(options: argparse.Namespace) -> int:
    path = rotate(options.data_dir / "keys", compromised=options.compromised)
    _say(f"made {path.name}")
    if options.compromised:
        _say("It signs within a minute, and tokens of the old keys are refused from then on.")
    else:
        _say("It signs in two minutes; the old key goes when its last token has run out.")
    return 0


def _list_audit(options: argparse.Namespace, access: Access) -> int:
    database = access.database(options)
    for row in reversed(database.run(database.reader, audit.search, None, 100)):
        detail = json.dumps(row.detail, sort_keys=True) if row.detail else ""
        _say(f"{row.number}\t{row.at}\t{row.actor or '-'}\t{row.action}\t{row.target}\t{detail}")
    return 0


def _verify_audit(options: argparse.Namespace, access: Access) -> int:
    database = access.database(options)
    broken = database.run(database.reader, audit.broken_at)
    if broken is None:
        _say("the trail is as it was written")
        return 0
    _say(f"row {broken} of the trail was changed or is missing")
    return 1


def _say(text: str) -> None:
    print(text)  # noqa: T201 - the answer of a command
