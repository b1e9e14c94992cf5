"""Which practices to look at next, and why each one. Pure.

Two questions: what is like this practice, and what answers this gap of a region. The
engine brings candidates; here they are scored and the score is explained by the very
parts that it is made of. Scores compare answers to one question, nothing else.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from shared.text import folded

Document = Mapping[str, Any]
Kind = Literal["area", "target_group", "result", "confidence", "phase", "words"]

_TEXTS = ("title", "summary", "objectives", "activities", "results", "lessons")
_WORD = re.compile(r"[^\W\d_]+")
_MOST_WORDS = 5
_SHORTEST_WORD = 5
# A word in more than a tenth of the candidates, and in more than a few, explains nothing.
_FEW, _COMMON = 3, 0.1
_A_REGION = 2
# How much each part counts. Judged by eye over the first practices, not fitted.
_SIMILAR = {"area": 0.35, "target_group": 0.25, "words": 0.35, "result": 0.05}
_GAP = {"area": 0.35, "target_group": 0.25, "phase": 0.25, "result": 0.1, "confidence": 0.05}
_JUDGED = {"successful": 1.0, "mixed": 0.8, "did not reach its aims": 0.7}
_CONFIDENCE = {"high": 1.0, "medium": 0.5}


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason: its kind, the values that it rests on, and a sentence for people."""

    kind: Kind
    values: list[str]
    text: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A practice, how well it answers (0 to 1, within one answer) and why."""

    document: Document
    score: float
    why: list[Reason]


@dataclass(frozen=True, slots=True)
class Gap:
    """Where a region is weak, in the terms of practices. An empty part was not asked for.

    areas     values of `filter_areas`
    named     target groups that are the group asked for; included  such that hold it
    phase     the phase, and the words by which it is recognised
    """

    areas: Sequence[str] = ()
    named: Sequence[str] = ()
    included: Sequence[str] = ()
    phase: str = ""
    phase_words: Sequence[str] = ()


def similar(
    one: Document,
    others: Iterable[Document],
    limit: int,
    function_words: Mapping[str, Collection[str]],
) -> list[Suggestion]:
    """The practices most like one, best first. What shares nothing is left out.

    function_words  by language, folded: what a text of that language is not compared by

    Rare areas, groups and words say more than common ones.
    """
    candidates = [other for other in others if other["id"] != one["id"]]
    texts = {other["id"]: _with_meaning(other, function_words) for other in candidates}
    own = _with_meaning(one, function_words)
    seen = Counter(word for found in [own, *texts.values()] for word in found)
    rare = {word: math.log(1 + (len(candidates) + 1) / seen[word]) for word in seen}
    common = max(_FEW, (len(candidates) + 1) * _COMMON)
    forms = _forms(one)
    telling = {word: forms.get(word, word) for word in own if seen[word] <= common}
    found = [_similar(one, other, own, texts[other["id"]], rare, telling) for other in candidates]
    return _best([each for each in found if each.why], limit)


def _similar(
    one: Document,
    other: Document,
    own: Collection[str],
    theirs: Collection[str],
    rare: Mapping[str, float],
    telling: Mapping[str, str],
) -> Suggestion:
    why: list[Reason] = []
    areas, groups = _shared(one, other, "filter_areas"), _shared(one, other, "filter_target_groups")
    common = sorted(set(telling) & set(theirs), key=lambda word: (-rare[word], word))
    parts = {
        "area": _overlap(one, other, "filter_areas"),
        "target_group": _overlap(one, other, "filter_target_groups"),
        "words": _cosine(own, theirs, rare),
    }
    if areas:
        why.append(Reason("area", areas, f"Same areas: {', '.join(areas)}."))
    if groups:
        why.append(Reason("target_group", groups, f"Same target groups: {', '.join(groups)}."))
    if len(common) >= 2:
        top = [telling[word] for word in common[:_MOST_WORDS]]
        why.append(Reason("words", top, f"Both texts speak of {', '.join(top)}."))
    judged = other["filter_result"]
    if why and judged:
        parts["result"] = _JUDGED.get(judged[0], 0.0)
        why.append(_result(judged))
    return Suggestion(other, _weighted(parts, _SIMILAR), why)


def for_gap(gap: Gap, candidates: Iterable[Document], limit: int) -> list[Suggestion]:
    """The practices that answer a gap, best first, at most two of one region.

    What misses a part that was asked for is left out. Among the rest those count more
    whose result is on record and whose source is good.
    """
    found = [_for_gap(gap, one) for one in candidates]
    return _spread(_best([each for each in found if each is not None], len(found)), limit)


def _for_gap(gap: Gap, one: Document) -> Suggestion | None:
    parts: dict[str, float] = {}
    why: list[Reason] = []
    if gap.areas:
        areas = [area for area in one["filter_areas"] if area in gap.areas]
        if not areas:
            return None
        # A practice for housing alone says more on housing than one for nine areas.
        parts["area"] = 0.5 + 0.5 * len(areas) / len(one["filter_areas"])
        why.append(Reason("area", areas, f"Works in {', '.join(areas)}."))
    if gap.named:
        reason = _group(gap, one)
        if reason is None:
            return None
        parts["target_group"] = 1.0 if set(reason.values) & set(gap.named) else 0.5
        why.append(reason)
    if gap.phase:
        reason = _phase(gap, one)
        if reason is None:
            return None
        parts["phase"] = min(1.0, len(reason.values) / 3)
        why.append(reason)
    if one["filter_result"]:
        parts["result"] = _JUDGED.get(one["filter_result"][0], 0.0)
        why.append(_result(one["filter_result"]))
    confidence = str(one.get("confidence") or "")
    parts["confidence"] = _CONFIDENCE.get(confidence, 0.0)
    if confidence == "high":
        text = "Its source is official or first-hand."
        why.append(Reason("confidence", [confidence], text))
    return Suggestion(one, _weighted(parts, _GAP), why)


def _group(gap: Gap, one: Document) -> Reason | None:
    groups: list[str] = one["filter_target_groups"]
    named = [group for group in groups if group in gap.named]
    if named:
        return Reason("target_group", named, f"Made for {', '.join(named)}.")
    included = [group for group in groups if group in gap.included]
    if not included:
        return None
    text = f"Made for {', '.join(included)}, many of whom belong to the group."
    return Reason("target_group", included, text)


def _phase(gap: Gap, one: Document) -> Reason | None:
    """Practices carry no phase: it is guessed from words and results, and that is said."""
    met = sorted(words(one, shortest=1) & {folded(word) for word in gap.phase_words})
    if gap.phase == "evaluation" and one["filter_result"]:
        met = ["a result on record", *met]
    if not met:
        return None
    text = (
        f"Practices carry no phase. This one was chosen for {gap.phase} because of: "
        f"{', '.join(met)}."
    )
    return Reason("phase", met, text)


def _result(judged: Sequence[str]) -> Reason:
    return Reason("result", list(judged), f"Its result is on record: {', '.join(judged)}.")


def words(one: Document, shortest: int = _SHORTEST_WORD) -> set[str]:
    """The words of a practice's text, folded; short ones say little and are left out."""
    return {word for word in _WORD.findall(folded(_text(one))) if len(word) >= shortest}


