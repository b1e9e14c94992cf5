"""One index: its memory, which searches read as snapshots, and the way changes get into it.

A changed document gets a new number and a new place in memory; the old one is only marked dead.
So everything in memory grows at the end, and a snapshot stays true while the writer goes on.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from sqlite3 import Connection
from typing import Any

import numpy as np
import tantivy
from numpy.typing import NDArray

from services.search.engine import store as disk
from services.search.engine.columns import Column, ColumnView
from services.search.engine.documents import Document, as_text, flat, geo_point
from services.search.engine.forward import Forward, ForwardView, Words, read
from services.search.engine.forward import as_text as words_text
from services.search.engine.geo import Points
from services.search.engine.grow import Grow
from services.search.engine.inverted import Corrupt, Inverted
from services.search.engine.lexicon import Lexicon
from services.search.engine.settings import (
    folded_stop_words,
    folded_synonyms,
    kept_attributes,
    need_reading,
    rank_of,
)
from services.search.engine.store import DocumentRow, Store, StoreRow

Note = Callable[[Connection], None]
GEO = "_geo"
_DEAD_WORTH_A_CLEANING = 5_000


@dataclass(frozen=True)
class Snapshot:
    """An index at one moment. Arrays are by place in memory, 0 to `size` - 1.

    numbers   the store's number of the document at each place, growing
    alive     False where the document was replaced or removed since
    order     when the document first came in: what decides between equals
    """

    row: StoreRow
    numbers: NDArray[np.int64]
    alive: NDArray[np.bool_]
    order: NDArray[np.int64]
    forward: ForwardView
    lexicon: Lexicon
    columns: dict[str, ColumnView]
    points: Points
    searcher: tantivy.Searcher
    schema: tantivy.Schema
    weights: NDArray[np.int32]
    exact_fields: NDArray[np.bool_]

    @property
    def size(self) -> int:
        """How many places there are, dead ones included."""
        return len(self.numbers)

    @property
    def settings(self) -> dict[str, Any]:
        """The settings in force."""
        return self.row.settings

    @cached_property
    def stop_words(self) -> frozenset[str]:
        """The stop words, folded."""
        return folded_stop_words(self.settings)

    @cached_property
    def synonyms(self) -> dict[tuple[str, ...], list[tuple[str, ...]]]:
        """The synonyms, folded."""
        return folded_synonyms(self.settings)

    @cached_property
    def has_exact_fields(self) -> bool:
        """Whether there are attributes in which typos are off."""
        return bool(self.exact_fields.any())

    @cached_property
    def remembered(self) -> dict[Any, Any]:
        """What texts were found to match: see `searching`. Gone with the next change."""
        return {}

    @cached_property
    def splits(self) -> dict[str, tuple[int, int] | None]:
        """Words already looked at for a forgotten blank: see `matching`."""
        return {}

    def places(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where the documents with these numbers stand."""
        return np.searchsorted(self.numbers, numbers)


@dataclass(frozen=True)
class _Read:
    """A document taken apart."""

    words: Words
    leaves: dict[str, Any]


