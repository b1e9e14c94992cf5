"""Files of practices as a bad disk, a bad program or a bad person would leave them."""

from __future__ import annotations

import io
import json
import random
import zipfile
from collections.abc import Iterator
from typing import Any

from tests.practices.push.files import as_csv, as_json, as_ndjson, as_xlsx

_NASTY = (
    "\x00",
    "\ud800",
    "=1+1",
    "-1",
    "1e999",
    "\u202e",
    "é" * 40,
    '"',
    "'",
    "\r",
    "\n",
    ";",
    "|",
    "]",
    "}",
    "<!DOCTYPE",
    "&a;",
    "\ufeff",
    "9" * 40,
    "NaN",
    "null",
    "true",
    "[]",
)
_COLUMNS = (
    "title",
    "areas",
    "areas.1",
    "partners.1.name",
    "partners.2.scope",
    "period.start",
    "budget.amount_eur",
    "contact.email",
    "external_id",
    "regions",
    "links.1.url",
    "translations.1.language",
    "questionnaire.criteria.relevance.needs",
    "Titel",
)


def mutated(seed: int, region: str) -> tuple[str, bytes]:
    """A format and a broken file, the same for the same seed."""
    chance = random.Random(seed)
    form = chance.choice(["json", "ndjson", "csv", "xlsx"])
    content = _whole(chance, form, region)
    if form == "xlsx" and chance.random() < 0.5:
        content = _inside(chance, content)
    for _ in range(chance.choice([0, 1, 1, 2, 5])):
        content = _hurt(chance, content)
    return form, content


def _whole(chance: random.Random, form: str, region: str) -> bytes:
    if form in ("csv", "xlsx"):
        header = ["external_id", "regions", *chance.choices(_COLUMNS, k=chance.randint(1, 6))]
        rows = [[_cell(chance, name, region) for name in header] for _ in range(4)]
        if form == "csv":
            mark = chance.choice([",", ";", "\t", "|"])
            text = as_csv([header, *rows], mark) if not _has_halves(rows) else b""
            return text or repr(rows).encode()
        return as_xlsx([header, *[[_plain(cell) for cell in row] for row in rows]])
    items: list[Any] = [_item(chance, region) for _ in range(4)]
    return as_json(items) if form == "json" else as_ndjson(items)


def _cell(chance: random.Random, name: str, region: str) -> str:
    good = {"regions": region, "external_id": f"f-{chance.random()}", "title": "Desk"}
    return good.get(name, "health") if chance.random() < 0.5 else chance.choice(_NASTY)


def _has_halves(rows: list[list[str]]) -> bool:
    return any("\ud800" <= letter <= "\udfff" for row in rows for cell in row for letter in cell)


def _plain(cell: str) -> str:
    return "".join(
        letter for letter in cell if letter >= " " and not "\ud800" <= letter <= "\udfff"
    )


def _item(chance: random.Random, region: str) -> Any:
    one: Any = {"external_id": f"f-{chance.random()}", "regions": [region], "title": "Desk"}
    for _ in range(chance.randint(0, 3)):
        name = chance.choice(["title", "areas", "partners", "period", "regions", "contact", "odd"])
        one[name] = chance.choice([*_NASTY, None, 7, 1.5, True, [], {}, [1], {"a": {}}, [[[]]]])
    return chance.choice([one, one, one, list(one), 7, None])


def _inside(chance: random.Random, content: bytes) -> bytes:
    """Hurt one part of the archive, which itself stays whole."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as whole, zipfile.ZipFile(out, "w") as made:
        victim = chance.choice(whole.namelist())
        for name in whole.namelist():
            part = whole.read(name)
            made.writestr(name, _hurt(chance, part) if name == victim else part)
    return out.getvalue()


def _hurt(chance: random.Random, content: bytes) -> bytes:
    place = chance.randrange(len(content) + 1)
    more = chance.choice(_NASTY).encode("utf-8", "surrogatepass")
    return chance.choice(
        [
            lambda: content[:place],
            lambda: content[place:],
            lambda: content[:place] + more + content[place:],
            lambda: content[:place] + bytes([chance.randrange(256)]) + content[place + 1 :],
            lambda: content[:place] + content[max(0, place - 40) :],
            lambda: content.replace(b'"', more, 1),
            lambda: json.dumps(content.decode("latin-1")).encode(),
        ]
    )()


def files(number: int, region: str, first: int = 0) -> Iterator[tuple[int, str, bytes]]:
    """So many broken files with their seeds."""
    for seed in range(first, first + number):
        yield seed, *mutated(seed, region)