def _forms(one: Document) -> dict[str, str]:
    """The words of a practice's text as they are written, by their folded form.

    In small letters where it is ever written so: only names keep their capital.
    """
    forms: dict[str, str] = {}
    for form in _WORD.findall(_text(one)):
        word = folded(form)
        if word not in forms or form.islower():
            forms[word] = form
    return forms


def _text(one: Document) -> str:
    parts: list[str] = []
    for name in _TEXTS:
        part = one.get(name)
        parts += [part] if isinstance(part, str) else part or []
    return " ".join(parts)


def _with_meaning(one: Document, function_words: Mapping[str, Collection[str]]) -> set[str]:
    return words(one).difference(function_words.get(one["language"], ()))


def _shared(one: Document, other: Document, facet: str) -> list[str]:
    return [value for value in one[facet] if value in other[facet]]


def _overlap(one: Document, other: Document, facet: str) -> float:
    both = set(one[facet]) | set(other[facet])
    return len(_shared(one, other, facet)) / len(both) if both else 0.0


def _cosine(own: Collection[str], theirs: Collection[str], rare: Mapping[str, float]) -> float:
    both = sum(rare[word] ** 2 for word in set(own) & set(theirs))
    lengths = [math.sqrt(sum(rare[word] ** 2 for word in found)) for found in (own, theirs)]
    return both / (lengths[0] * lengths[1]) if all(lengths) else 0.0


def _weighted(parts: Mapping[str, float], weights: Mapping[str, float]) -> float:
    return round(sum(weights[name] * value for name, value in parts.items()), 4)


def _best(found: Iterable[Suggestion], limit: int) -> list[Suggestion]:
    return sorted(found, key=lambda each: (-each.score, str(each.document["id"])))[:limit]


def _spread(found: Iterable[Suggestion], limit: int) -> list[Suggestion]:
    """The first ones, but at most two whose first region is the same."""
    chosen: list[Suggestion] = []
    counted: Counter[str] = Counter()
    for each in found:
        region = next(iter(each.document["region_codes"]), "")
        if len(chosen) < limit and counted[region] < _A_REGION:
            counted[region] += 1
            chosen.append(each)
    return chosen
