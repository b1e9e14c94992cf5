"""The public door: which requests may reach the engine, and in which words. Pure.

A request is not passed on but written anew from the parts that are known here: other
fields are refused, filters rebuilt, names looked up among those of the index. What the
engine then gets cannot ask for more than the catalogue gives.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from services.search.domain.catalogue import Index
from services.search.domain.refusal import Refusal
from services.search.domain.values import (
    FACET_SEARCH,
    MAX_HITS,
    MAX_OFFSET,
    NEVER_NULL,
    SEARCH,
    Check,
    Wrong,
    is_number,
    shown,
    whole,
)

MAX_QUERIES = 20

Body = dict[str, Any]
Catalogue = Mapping[str, Index]

_UID = re.compile(r"[A-Za-z0-9_-]{1,400}")


# ------------------------------------------------------------------ whole requests


def search(body: object, uid: str, catalogue: Catalogue) -> Body:
    """The body of a search in one index. Raises Refusal."""
    index = _index(uid, catalogue)
    return _checked(_object(body), index, SEARCH, "invalid_search_")


def facet_search(body: object, uid: str, catalogue: Catalogue) -> Body:
    """The body of a search among the values of a facet. Raises Refusal.

    The clients of InstantSearch send the fields of a whole search; those that mean nothing
    here are checked and dropped.
    """
    index = _index(uid, catalogue)
    given = dict(_object(body))
    if given.get("facetName") is None:
        raise Refusal("Missing field `facetName`", "missing_facet_search_facet_name")
    own = {name: given.pop(name) for name in ("facetName", "facetQuery") if name in given}
    checked = _checked(given, index, SEARCH | FACET_SEARCH, "invalid_search_")
    checked |= _checked(own, index, FACET_SEARCH, "invalid_facet_search_")
    return {name: value for name, value in checked.items() if name in FACET_SEARCH}


def multi_search(body: object, catalogue: Catalogue) -> Body:
    """The body of several searches in one, joined into one list with `federation`.

    Raises Refusal, naming the query that it comes from.
    """
    given = _object(body)
    _no_others(given, {"queries", "federation"})
    queries = given.get("queries")
    if not isinstance(queries, list):
        raise _invalid(
            "queries",
            f"expected an array of queries, but found {shown(queries)}",
            "invalid_multi_search_queries",
        )
    if len(queries) > MAX_QUERIES:
        raise _invalid(
            "queries",
            f"at most {MAX_QUERIES} queries, but found {len(queries)}",
            "invalid_multi_search_queries",
        )
    federated = given.get("federation") is not None
    checked: Body = {"queries": []}
    for place, query in enumerate(queries):
        try:
            checked["queries"].append(_query(query, catalogue, federated=federated))
        except Refusal as refusal:
            raise refusal.inside(f".queries[{place}]") from None
    if federated:
        checked["federation"] = _federation(given["federation"])
    return checked


def _query(query: object, catalogue: Catalogue, *, federated: bool) -> Body:
    given = dict(_object(query))
    uid = given.pop("indexUid", None)
    if uid is None:
        raise Refusal("Missing field `indexUid`", "missing_index_uid")
    index = _index(uid, catalogue)
    options = given.pop("federationOptions", None)
    if federated:
        _nothing_for_the_whole(given)
    elif options is not None:
        raise Refusal(
            "Using `federationOptions` is not allowed in a non-federated search. "
            "Add `federation` to the request or remove `federationOptions`.",
            "invalid_multi_search_federation_options",
        )
    checked: Body = {"indexUid": uid, **_checked(given, index, SEARCH, "invalid_search_")}
    if options is not None:
        checked["federationOptions"] = _options(options)
    return checked


def _nothing_for_the_whole(given: Mapping[str, Any]) -> None:
    """In a federated search paging and facets belong to the whole, not to one query."""
    for name in ("limit", "offset", "page", "hitsPerPage"):
        if name in given:
            raise Refusal(
                f"Using pagination options is not allowed in federated queries. Remove `{name}` "
                "from the query or remove `federation` from the request.",
                "invalid_multi_search_query_pagination",
            )
    if given.get("facets") is not None:
        raise Refusal(
            "Using facet options is not allowed in federated queries.",
            "invalid_multi_search_query_facets",
        )


def _options(given: object) -> Body:
    code = "invalid_multi_search_federation_options"
    options = _object(given, ".federationOptions", code)
    _no_others(options, {"weight"}, ".federationOptions")
    weight = options.get("weight", 1.0)
    if not is_number(weight) or not 0 <= weight <= 1000:
        raise _invalid(
            "federationOptions.weight",
            f"expected a number from 0 to 1000, but found {shown(weight)}",
            "invalid_multi_search_weight",
        )
    return {"weight": weight}


def _federation(given: object) -> Body:
    code = "invalid_multi_search_federation"
    federation = _object(given, ".federation", code)
    _no_others(federation, {"limit", "offset"}, ".federation")
    checked: Body = {}
    for name, most in (("limit", MAX_HITS), ("offset", MAX_OFFSET)):
        if name in federation:
            checked[name] = _in_words(
                f"federation.{name}",
                f"invalid_search_{name}",
                whole(0, most),
                federation[name],
                None,
            )
    return checked


# ------------------------------------------------------------------ parts


def _index(uid: object, catalogue: Catalogue) -> Index:
    if not isinstance(uid, str) or not _UID.fullmatch(uid):
        raise Refusal(
            f"`{str(uid)[:80]}` is not a valid index uid. An index uid holds letters a-z A-Z, "
            "digits, hyphens - and underscores _.",
            "invalid_index_uid",
        )
    if uid not in catalogue:
        known = ", ".join(f"`{name}`" for name in sorted(catalogue))
        raise Refusal(f"Index `{uid[:80]}` not found. There are {known}.", "index_not_found")
    return catalogue[uid]


def _object(given: object, place: str = "", code: str = "bad_request") -> Mapping[str, Any]:
    if isinstance(given, dict):
        return given
    where = f" at `{place}`" if place else ""
    raise Refusal(f"Invalid value type{where}: expected an object, but found {shown(given)}", code)


def _no_others(given: Mapping[str, Any], known: Collection[str], place: str = "") -> None:
    for name in given:
        if name not in known:
            where = f" inside `{place}`" if place else ""
            names = ", ".join(f"`{one}`" for one in sorted(known))
            raise Refusal(
                f"Unknown field `{name[:80]}`{where}: expected one of {names}", "bad_request"
            )


def _checked(
    given: Mapping[str, Any], index: Index, checks: Mapping[str, Check], code: str
) -> Body:
    _no_others(given, checks)
    return {
        name: found
        for name, value in given.items()
        if value is not None or name in NEVER_NULL
        if (found := _in_words(name, code + _snake(name), checks[name], value, index)) is not None
    }


def _in_words(name: str, code: str, check: Check, value: object, index: Index | None) -> Any:  # noqa: ANN401 - JSON
    """What the check makes of the value; its complaint as a refusal that names the field."""
    try:
        return check(value, index)  # pyright: ignore[reportArgumentType]
    except Wrong as wrong:
        raise _invalid(name, str(wrong), wrong.code or code) from None


def _invalid(name: str, text: str, code: str) -> Refusal:
    return Refusal(f"Invalid value at `.{name}`: {text}", code)


def _snake(name: str) -> str:
    return re.sub(r"([A-Z])", lambda letter: "_" + letter[1].lower(), name)
