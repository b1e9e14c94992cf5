"""The settings of an index: defaults, validation, and what they mean for an attribute."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from typing import Any

from services.search.engine.errors import EngineError
from services.search.engine.json_value import Json
from services.search.engine.text import fold, folded_words

RULES = ("words", "typo", "proximity", "attribute", "sort", "exactness")
_CUSTOM_RULE = re.compile(r"^(?P<attribute>\S+):(?P<direction>asc|desc)$")

DEFAULTS: dict[str, Any] = {
    "displayedAttributes": ["*"],
    "searchableAttributes": ["*"],
    "filterableAttributes": [],
    "sortableAttributes": [],
    "rankingRules": list(RULES),
    "stopWords": [],
    "nonSeparatorTokens": [],
    "separatorTokens": [],
    "dictionary": [],
    "synonyms": {},
    "distinctAttribute": None,
    "proximityPrecision": "byWord",
    "typoTolerance": {
        "enabled": True,
        "minWordSizeForTypos": {"oneTypo": 5, "twoTypos": 9},
        "disableOnWords": [],
        "disableOnAttributes": [],
    },
    "faceting": {"maxValuesPerFacet": 100, "sortFacetValuesBy": {"*": "alpha"}},
    "pagination": {"maxTotalHits": 1000},
    "searchCutoffMs": None,
    "localizedAttributes": None,
}
# Settings that are answered with their default and may only be set to it.
FIXED = (
    "nonSeparatorTokens",
    "separatorTokens",
    "dictionary",
    "distinctAttribute",
    "proximityPrecision",
    "localizedAttributes",
)


def changed(settings: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    """The settings with the patch applied; null means the default. Raises EngineError."""
    answer = copy.deepcopy(settings)
    for key, value in patch.items():
        if key not in DEFAULTS:
            known = ", ".join(f"`{name}`" for name in DEFAULTS)
            raise EngineError("bad_request", f"Unknown field `{key}`: expected one of {known}")
        default = copy.deepcopy(DEFAULTS[key])
        if value is None:
            answer[key] = default
        elif key in FIXED:
            if value != default:
                raise EngineError("feature_not_enabled", f"`{key}` is not supported here.")
        else:
            answer[key] = _CHECKS[key](key, value, answer[key])
    return answer


def kept_attributes(settings: dict[str, Any]) -> list[str]:
    """Attributes whose values are kept for filters, facets and sorting."""
    custom = [
        found["attribute"]
        for rule in settings["rankingRules"]
        if (found := _CUSTOM_RULE.match(rule))
    ]
    return [*settings["filterableAttributes"], *settings["sortableAttributes"], *custom]


def need_reading(before: dict[str, Any], after: dict[str, Any]) -> bool:
    """Whether the documents must be read again after this change."""
    if before["searchableAttributes"] != after["searchableAttributes"]:
        return True
    if set(kept_attributes(before)) != set(kept_attributes(after)):
        return True
    off = [s["typoTolerance"]["disableOnAttributes"] for s in (before, after)]
    return off[0] != off[1]


def rank_of(attribute: str, patterns: list[str]) -> int | None:
    """The place of the first pattern that covers the attribute, None when none does.

    A pattern covers itself and what is nested in it; `*` covers everything.
    """
    for place, pattern in enumerate(patterns):
        if pattern == "*" or attribute == pattern or attribute.startswith(pattern + "."):
            return place
        if pattern.endswith("*") and attribute.startswith(pattern[:-1]):
            return place
    return None


def _wrong(key: str, message: str) -> EngineError:
    snake = re.sub(r"([A-Z])", lambda found: "_" + found.group(1).lower(), key)
    return EngineError(f"invalid_settings_{snake}", message)


def _strings(key: str, value: Json, _: Json) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise _wrong(key, f"Invalid value type at `.{key}`: expected an array of strings")
    return list(dict.fromkeys(value))


def _sorted_strings(key: str, value: Json, before: Json) -> list[str]:
    return sorted(_strings(key, value, before))


def _filterable(key: str, value: Json, before: Json) -> list[str]:
    """Plain names; the newer objects with patterns and features are taken when they add nothing."""
    if not isinstance(value, list):
        raise _wrong(key, f"Invalid value type at `.{key}`: expected an array")
    names: list[Json] = []
    for each in value:
        if isinstance(each, dict) and isinstance(each.get("attributePatterns"), list):
            names += each["attributePatterns"]
        else:
            names.append(each)
    return _sorted_strings(key, names, before)


def _rules(key: str, value: Json, before: Json) -> list[str]:
    rules = _strings(key, value, before)
    for rule in rules:
        if rule not in RULES and not _CUSTOM_RULE.match(rule):
            names = ", ".join(RULES)
            raise _wrong(
                key,
                f"Invalid value at `.{key}`: `{rule}` ranking rule is invalid. Valid ranking "
                f"rules are {names} and custom ranking rules (attribute:asc, attribute:desc).",
            )
    return rules


def _synonyms(key: str, value: Json, before: Json) -> dict[str, list[str]]:
    if not isinstance(value, dict):
        raise _wrong(key, f"Invalid value type at `.{key}`: expected an object")
    return {word: _strings(key, others, before) for word, others in sorted(value.items())}


def _merge(check: Callable[[str, Any], bool]) -> Callable[[str, Any, Any], dict[str, Any]]:
    def merged(key: str, value: Json, before: Json) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise _wrong(key, f"Invalid value type at `.{key}`: expected an object")
        answer = copy.deepcopy(before)
        for part, new in value.items():
            known = part in DEFAULTS[key] or (key, part) == ("typoTolerance", "disableOnNumbers")
            if not known:
                raise EngineError("bad_request", f"Unknown field `{part}` inside `.{key}`")
            if new is None:
                answer[part] = copy.deepcopy(DEFAULTS[key].get(part))
            elif not check(part, new):
                raise _wrong(key, f"Invalid value at `.{key}.{part}`: {new!r}")
            elif isinstance(new, dict):
                answer[part] = {**answer.get(part, {}), **new}
            else:
                answer[part] = new
        return answer

    return merged


def _is_count(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _typo_part(part: str, value: Json) -> bool:
    if part == "enabled":
        return isinstance(value, bool)
    if part == "minWordSizeForTypos":
        return (
            isinstance(value, dict)
            and set(value) <= {"oneTypo", "twoTypos"}
            and all(_is_count(each) and each <= 255 for each in value.values())
        )
    if part == "disableOnNumbers":
        return value is False
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _faceting_part(part: str, value: Json) -> bool:
    if part == "maxValuesPerFacet":
        return _is_count(value)
    return isinstance(value, dict) and all(each in ("alpha", "count") for each in value.values())


def _cutoff(key: str, value: Json, _: Json) -> int:
    if not _is_count(value):
        raise _wrong(key, f"Invalid value at `.{key}`: expected a positive integer")
    return int(value)


_CHECKS: dict[str, Callable[[str, Any, Any], Any]] = {
    "displayedAttributes": _strings,
    "searchableAttributes": _strings,
    "filterableAttributes": _filterable,
    "sortableAttributes": _sorted_strings,
    "rankingRules": _rules,
    "stopWords": _sorted_strings,
    "synonyms": _synonyms,
    "typoTolerance": _merge(_typo_part),
    "faceting": _merge(_faceting_part),
    "pagination": _merge(lambda _, value: _is_count(value)),
    "searchCutoffMs": _cutoff,
}


def folded_stop_words(settings: dict[str, Any]) -> frozenset[str]:
    """The stop words as the lexicon writes words."""
    return frozenset(fold(word) for word in settings["stopWords"])


def folded_synonyms(settings: dict[str, Any]) -> dict[tuple[str, ...], list[tuple[str, ...]]]:
    """The synonyms as the lexicon writes words; both sides may be several words."""
    return {
        folded_words(word): [folded_words(other) for other in others]
        for word, others in settings["synonyms"].items()
    }
