"""One search from the checked request to the answer."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.search.engine import sorting
from services.search.engine.engine import Engine
from services.search.engine.errors import EngineError
from services.search.engine.facets import distribution, facet_hits
from services.search.engine.filter_tree import Filter
from services.search.engine.filtering import Filtering
from services.search.engine.filters import parse
from services.search.engine.highlight import Shaper
from services.search.engine.index import Snapshot
from services.search.engine.inverted import Corrupt
from services.search.engine.marks import marks_of, present_in
from services.search.engine.matching import Candidates, Term, candidates, terms_of
from services.search.engine.occurrences import occurrences
from services.search.engine.ranking import Ranked, rank, score
from services.search.engine.requests import Search
from services.search.engine.settings import rank_of

Mask = NDArray[np.bool_]
_TRIES = 5
_REMEMBERED = 32


def universe(snapshot: Snapshot, tree: Filter | None) -> Mask:
    """The living documents that answer the filter."""
    if tree is None:
        return snapshot.alive
    filtering = Filtering(
        snapshot.columns,
        snapshot.points,
        snapshot.settings["filterableAttributes"],
        snapshot.size,
    )
    return filtering.mask(tree) & snapshot.alive


@dataclass(frozen=True)
class Found:
    """All documents that answer, not yet in order.

    removal   the order in which terms count; the last one is given up first
    fields    in which terms may be met, None for all
    """

    terms: list[Term]
    candidates: Candidates
    removal: list[int]
    fields: Mask | None
    mask: Mask


def find(snapshot: Snapshot, search: Search) -> Found:
    """The documents that answer the text and the filter."""
    allowed = universe(snapshot, parse(search.filter))
    matched = _matched(snapshot, search)
    if matched.candidates is None:
        places = np.flatnonzero(allowed)
        none = np.zeros((0, len(places)), np.int8)
        return Found([], Candidates(places, none), [], matched.fields, allowed)
    found = matched.candidates
    kept = allowed[found.places]
    found = Candidates(found.places[kept], found.levels[:, kept])
    mask = np.zeros(snapshot.size, np.bool_)
    mask[found.places] = True
    return Found(matched.terms, found, matched.removal, matched.fields, mask)


@dataclass(frozen=True)
class Matched:
    """What the text alone finds; the rest as in Found.

    candidates   None when there is no text to look for
    """

    terms: list[Term]
    candidates: Candidates | None
    removal: list[int]
    fields: Mask | None


def _matched(snapshot: Snapshot, search: Search) -> Matched:
    """What the text finds, remembered: the same text comes again with every facet and page."""
    on, locales = search.attributesToSearchOn, search.locales
    key = (
        search.q or "",
        search.matchingStrategy,
        None if on is None else tuple(on),
        None if locales is None else tuple(locales),
    )
    matched = snapshot.remembered.pop(key, None)
    if matched is None:
        matched = _match(snapshot, search)
        if len(snapshot.remembered) >= _REMEMBERED:
            snapshot.remembered.pop(next(iter(snapshot.remembered)))
    snapshot.remembered[key] = matched
    return matched


def _match(snapshot: Snapshot, search: Search) -> Matched:
    fields = _fields(snapshot, search.attributesToSearchOn)
    terms = terms_of(snapshot, search.q or "", search.locales)
    if not terms:
        return Matched([], None, [], fields)
    plain = [term for term in terms if not term.negative]
    removal, needed = _strategy(search.matchingStrategy, plain, snapshot)
    found = candidates(snapshot, terms, needed)
    if fields is not None:
        found = _within(snapshot, found, plain, fields, needed)
    return Matched(plain, found, removal, fields)


def _strategy(strategy: str, terms: list[Term], snapshot: Snapshot) -> tuple[list[int], list[int]]:
    """In which order terms count, and which of them every answer must meet."""
    order = list(range(len(terms)))
    if strategy == "frequency":
        order.sort(key=lambda number: _documents_with(snapshot, terms[number]))
    order.sort(key=lambda number: not terms[number].must)
    return order, order if strategy == "all" else order[:1]


def _documents_with(snapshot: Snapshot, term: Term) -> int:
    return len(candidates(snapshot, [term], [0]).places)


def _fields(snapshot: Snapshot, names: list[str] | None) -> Mask | None:
    """The fields that `attributesToSearchOn` names. Raises EngineError for others."""
    if names is None or "*" in names:
        return None
    searchable = snapshot.settings["searchableAttributes"]
    for name in names:
        if rank_of(name, searchable) is None:
            listed = ", ".join(searchable)
            raise EngineError(
                "invalid_search_attributes_to_search_on",
                f"Attribute `{name}` is not searchable. Available searchable attributes are: "
                f"`{listed}`.",
            )
    return np.array([rank_of(each, names) is not None for each in snapshot.row.fields], np.bool_)


def _within(
    snapshot: Snapshot, found: Candidates, terms: list[Term], fields: Mask, needed: list[int]
) -> Candidates:
    """Only what is met inside the fields."""
    levels = occurrences(snapshot, found.places, terms, fields).levels
    musts = [n for n, term in enumerate(terms) if term.must or n in needed]
    kept = np.all(levels[musts] > 0, axis=0)
    return Candidates(found.places[kept], levels[:, kept])


@dataclass(frozen=True)
class Page:
    """Which of the ordered documents are asked for. start, stop   as for a slice"""

    start: int
    stop: int
    totals: dict[str, int]


def page_of(search: Search, total: int, most: int) -> Page:
    """The slice of the answer, with the totals that go with the way of asking.

    most   how many hits can be reached at all (maxTotalHits)
    """
    reachable = min(total, most)
    if not search.finite:
        start = min(search.offset, most)
        stop = min(start + search.limit, most)
        totals = {
            "limit": search.limit,
            "offset": search.offset,
            "estimatedTotalHits": reachable,
        }
        return Page(start, max(start, stop), totals)
    size = 20 if search.hitsPerPage is None else search.hitsPerPage
    number = 1 if search.page is None else search.page
    start = min((number - 1) * size, most) if number else 0
    stop = min(start + size, most) if number else start
    pages = -(-reachable // size) if size else 0
    totals = {
        "hitsPerPage": size,
        "page": number,
        "totalPages": pages,
        "totalHits": reachable,
    }
    return Page(start, stop, totals)


def answer(engine: Engine, uid: str, search: Search) -> dict[str, Any]:
    """The whole answer to one search. Raises EngineError."""
    return numbered(engine, uid, search)[0]


def numbered(engine: Engine, uid: str, search: Search) -> tuple[dict[str, Any], list[int]]:
    """The answer to one search, and the store's number of each hit. Raises EngineError."""
    started = time.perf_counter()
    for _ in range(_TRIES):
        try:
            attempt = _attempt(engine, engine.snapshot(uid), search)
        except Corrupt:
            engine.to_mend(uid)
            raise
        if attempt is not None:
            body, numbers = attempt
            body["processingTimeMs"] = round((time.perf_counter() - started) * 1000)
            return body, numbers
    raise EngineError("internal", "The index changed too often while it was read. Try again.")


