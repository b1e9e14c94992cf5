"""The inverted index on tantivy: which documents have which words, and where words are neighbours.

Two text fields hold the same kind of words: `tolerant` those that may be met with typos, `exact`
those of the attributes where typos are off. `number` is the document's number in the store.
"""

from __future__ import annotations

import json
import shutil
import struct
import zlib
from collections.abc import Iterable
from operator import itemgetter
from pathlib import Path

import numpy as np
import tantivy
from numpy.typing import NDArray

HEAP_BYTES = 48_000_000
FIELDS = ("tolerant", "exact")
_FOOTER_MAGIC = 1337
_FIRST, _SECOND = itemgetter(0), itemgetter(1)


class Corrupt(Exception):
    """The index on disk is missing, damaged or not the one that the store remembers."""


def schema() -> tantivy.Schema:
    """The fields of the inverted index."""
    builder = tantivy.SchemaBuilder()
    for name in FIELDS:
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="position")
    builder.add_unsigned_field("number", indexed=True, fast=True)
    return builder.build()


class Inverted:
    """One tantivy index in one folder. One thread writes; searchers are snapshots."""

    def __init__(self, folder: Path, index: tantivy.Index) -> None:
        self.folder = folder
        self.schema = index.schema
        self._index = index
        self._writer: tantivy.IndexWriter | None = None
        index.config_reader("manual")
        index.reload()

    @staticmethod
    def create(folder: Path) -> Inverted:
        """A new, empty index; what stood in the folder is removed."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return Inverted(folder, tantivy.Index(schema(), path=str(folder)))

    @staticmethod
    def open(folder: Path, stamp: int) -> Inverted:
        """The index as committed with the stamp. Raises Corrupt."""
        try:
            found = json.loads((folder / "meta.json").read_text())["opstamp"]
            if found != stamp:
                raise Corrupt(f"{folder} stands at {found}, the store at {stamp}")
            for file in folder.iterdir():
                _check(file)
            return Inverted(folder, tantivy.Index.open(str(folder)))
        except Corrupt:
            raise
        except (OSError, ValueError, KeyError) as error:
            raise Corrupt(f"{folder}: {error}") from error

    def searcher(self) -> tantivy.Searcher:
        """A view that later writes do not change."""
        return self._index.searcher()

    def write(self, added: Iterable[tuple[int, str, str]], removed: Iterable[int]) -> int:
        """Add and remove documents and make it durable; the stamp of this state.

        added   number, words with typos allowed, words without
        """
        writer = self._writer = self._writer or self._index.writer(HEAP_BYTES, 1)
        for number in removed:
            # By query: by term it would be taken for a signed number, and nothing removed.
            query = tantivy.Query.term_query(self.schema, "number", number)
            writer.delete_documents_by_query(query)
        for number, tolerant, exact in added:
            document = tantivy.Document()
            document.add_text("tolerant", tolerant)
            if exact:
                document.add_text("exact", exact)
            document.add_unsigned("number", number)
            writer.add_document(document)
        stamp = writer.commit()
        self._index.reload()
        return stamp

    def rest(self) -> None:
        """Let go of the writer and its threads until the next write."""
        if self._writer is not None:
            self._writer.wait_merging_threads()
            self._writer = None


def numbers_of(
    searcher: tantivy.Searcher, query: tantivy.Query
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """All documents that answer the query: their numbers and their scores, which are whole.

    Raises Corrupt when the files were damaged while they were in use.
    """
    try:
        hits = searcher.search(query, max(1, searcher.num_docs), count=False).hits
    except (Exception, KeyboardInterrupt, SystemExit):
        raise
    except BaseException as panic:  # A panic of tantivy: its files are not what they were.
        raise Corrupt(f"tantivy gave up: {panic}") from panic
    scores = np.fromiter(map(_FIRST, hits), np.float32, len(hits)).astype(np.int64)
    numbers = searcher.fast_field_values("number", list(map(_SECOND, hits)))
    return np.fromiter(numbers, np.int64, len(hits)), scores


def _check(file: Path) -> None:
    """Compare a file of tantivy with the checksum in its own footer. Raises Corrupt."""
    if file.name.startswith(".") or file.suffix == ".json" or file.suffix == ".lock":
        return
    data = file.read_bytes()
    if len(data) < 8:
        raise Corrupt(f"{file} is cut short")
    length, magic = struct.unpack("<II", data[-8:])
    if magic != _FOOTER_MAGIC or length > len(data) - 8:
        raise Corrupt(f"{file} has no footer")
    footer = json.loads(data[-8 - length : -8])
    if zlib.crc32(memoryview(data)[: -8 - length]) != footer["crc"]:
        raise Corrupt(f"{file} does not match its checksum")
