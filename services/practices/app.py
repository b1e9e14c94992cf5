"""The practices service as an application, and what it needs before it can start."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta

from fastapi import FastAPI
from sqlmodel import Session

from services.practices.accounts import Accounts
from services.practices.catalogue import api as api_catalogue
from services.practices.catalogue import api_out, api_versions, internal, store
from services.practices.desk import api as api_desk
from services.practices.desk import api_conversation
from services.practices.desk.reminders import due_reminders
from services.practices.drafts import api as api_drafts
from services.practices.load import load
from services.practices.personal import erasure
from services.practices.push import api as api_push
from services.practices.record.parts import DATA
from services.practices.regions import Regions
from services.practices.review import api as api_review
from services.practices.settings import PracticesSettings
from services.practices.tables import FEED, METADATA
from services.practices.template import api as api_template
from services.practices.webhooks import api as api_webhooks
from services.practices.webhooks import outbox
from services.practices.webhooks.outbox import Rules
from services.practices.webhooks.sender import Sender
from services.practices.webhooks.worker import Chore, Worker
from services.practices.workflow import api as api_workflow
from shared import feed, migrations
from shared.client import Service, Where
from shared.clock import now
from shared.db import Database
from shared.service import new_service
from shared.shelf import Shelf

_DESCRIPTION = "The Integration Lab: regional practices, submitted, published, found."
_MINUTE, _HOUR = 60.0, 3600.0


def prepare(settings: PracticesSettings, say: Callable[[str], None]) -> None:
    """Bring the database up to date and load the first practices."""
    database = Database(settings.database)
    try:
        if migrations.upgrade("practices", database, METADATA):
            say("practices: the database is at the newest schema")
        number = database.run(database.writer, _first_data)
        if number:
            say(f"practices: {number} practices loaded")
    finally:
        database.close()


def _first_data(session: Session) -> int:
    feed.begin(session, FEED)
    return load(session, DATA / "practices.jsonl")


def create_app(settings: PracticesSettings, neighbours: Mapping[str, Where]) -> FastAPI:
    """The application. It needs the neighbours `indicators` (regions), `search` (`q`) and
    `gateway` (who somebody is now)."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        key = settings.internal_key.encode()
        async with (
            Service("indicators", neighbours["indicators"], key) as indicators,
            Service("search", neighbours["search"], key) as search,
            Service("gateway", neighbours["gateway"], key) as gateway,
        ):
            app.state.regions = Regions(indicators)
            app.state.search = search
            app.state.accounts = Accounts(gateway)
            async with _worker(app, settings).working():
                yield
        app.state.database.close()

    async def ready(app: FastAPI) -> Mapping[str, str]:
        why = await app.state.database.lack(METADATA)
        return {"database": why} if why else {}

    routers = [
        # Before the practices: `feed.atom` is no practice's id.
        api_out.routes,
        api_catalogue.routes,
        api_versions.routes,
        api_drafts.routes,
        api_workflow.routes,
        api_review.routes,
        api_desk.routes,
        api_conversation.routes,
        api_template.routes,
        api_webhooks.routes,
        api_push.routes,
        internal.routes,
    ]
    app = new_service("Practices", _DESCRIPTION, routers, lifespan=lifespan, ready=ready)
    database = Database(settings.database)
    app.state.database = database
    app.state.shelf = Shelf(database, store.state, settings.kept_answers_mb, look_seconds=0)
    app.state.internal_key = settings.internal_key.encode()
    app.state.site = settings.site
    app.state.public_base = settings.public_base
    app.state.webhooks_local = settings.webhooks_local
    app.state.import_max_bytes = settings.import_max_bytes
    return app


def _worker(app: FastAPI, settings: PracticesSettings) -> Worker:
    rules = Rules(settings.webhooks_first_pause, timedelta(days=settings.webhooks_patience_days))
    sender = Sender(local=settings.webhooks_local)
    kept = timedelta(days=settings.webhooks_log_days)
    chores = [
        Chore(_HOUR, lambda session: outbox.sweep(session, kept)),
        Chore(_HOUR, erasure.sweep),
        Chore(_MINUTE, lambda session: due_reminders(session, now())),
    ]
    return Worker(app.state.database, sender, rules, app.state.accounts.known, chores)
