"""The order of the candidates by Meilisearch's rules.

Every rule gives each document a cost, small is good; the rules are compared one after the other.
`words` and `typo` are known for all candidates from the matching. The rest needs the places of the
words and is worked out only for the documents that may come among those asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.search.engine.index import Snapshot
from services.search.engine.matching import AS_TYPED, Candidates, Term
from services.search.engine.occurrences import Met, Occurrences, occurrences
from services.search.engine.sorting import SortKey, sort_keys

FAR = 8  # The cost of two words that are not near each other.
_BUCKET_ENDS = np.array([0, 1, 4, 7, 11, 16, 24, 64, 256, 1024])
Costs = NDArray[np.float64]


@dataclass(frozen=True)
class Rule:
    """What one rule says of the ranked documents.

    cost   small is good; best, worst   the range, None for a rule that gives no score (sort)
    """

    name: str
    cost: Costs
    worst: float | None


@dataclass(frozen=True)
class Ranked:
    """places   of the documents, best first; rules   in force, costs in the same order"""

    places: NDArray[np.int64]
    rules: list[Rule]


def rank(
    snapshot: Snapshot,
    found: Candidates,
    terms: list[Term],
    removal: Sequence[int],
    sort: list[SortKey],
    wanted: int,
    fields: NDArray[np.bool_] | None,
) -> Ranked:
    """The best `wanted` candidates in order.

    removal   the order in which terms count, the one given up first last
    fields    in which a term may be met; None means all
    """
    ranking = _Ranking(snapshot, found, terms, removal, sort, fields)
    return ranking.best(wanted)


class _Ranking:
    """One ranking in progress; narrows the candidates down rule by rule."""

    def __init__(
        self,
        snapshot: Snapshot,
        found: Candidates,
        terms: list[Term],
        removal: Sequence[int],
        sort: list[SortKey],
        fields: NDArray[np.bool_] | None,
    ) -> None:
        self._snapshot = snapshot
        self._terms = terms
        self._removal = list(removal)
        self._sort = sort
        self._fields = fields
        self._places = found.places
        self._levels = found.levels
        self._counted = _counted(found.levels, self._removal)
        self._met: list[Met] | None = None

    def best(self, wanted: int) -> Ranked:
        done: list[Rule] = []
        for name in _in_force(self._snapshot.settings["rankingRules"], bool(self._terms)):
            if name in ("proximity", "attribute", "exactness"):
                done = self._narrowed(done, wanted)
            done += self._rules(name)
        order = np.lexsort(self._keys(done))[:wanted]
        rules = [Rule(rule.name, rule.cost[order], rule.worst) for rule in done]
        return Ranked(self._places[order], rules)

    def _keys(self, rules: list[Rule]) -> list[Costs]:
        tie = self._snapshot.order[self._places].astype(np.float64)
        return [tie, *(rule.cost for rule in reversed(rules))]

    def _narrowed(self, rules: list[Rule], wanted: int) -> list[Rule]:
        """Drop the documents that the rules so far already put behind the wanted ones."""
        if len(self._places) <= wanted or not rules:
            return rules
        kept = _not_behind(rules, max(wanted, 1))
        if kept.all():
            return rules
        self._places, self._levels = self._places[kept], self._levels[:, kept]
        self._counted = self._counted[:, kept]
        if self._met is not None:
            self._met = [met.of(kept) for met in self._met]
        return [Rule(rule.name, rule.cost[kept], rule.worst) for rule in rules]

    def _rules(self, name: str) -> list[Rule]:
        if name == "words":
            met = self._counted.sum(axis=0)
            return [Rule("words", len(self._terms) - met.astype(np.float64), len(self._terms))]
        if name == "typo":
            return [Rule("typo", self._typos(), self._most_typos())]
        if name == "proximity":
            return [Rule("proximity", self._proximity(), (FAR - 1) * (len(self._terms) - 1))]
        if name == "attribute":
            return self._attribute()
        if name == "exactness":
            return self._exactness()
        keys = sort_keys(self._snapshot, self._sort_of(name), self._places)
        return [Rule(name, key, None) for key in keys]

    def _sort_of(self, name: str) -> list[SortKey]:
        if name == "sort":
            return self._sort
        attribute, direction = name.rsplit(":", 1)
        return [SortKey(attribute, direction == "desc")]

    def _typos(self) -> Costs:
        typos = (AS_TYPED - self._levels) * self._counted
        return typos.sum(axis=0).astype(np.float64)

    def _most_typos(self) -> float:
        return float(sum(max(1, term.typos) for term in self._terms))

    def _occurrences(self) -> list[Met]:
        if self._met is None:
            read: Occurrences = occurrences(self._snapshot, self._places, self._terms, self._fields)
            self._met = read.met
        return self._met

    def _proximity(self) -> Costs:
        """Between neighbouring terms: the distance of the nearest pair in one field.

        One more when the second word comes first; FAR when they are eight or more apart.
        """
        met = self._occurrences()
        total = np.zeros(len(self._places))
        for left in range(len(self._terms) - 1):
            one, other = self._terms[left], self._terms[left + 1]
            if other.at - one.at != max(1, len(one.quoted)):
                continue
            cost = np.full(len(self._places), float(FAR))
            apart = np.minimum(_distances(met[left], met[left + 1], len(one.quoted)), FAR)
            _least(cost, met[left].document, apart)
            both = self._counted[left] & self._counted[left + 1]
            total += np.where(both, cost - 1, 0)
        return total

    def _attribute(self) -> list[Rule]:
        """First the rank of the fields, then the places in them, of the best word of each term."""
        weights = self._snapshot.weights
        fields, spots = np.zeros(len(self._places)), np.zeros(len(self._places))
        for number, (term, met) in enumerate(zip(self._terms, self._occurrences(), strict=True)):
            field, spot = np.zeros(len(self._places)), np.zeros(len(self._places))
            field[met.document] = np.inf
            spot[met.document] = np.inf
            _least(field, met.document, weights[met.field].astype(np.float64))
            distance = np.abs(_bucketed(met.place) - term.at)
            _least(spot, met.document, np.searchsorted(_BUCKET_ENDS, distance).astype(np.float64))
            fields += np.where(self._counted[number], field, 0)
            spots += np.where(self._counted[number], spot, 0)
        count = len(self._terms)
        worst = float(weights.max(initial=0)) * count
        return [
            Rule("attribute", fields, worst),
            Rule("position", spots, float(len(_BUCKET_ENDS)) * count),
        ]

    def _exactness(self) -> list[Rule]:
        """First whether a field is, or starts with, the very query; then how many very words."""
        missing = np.full(len(self._places), float(len(self._terms)))
        for number, met in enumerate(self._occurrences()):
            exact = np.zeros(len(self._places), np.bool_)
            exact[met.document[met.exact]] = True
            missing -= exact & self._counted[number]
        return [
            Rule("exactAttribute", self._whole_attribute(), 2.0),
            Rule("exactness", missing, float(len(self._terms))),
        ]

    def _whole_attribute(self) -> Costs:
        """0 where a field is the query, 1 where one starts with it, else 2."""
        cost = np.full(len(self._places), 2.0)
        if not self._terms or any(term.quoted for term in self._terms):
            return cost
        base = self._terms[0].at
        starts: NDArray[np.int64] | None = None
        last = np.empty(0, np.int64)
        for term, met in zip(self._terms, self._occurrences(), strict=True):
            here = met.exact & (met.place == term.at - base)
            keys = met.key[here] - (term.at - base)
            starts = keys if starts is None else np.intersect1d(starts, keys)
            last = met.at[here][np.isin(keys, starts)]
        assert starts is not None
        forward = self._snapshot.forward
        documents = starts >> 34
        cost[documents] = 1.0
        following = np.minimum(last + 1, len(forward.numbers) - 1)
        goes_on = (
            (forward.fields[following] == forward.fields[last])
            & (
                np.searchsorted(forward.starts, last + 1, "right") - 1
                == np.searchsorted(forward.starts, last, "right") - 1
            )
            & (last + 1 < len(forward.numbers))
        )
        cost[documents[~goes_on]] = 0.0
        return cost


def _not_behind(rules: list[Rule], wanted: int) -> NDArray[np.bool_]:
    """The documents that are among the first `wanted`, or equal to the last of them.

    wanted   at least 1, fewer than there are documents
    """
    kept = np.zeros(len(rules[0].cost), np.bool_)
    tied = np.arange(len(kept))
    for rule in rules:
        cost = rule.cost[tied]
        border = np.partition(cost, wanted - 1)[wanted - 1]
        better = tied[cost < border]
        kept[better] = True
        wanted -= len(better)
        tied = tied[cost == border]
    kept[tied] = True
    return kept


def _counted(levels: NDArray[np.int8], removal: list[int]) -> NDArray[np.bool_]:
    """Which terms count for which document: those before the first that it does not meet."""
    counted = np.zeros(levels.shape, np.bool_)
    if removal:
        counted[removal] = np.cumprod(levels[removal] > 0, axis=0).astype(np.bool_)
    return counted


def _in_force(rules: list[str], with_text: bool) -> list[str]:
    """Without text only sorting remains; `words` comes first when a rule needs it."""
    if not with_text:
        return [rule for rule in rules if rule == "sort" or ":" in rule]
    if "words" not in rules:
        needing = [n for n, r in enumerate(rules) if r not in ("sort",) and ":" not in r]
        if needing:
            return [*rules[: needing[0]], "words", *rules[needing[0] :]]
    return rules


def _least(into: Costs, documents: NDArray[np.int64], values: NDArray[Any]) -> None:
    """The least value of each document, documents sorted."""
    if len(documents):
        first = np.flatnonzero(np.r_[True, documents[1:] != documents[:-1]])
        owners = documents[first]
        into[owners] = np.minimum(into[owners], np.minimum.reduceat(values, first))


def _distances(left: Met, right: Met, quoted: int) -> NDArray[np.int64]:
    """For each place of the left term the cost to the nearest place of the right one.

    quoted   how many words the left term has when it is a phrase, else 0
    """
    from_ = left.key + max(0, quoted - 1)
    if not len(right.key):
        return np.full(len(left.key), FAR)
    after = np.searchsorted(right.key, from_, "right")
    forward = np.where(
        after < len(right.key), right.key[np.minimum(after, len(right.key) - 1)] - from_, FAR
    )
    before = np.searchsorted(right.key, from_, "left") - 1
    backward = np.where(before >= 0, from_ - right.key[np.maximum(before, 0)] + 1, FAR)
    same = (after > 0) & (right.key[np.maximum(after - 1, 0)] == from_)
    return np.minimum(np.minimum(forward, backward), np.where(same, 1, FAR))


def _bucketed(places: NDArray[np.int64]) -> NDArray[np.int64]:
    """Places as coarse as Meilisearch keeps them: exact up to 15, then powers of two."""
    powers = np.exp2(np.ceil(np.log2(np.maximum(places, 1)))).astype(np.int64)
    return np.where(places < 16, places, np.where(places < 24, 24, powers))


def score(rules: list[Rule], row: int) -> float:
    """One number from 0 to 1 for how well a document answers, as Meilisearch works it out."""
    place, size = 1.0, 1.0
    for rule in rules:
        if rule.worst is None:
            continue
        levels = rule.worst + 1
        level = max(1.0, levels - float(rule.cost[row]))
        place = (place - 1) * levels + level
        size *= levels
    return place / size
