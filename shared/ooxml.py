"""Archives of XML parts, which is what a workbook is: opened with suspicion.

Nothing is inflated before the archive's own list of contents was looked at, and no entity is
ever expanded. Format: ECMA-376 part 2 (packages); ZIP of PKWARE's APPNOTE.
"""

from __future__ import annotations

import posixpath
import struct
import zipfile
import zlib
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from typing import IO, NamedTuple
from xml.parsers import expat

from shared.problems import Invalid
from shared.tabular import unreadable

MOST_RATIO = 100
# Below this size a file that shrinks well is no bomb: a template of empty rows does.
_SMALL = 1_000_000
# What the record of one file in the archive's list of contents may take.
_LONGEST_ENTRY = 1_000
_PIECE = 65_536

_BROKEN = (
    zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, struct.error,
    ValueError, OverflowError, LookupError, OSError, expat.ExpatError,
)  # fmt: skip


class Limits(NamedTuple):
    """How much an archive may hold: bytes when inflated, and files."""

    most_bytes: int = 100_000_000
    most_members: int = 1_000


@contextmanager
def readable() -> Generator[None]:
    """Whatever a broken workbook leads to inside the block becomes Invalid."""
    try:
        yield
    except Invalid:
        raise
    except _BROKEN as broken:
        detail = f"The workbook cannot be read: {str(broken)[:200] or type(broken).__name__}."
        raise unreadable("not_xlsx", detail) from broken


def checked(file: IO[bytes], limits: Limits) -> zipfile.ZipFile:
    """The archive, after its list of contents was found harmless."""
    _check_directory(file, limits.most_members)
    archive = zipfile.ZipFile(file)
    listed = archive.infolist()
    inflated = sum(one.file_size for one in listed)
    packed = sum(one.compress_size for one in listed)
    if inflated > limits.most_bytes:
        detail = f"Inflated, the workbook has {inflated} bytes."
        limit = f"at most {limits.most_bytes} bytes"
        raise unreadable("zip_bomb", detail, value=inflated, allowed=limit)
    if inflated > _SMALL and inflated > MOST_RATIO * max(packed, 1):
        detail = "The workbook grows more than a hundredfold when it is inflated."
        raise unreadable("zip_bomb", detail, value=inflated, allowed=f"at most 1:{MOST_RATIO}")
    if len({one.filename for one in listed}) < len(listed):
        raise unreadable("not_xlsx", "The archive holds two files of one name.")
    return archive


def _check_directory(file: IO[bytes], most_members: int) -> None:
    # Before zipfile builds an object for each member: the record at the end says how many.
    size = file.seek(0, 2)
    file.seek(0)
    start = file.read(2)
    file.seek(max(0, size - 65_557))
    tail = file.read()
    end = tail.rfind(b"PK\x05\x06")
    if start != b"PK" or end < 0 or len(tail) < end + 22:
        raise unreadable("not_xlsx", "This is not a workbook (XLSX).", allowed="an .xlsx file")
    members, directory = struct.unpack_from("<HI", tail, end + 10)
    if members > most_members or directory > most_members * _LONGEST_ENTRY:
        detail = f"The workbook holds {members} files."
        limit = f"at most {most_members} files"
        raise unreadable("zip_bomb", detail, value=members, allowed=limit)


class Reader:
    """Follows the elements of a part by their local names."""

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""

    def end(self, name: str) -> None:
        """An element ends."""

    def data(self, text: str) -> None:
        """Text inside an element, perhaps a piece of it."""


def parse(archive: zipfile.ZipFile, part: str, reader: Reader) -> Iterator[None]:
    """Feed a part to the reader, a piece at a time."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True

    def local(name: str) -> str:
        return name.rpartition(" ")[2]

    def start(name: str, attributes: dict[str, str]) -> None:
        reader.start(local(name), {local(key): value for key, value in attributes.items()})

    def doctype(*_: object) -> None:
        # Entities are declared here and nowhere else: without one, nothing can be expanded.
        raise unreadable("xml_entities", "A part of the workbook declares a document type.")

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda name: reader.end(local(name))
    parser.CharacterDataHandler = reader.data
    parser.StartDoctypeDeclHandler = doctype
    if not part:
        raise unreadable("wrong_sheet", "The sheet holds no cells.")
    with archive.open(part) as content:
        while piece := content.read(_PIECE):
            parser.Parse(piece, False)
            yield
    parser.Parse(b"", True)
    yield


def read(archive: zipfile.ZipFile, part: str, reader: Reader) -> None:
    """Feed a whole part to the reader."""
    for _ in parse(archive, part, reader):
        pass


class Links(Reader):
    """The relationships of a part in the folder: id -> (kind, path in the archive)."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.found: dict[str, tuple[str, str]] = {}

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Note a relationship that stays inside the archive."""
        if name == "Relationship" and attributes.get("TargetMode") != "External":
            path = posixpath.normpath(posixpath.join(self.folder, attributes.get("Target", "")))
            kind = attributes.get("Type", "").rpartition("/")[2]
            self.found[attributes.get("Id", "")] = (kind, path.lstrip("/"))
