"""New and changed practices as an Atom feed (RFC 4287), the newest first, a page at a time."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from xml.etree import ElementTree as Tree

from sqlalchemy import tuple_
from sqlmodel import Session, col, select

from services.practices.catalogue import rendered, store
from services.practices.regions import Regions
from services.practices.tables import Practice

MEDIA = "application/atom+xml"
_NAMESPACE = "http://www.w3.org/2005/Atom"
_NOTHING_YET = "2021-01-01T00:00:00Z"
# XML 1.0 has no place for these, escaped or not.
_FORBIDDEN = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Page:
    """Records, the newest change first; `last` is the key to go on after, None at the end."""

    records: Sequence[Mapping[str, Any]]
    last: list[str] | None


def page(session: Session, after: list[str] | None, limit: int) -> Page:
    """The public practices by their last change."""
    found = select(Practice).where(col(Practice.public).is_(True))
    here = (col(Practice.updated_at), col(Practice.id))
    if after is not None:
        found = found.where(tuple_(*here) < (datetime.fromisoformat(after[0]), after[1]))
    rows = session.exec(found.order_by(*(part.desc() for part in here)).limit(limit + 1)).all()
    shown = rows[:limit]
    last = [shown[-1].updated_at.isoformat(), shown[-1].id] if len(rows) > limit else None
    return Page([store.public(one) for one in shown], last)


def document(found: Page, regions: Regions, site: str, own: str, following: str | None) -> bytes:
    """The feed as XML. `own` is its address, `following` that of the next page."""
    feed = Tree.Element("feed", {"xmlns": _NAMESPACE, "xml:lang": "en"})
    _add(feed, "id", uuid.uuid5(uuid.NAMESPACE_URL, f"{site}/practices").urn)
    _add(feed, "title", "Practices of the Integration Lab")
    _add(feed, "updated", found.records[0]["updated_at"] if found.records else _NOTHING_YET)
    _add(feed, "link", rel="self", type=MEDIA, href=own)
    _add(feed, "link", rel="alternate", type="text/html", href=f"{site}/practices")
    if following:
        _add(feed, "link", rel="next", type=MEDIA, href=following)
    for record in found.records:
        _entry(feed, record, regions, site)
    return Tree.tostring(feed, "utf-8", xml_declaration=True)


def _entry(feed: Tree.Element, record: Mapping[str, Any], regions: Regions, site: str) -> None:
    entry = _add(feed, "entry", **{"xml:lang": record["language"]})
    # The same for all versions, so that a reader shows a change and not a second entry.
    _add(entry, "id", f"{site}/practices/{record['id']}")
    _add(entry, "title", record["title"])
    _add(entry, "updated", record["updated_at"])
    _add(entry, "published", record["published_at"])
    for code in record["regions"]:
        _add(_add(entry, "author"), "name", regions.shown(code)["name"])
    _add(entry, "link", rel="alternate", type="text/html", href=f"{site}/practices/{record['id']}")
    for area in record["areas"]:
        _add(entry, "category", term=area)
    _add(entry, "rights", record["licence"])
    if record.get("summary"):
        _add(entry, "content", rendered.html(record["summary"]), type="html")
    else:
        _add(entry, "summary", record["title"])


def _add(
    parent: Tree.Element, name: str, text: str | None = None, **attributes: str
) -> Tree.Element:
    child = Tree.SubElement(parent, name, {key: _clean(value) for key, value in attributes.items()})
    if text is not None:
        child.text = _clean(text)
    return child


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("", text)
