"""Scopes and clients: who gets which token."""

from __future__ import annotations

import pytest

from services.gateway import store
from services.gateway.domain.access import SCOPES, granted, known
from services.gateway.routes import ROUTES
from services.gateway.tables import METADATA
from shared import migrations
from shared.db import Database
from shared.problems import Invalid, NotFound


@pytest.fixture
def database(database_url: str):
    database = Database(database_url)
    migrations.upgrade("gateway", database, METADATA)
    yield database
    database.close()


def test_a_scope_that_does_not_exist_is_named_with_those_that_do():
    with pytest.raises(Invalid) as refused:
        known(["practices:write", "practices:delete"])
    assert refused.value.errors[0].value == "practices:delete"
    assert "practices:write" in refused.value.errors[0].allowed


def test_a_token_carries_what_was_asked_for_or_all_that_is_held():
    held = frozenset({"practices:write", "practices:publish"})
    assert granted(held, None) == held
    assert granted(held, "practices:write") == {"practices:write"}
    assert granted(held, "practices:write admin") is None


def test_every_scope_in_the_table_of_routes_exists():
    assert {scope for route in ROUTES for scope in route.scopes} <= SCOPES.keys()


def test_every_route_that_writes_needs_a_scope():
    """Open is what stores nothing (search, what-if, the token itself), and one's own session."""
    open_posts = {r.path for r in ROUTES if r.method != "GET" and not r.scopes}
    meant = {path for path in open_posts if path.startswith(("/search/", "/session"))}
    meant |= {"/oauth/token", "/editions/{edition_id}/what-if"}
    assert open_posts == meant


def test_a_client_signs_in_with_its_secret_and_with_no_other(database):
    made = database.run(database.writer, store.create_client, "CRM", ["practices:write"], ["ES51"])
    client = database.run(database.reader, store.authenticated, made.client_id, made.secret)
    assert client is not None
    assert client.regions == ["ES51"]
    for wrong in ("", made.secret + "x", made.secret.swapcase()):
        found = database.run(database.reader, store.authenticated, made.client_id, wrong)
        assert found is None


def test_the_secret_is_kept_nowhere(database):
    made = database.run(database.writer, store.create_client, "CRM", ["practices:write"], [])
    row = database.run(database.reader, store.clients)[0]
    assert made.secret not in str(row.model_dump())


def test_a_revoked_client_gets_no_token(database):
    made = database.run(database.writer, store.create_client, "CRM", ["practices:write"], [])
    database.run(database.writer, store.revoke, made.client_id)
    assert database.run(database.reader, store.authenticated, made.client_id, made.secret) is None


def test_revoking_an_unknown_client_says_so(database):
    with pytest.raises(NotFound, match="client_x"):
        database.run(database.writer, store.revoke, "client_x")
