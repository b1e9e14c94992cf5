"""Databases of practices that are made once and copied for each test."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from sqlalchemy import create_engine, make_url, text

from services.practices import app as practices
from services.practices.settings import PracticesSettings
from services.practices.tables import FEED, METADATA
from shared import feed, migrations
from shared.db import Database
from tests.examples import INTERNAL_KEY


def _empty(url: str) -> None:
    """The newest schema, and no practice."""
    database = Database(url)
    migrations.upgrade("practices", database, METADATA)
    database.run(database.writer, feed.begin, FEED)
    database.close()


def _loaded(url: str) -> None:
    """The newest schema and the first practices."""
    settings = PracticesSettings(database_url=url, internal_key=INTERNAL_KEY)
    practices.prepare(settings, lambda _: None)


_MAKE = {"empty": _empty, "loaded": _loaded}


def _begin(url: str) -> str:
    """The copy with a feed of its own: a process keeps what it counted at a position of a feed."""
    database = Database(url)
    with database.writer.begin() as connection:
        connection.execute(text("UPDATE feed SET epoch = :new"), {"new": str(uuid.uuid4())})
    database.close()
    return url


class Copies(Protocol):
    """Copies of a prepared database, which is `empty` or `loaded`."""

    @contextmanager
    def copy(self, content: str) -> Iterator[str]:
        """The URL of a copy that is gone after the block."""
        ...


class Files:
    """Copies of SQLite files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def copy(self, content: str) -> Iterator[str]:
        """A file of its own."""
        template = self.folder / f"{content}.db"
        if not template.exists():
            _MAKE[content](f"sqlite:///{template}")
        own = self.folder / uuid.uuid4().hex
        own.mkdir()
        shutil.copyfile(template, own / "practices.db")
        yield _begin(f"sqlite:///{own}/practices.db")
        shutil.rmtree(own)


class Templates:
    """Copies that a PostgreSQL server makes."""

    def __init__(self, server: str) -> None:
        self._server = make_url(server).set(drivername="postgresql+psycopg")
        self._admin = create_engine(self._server, isolation_level="AUTOCOMMIT")
        self._made: dict[str, str] = {}

    @contextmanager
    def copy(self, content: str) -> Iterator[str]:
        """A database of its own."""
        if content not in self._made:
            self._made[content] = self._create()
            _MAKE[content](self._url(self._made[content]))
        name = self._create(f"TEMPLATE {self._made[content]}")
        try:
            yield _begin(self._url(name))
        finally:
            self._drop(name)

    def _url(self, name: str) -> str:
        return self._server.set(database=name).render_as_string(hide_password=False)

    def _create(self, more: str = "") -> str:
        name = f"test_{uuid.uuid4().hex[:12]}"
        with self._admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} {more}"))
        return name

    def _drop(self, name: str) -> None:
        with self._admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))

    def close(self) -> None:
        """Drop what the copies were made from."""
        for name in self._made.values():
            self._drop(name)
        self._admin.dispose()