def _attempt(
    engine: Engine, snapshot: Snapshot, search: Search
) -> tuple[dict[str, Any], list[int]] | None:
    """None when documents went away between finding and fetching them."""
    found = find(snapshot, search)
    ranked, page, total = _ordered(snapshot, search, found)
    places = ranked.places[page.start : page.stop]
    numbers: list[int] = snapshot.numbers[places].tolist()
    documents = engine.documents(numbers)
    if documents is None:
        return None
    marks = marks_of(snapshot, found.terms)
    shaper = Shaper(search, snapshot.settings["displayedAttributes"], marks)
    hits = [
        shaper.hit(document, present_in(snapshot, marks, place) if shaper.marks_words else {})
        for document, place in zip(documents, places.tolist(), strict=True)
    ]
    for row, hit in enumerate(hits, start=page.start):
        _decorate(hit, documents[row - page.start], search, ranked, row)
    body: dict[str, Any] = {"hits": hits, "query": search.q or "", **page.totals}
    if search.facets is not None:
        mask = found.mask if total == len(found.candidates.places) else _mask(snapshot, ranked)
        body |= distribution(snapshot, search.facets, mask)
    return body, numbers


def _ordered(snapshot: Snapshot, search: Search, found: Found) -> tuple[Ranked, Page, int]:
    settings = snapshot.settings
    sort = sorting.parse(
        search.sort or [], settings["sortableAttributes"], settings["rankingRules"]
    )
    total = len(found.candidates.places)
    most = settings["pagination"]["maxTotalHits"]
    page = page_of(search, total, most)
    wanted = total if search.rankingScoreThreshold is not None else min(page.stop, total)
    if wanted == 0 or page.start == page.stop:
        return Ranked(np.empty(0, np.int64), []), page, total
    ranked = rank(
        snapshot, found.candidates, found.terms, found.removal, sort, wanted, found.fields
    )
    if search.rankingScoreThreshold is not None:
        ranked = _above(ranked, search.rankingScoreThreshold)
        total = len(ranked.places)
        page = page_of(search, total, most)
    return ranked, page, total


def _above(ranked: Ranked, threshold: float) -> Ranked:
    kept = [n for n in range(len(ranked.places)) if score(ranked.rules, n) >= threshold]
    rules = [type(rule)(rule.name, rule.cost[kept], rule.worst) for rule in ranked.rules]
    return Ranked(ranked.places[kept], rules)


def _mask(snapshot: Snapshot, ranked: Ranked) -> Mask:
    mask = np.zeros(snapshot.size, np.bool_)
    mask[ranked.places] = True
    return mask


def _decorate(
    hit: dict[str, Any], document: dict[str, Any], search: Search, ranked: Ranked, row: int
) -> None:
    point = next((p for p in map(sorting.point_of, search.sort or []) if p), None)
    geo = document.get("_geo")
    if point and isinstance(geo, dict):
        hit["_geoDistance"] = sorting.distance(geo, point)
    if search.showRankingScore:
        hit["_rankingScore"] = score(ranked.rules, row)
    if search.showRankingScoreDetails:
        hit["_rankingScoreDetails"] = {
            rule.name: {
                "order": number,
                **({} if rule.worst is None else {"score": score([rule], row)}),
            }
            for number, rule in enumerate(ranked.rules)
        }


def facet_answer(
    engine: Engine, uid: str, name: str, query: str | None, search: Search
) -> dict[str, Any]:
    """The answer to a facet search."""
    started = time.perf_counter()
    snapshot = engine.snapshot(uid)
    found = find(snapshot, search)
    hits = facet_hits(snapshot, name, query, found.mask)
    milliseconds = round((time.perf_counter() - started) * 1000)
    return {"facetHits": hits, "facetQuery": query, "processingTimeMs": milliseconds}