class Index:
    """Opened from the store; `snapshot` is replaced whole after every change."""

    def __init__(self, store: Store, store_id: int, folder: Path) -> None:
        self._store = store
        self._folder = folder
        self.row = store.row(store_id)
        self._load()
        self._inverted = self._opened()
        self.snapshot = self._taken()

    # Opening

    def _load(self) -> None:
        self._lexicon = Lexicon(self._store.words(self.row.id))
        shapes = self._store.shapes(self.row.id)
        self._numbers = Grow(np.int64, np.array([s[0] for s in shapes], np.int64))
        self._order = Grow(np.int64, np.array([s[1] for s in shapes], np.int64))
        self._alive = np.ones(len(shapes), np.bool_)
        self._words = [Words.unpack(s[2]) for s in shapes]
        self._forward = Forward(self._words)
        self._columns: dict[str, Column] = {}
        self._latitudes, self._longitudes = Grow(np.float64), Grow(np.float64)
        self._add_leaves([json.loads(s[3]) for s in shapes])

    def _opened(self) -> Inverted:
        try:
            inverted = Inverted.open(self._path(), self.row.stamp)
        except Corrupt as damage:
            if len(self._numbers):
                sys.stderr.write(f"search engine: rebuilding an index: {damage}\n")
            inverted = self._inverted_again()
            with self._store.writing() as connection:
                disk.save_row(connection, self.row)
        self._words = []
        return inverted

    def _path(self) -> Path:
        return self._folder / f"{self.row.id}-{self.row.generation}"

    def _inverted_again(self) -> Inverted:
        """A new inverted index from the words of all documents, in a folder of its own."""
        shutil.rmtree(self._path(), ignore_errors=True)
        self.row.generation += 1
        inverted = Inverted.create(self._path())
        numbers = self._numbers.view().tolist()
        rows = zip(numbers, self._words, strict=True)
        self.row.stamp = inverted.write((self._inverted_row(n, w) for n, w in rows), [])
        return inverted

    def _inverted_row(self, number: int, words: Words) -> tuple[int, str, str]:
        exact_fields = self._exact_fields()
        if not exact_fields.any() or not len(words.fields):
            return number, words_text(self._lexicon, words), ""
        exact = exact_fields[words.fields]
        return (
            number,
            words_text(self._lexicon, words, ~exact),
            words_text(self._lexicon, words, exact),
        )

    def mend(self) -> None:
        """Load everything again from the store, after damage in memory or on disk."""
        self.row = self._store.row(self.row.id)
        self._load()
        self._inverted = self._inverted_again()
        with self._store.writing() as connection:
            disk.save_row(connection, self.row)
        self._words = []
        self.snapshot = self._taken()

    def close(self, remove: bool = False) -> None:
        """Let go of the writer; with `remove`, delete the inverted index too."""
        self._inverted.rest()
        if remove:
            shutil.rmtree(self._path(), ignore_errors=True)

    def _taken(self) -> Snapshot:
        self._lexicon.settle()
        patterns = self.row.settings["searchableAttributes"]
        ranks = [rank_of(name, patterns) for name in self.row.fields]
        if patterns == ["*"]:
            ranks = list(range(len(self.row.fields)))
        weights = np.array([0 if rank is None else rank for rank in ranks], np.int32)
        return Snapshot(
            row=StoreRow(**vars(self.row)),
            numbers=self._numbers.view(),
            alive=self._alive,
            order=self._order.view(),
            forward=self._forward.view(len(self._lexicon)),
            lexicon=self._lexicon,
            columns={name: column.view() for name, column in self._columns.items()},
            points=Points(self._latitudes.view(), self._longitudes.view()),
            searcher=self._inverted.searcher(),
            schema=self._inverted.schema,
            weights=weights,
            exact_fields=self._exact_fields(),
        )

    def _exact_fields(self) -> NDArray[np.bool_]:
        off = self.row.settings["typoTolerance"]["disableOnAttributes"]
        return np.array([rank_of(name, off) is not None for name in self.row.fields], np.bool_)

    # Changing

    def change(
        self, added: dict[str, Document], removed: Iterable[str], note: Note
    ) -> tuple[int, int]:
        """Add, replace and remove documents; how many came in and how many went.

        note   writes into the same transaction that this was done
        """
        known = self._store.known(self.row.id, {*added, *removed})
        gone = list(known.numbers.values())
        parts = {each: self._read(each, document) for each, document in added.items()}
        place = self._next_place()
        rows: list[DocumentRow] = []
        for each, document in added.items():
            if each not in known.places:
                place += 1
            rows.append(
                DocumentRow(
                    each,
                    known.places.get(each, place),
                    json.dumps(document, ensure_ascii=False),
                    parts[each].words.pack(),
                    json.dumps(parts[each].leaves, ensure_ascii=False),
                )
            )
        with self._store.writing() as connection:
            disk.remove_documents(connection, gone)
            numbers = disk.add_documents(connection, self.row.id, rows)
            fresh = zip(numbers, parts.values(), strict=True)
            self._save_words(connection)
            self.row.stamp = self._inverted.write(
                (self._inverted_row(number, part.words) for number, part in fresh), gone
            )
            disk.save_row(connection, self.row)
            note(connection)
        self._remember(rows, numbers, list(parts.values()), gone)
        return len(rows), len(set(known.numbers) - set(added))

    def _read(self, document_id: str, document: Document) -> _Read:
        settings = self.row.settings
        patterns = settings["searchableAttributes"]
        kept = kept_attributes(settings)
        texts: list[tuple[int, str]] = []
        leaves: dict[str, Any] = {}
        for path, value in flat(document).items():
            if rank_of(path, patterns) is not None and not path.startswith("_geo."):
                texts.append((self._field(path), as_text(value)))
            if rank_of(path, kept) is not None:
                leaves[path] = value
        if GEO in kept:
            point = geo_point(document, document_id)
            leaves = {k: v for k, v in leaves.items() if not k.startswith("_geo")}
            if point:
                leaves[GEO] = list(point)
        return _Read(read(self._lexicon, texts), leaves)

    def _field(self, path: str) -> int:
        if path not in self.row.fields:
            self.row.fields.append(path)
        return self.row.fields.index(path)

    def _next_place(self) -> int:
        order = self._order.view()
        return int(order.max()) if len(order) else 0

    def _save_words(self, connection: Connection) -> None:
        lexicon = self._lexicon
        changed, lexicon.changed = sorted(lexicon.changed), set()
        rows = ((n, lexicon.words[n], lexicon.written.get(n, "")) for n in changed)
        disk.save_words(connection, self.row.id, rows)

    def _remember(
        self, rows: list[DocumentRow], numbers: list[int], parts: list[_Read], gone: list[int]
    ) -> None:
        alive = np.append(self._alive, np.ones(len(rows), np.bool_))
        alive[np.searchsorted(self._numbers.view(), np.array(gone, np.int64))] = False
        self._add_leaves([part.leaves for part in parts])
        self._numbers.extend(numbers)
        self._order.extend([row.place for row in rows])
        self._forward.extend([part.words for part in parts])
        self._alive = alive
        dead = len(alive) - int(alive.sum())
        if dead > _DEAD_WORTH_A_CLEANING and dead > len(alive) // 2:
            self._load()
            self._words = []
        self.snapshot = self._taken()

    def _add_leaves(self, leaves: list[dict[str, Any]]) -> None:
        start = len(self._latitudes)
        by_path: dict[str, list[tuple[int, Any]]] = {}
        points: list[tuple[float, float]] = []
        for place, each in enumerate(leaves, start=start):
            latitude, longitude = each.get(GEO) or (np.nan, np.nan)
            points.append((latitude, longitude))
            for path, value in each.items():
                by_path.setdefault(path, []).append((place, value))
        for path, values in by_path.items():
            self._columns.setdefault(path, Column()).extend(values)
        self._latitudes.extend([point[0] for point in points])
        self._longitudes.extend([point[1] for point in points])

    def configure(self, settings: dict[str, Any], note: Note) -> None:
        """Put settings in force, reading all documents again when these settings need it."""
        again = need_reading(self.row.settings, settings) and len(self._numbers)
        self.row.settings = settings
        if again:
            self._read_all(note)
        else:
            with self._store.writing() as connection:
                disk.save_row(connection, self.row)
                note(connection)
        self.snapshot = self._taken()

    def _read_all(self, note: Note) -> None:
        self.row.fields = []
        self._lexicon = Lexicon()
        bodies = self._store.all_bodies(self.row.id)
        parts = {n: self._read(each, json.loads(body)) for n, each, body in bodies}
        with self._store.writing() as connection:
            connection.executemany(
                "UPDATE documents SET words = ?, leaves = ? WHERE number = ?",
                (
                    (part.words.pack(), json.dumps(part.leaves, ensure_ascii=False), number)
                    for number, part in parts.items()
                ),
            )
            connection.execute("DELETE FROM words WHERE store = ?", (self.row.id,))
            self._save_words(connection)
            # No inverted index has this stamp: after a crash right here it is made again.
            self.row.stamp = -1
            disk.save_row(connection, self.row)
            note(connection)
        self._load()
        self._inverted.rest()
        self._inverted = self._inverted_again()
        self._words = []
        with self._store.writing() as connection:
            disk.save_row(connection, self.row)

    def set_primary_key(self, primary_key: str, note: Note) -> None:
        """Name the attribute that identifies documents."""
        self.row.primary_key = primary_key
        with self._store.writing() as connection:
            disk.save_row(connection, self.row)
            note(connection)
        self.snapshot = self._taken()
