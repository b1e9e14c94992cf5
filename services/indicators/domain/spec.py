"""What a simulation varies: the specification of Monte-Carlo and Sobol runs (S15, S16)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, cast

from services.indicators.domain.faults import Faults, decimal, pointer
from services.indicators.domain.instrument import CompetenceRule
from services.indicators.domain.methodology import Methodology
from services.indicators.domain.node import Node, node
from services.indicators.domain.weights import WeightSet, budget
from shared.problems import Invalid

Aggregation = Literal["flat", "area_mean", "geometric"]
WeightKind = Literal["uniform", "dirichlet", "budget", "bootstrap"]

FEWEST, MOST = 1_000, 100_000
"""Replicates of a run: fewer give unsteady bands, more do not change them."""


@dataclass(frozen=True, slots=True)
class WeightNoise:
    """How the weights vary from replicate to replicate.

    uniform    each weight times U[1 - delta, 1 + delta]; `indicator` and `area` are
               the deltas of the two levels, the second for the area mean only
    dirichlet  every way of sharing out the weight between the indicators is equally likely
    budget     one of `sets`, the weights that experts gave
    bootstrap  indicators drawn with replacement inside each area: which questions
               were asked, not which weights they have; never mixed with the others
    """

    kind: WeightKind
    indicator: Fraction
    area: Fraction
    sets: tuple[WeightSet, ...]


@dataclass(frozen=True, slots=True)
class Spec:
    """One run. What is empty or None does not vary.

    answers         probability that a cell moves to a neighbouring option
    geometric_zero  "floor" counts x as 1 + 0.99 x in the geometric mean; None refuses zeros
    drop            indicators of which one, or none, is left out of a replicate
    """

    n: int
    seed: int
    weights: WeightNoise | None = None
    answers: Fraction = Fraction(0)
    aggregations: tuple[Aggregation, ...] = ()
    geometric_zero: Literal["floor"] | None = None
    not_competent: tuple[CompetenceRule, ...] = ()
    drop: tuple[str, ...] = ()

    @classmethod
    def parse(
        cls, data: object, methodology: Methodology, fewest: int = FEWEST, most: int = MOST
    ) -> Spec:
        """Read a specification. Invalid (E_MC_SPEC) with all errors at once.

            {"n": 1000, "seed": 1,
             "weights": {"kind": "uniform", "indicator": "0.25", "area": "0.1"},
             "answers": "0.05", "aggregations": ["flat", "geometric"],
             "geometric_zero": "floor", "not_competent": ["exclude", "zero"],
             "drop": ["F01", "F02"]}

        Only n and seed are required. weights may also be {"kind": "dirichlet"},
        {"kind": "bootstrap"} or {"kind": "budget", "sets": [{code: points}, ...]}.
        """
        faults = Faults("The specification of the simulation is not valid.")
        root = node(data, (), faults)
        spec = cls(
            n=root.whole("n", fewest, most, "E_MC_SPEC"),
            seed=root.whole("seed", 0, 2**63 - 1, "E_MC_SPEC"),
            weights=_weights(root.node("weights"), methodology) if root.has("weights") else None,
            answers=_probability(root, "answers"),
            aggregations=cast(
                "tuple[Aggregation, ...]",
                _choices(root, "aggregations", _aggregations(methodology)),
            ),
            geometric_zero=_zero_rule(root),
            not_competent=cast(
                "tuple[CompetenceRule, ...]", _choices(root, "not_competent", ("exclude", "zero"))
            ),
            drop=_choices(root, "drop", tuple(methodology.positions)),
        )
        root.closed()
        faults.stop()
        return spec


def _weights(one: Node, methodology: Methodology) -> WeightNoise | None:
    kinds = ("uniform", "dirichlet", "budget", "bootstrap")
    kind = cast("WeightKind", one.choice("kind", kinds, "E_MC_SPEC"))
    indicator = _probability(one, "indicator") if kind == "uniform" else Fraction(0)
    area = _probability(one, "area") if kind == "uniform" else Fraction(0)
    if area and methodology.overall.rule != "area_mean":
        one.wrong("area", "for a methodology with an area mean only", "E_MC_SPEC")
    if kind == "uniform" and not indicator and not area:
        one.wrong("indicator", "more than 0, or area is: nothing would vary", "E_MC_SPEC")
    sets = _sets(one, methodology) if kind == "budget" else ()
    one.closed()
    return WeightNoise(kind, indicator, area, sets)


def _sets(one: Node, methodology: Methodology) -> tuple[WeightSet, ...]:
    found: list[WeightSet] = []
    for given in one.nodes("sets"):
        try:
            found.append(budget(methodology, [given.data]))
        except Invalid as refused:
            for error in refused.errors:
                where = given.at(*(error.pointer or "/").split("/")[2:])
                one.faults.add(error.code, error.detail, pointer=where, value=error.value)
    return tuple(found)


def _probability(one: Node, key: str) -> Fraction:
    """A decimal from 0 to 1; 0 where absent, which means that nothing varies."""
    if not one.has(key):
        return Fraction(0)
    found = decimal(one.value(key))
    if found is None or not 0 <= found <= 1:
        one.wrong(key, "a decimal from 0 to 1", "E_MC_SPEC")
        return Fraction(0)
    return found


def _choices(one: Node, key: str, allowed: Sequence[str]) -> tuple[str, ...]:
    if not one.has(key):
        return ()
    found = one.value(key)
    given = cast("list[object]", found) if isinstance(found, list) else []
    if not given or len(set(map(str, given))) < len(given):
        one.wrong(key, "a list of different choices", "E_MC_SPEC")
        return ()
    for place, choice in enumerate(given):
        if choice not in allowed:
            detail = f"{choice} cannot be chosen here"
            where = pointer(*one.path, key, place)
            one.faults.add("E_MC_SPEC", detail, pointer=where, value=choice, allowed=list(allowed))
    return tuple(str(choice) for choice in given)


def _aggregations(methodology: Methodology) -> tuple[str, ...]:
    """An area mean needs area weights, and those only the methodology can give."""
    if methodology.overall.rule == "area_mean":
        return ("flat", "area_mean", "geometric")
    return ("flat", "geometric")


def _zero_rule(one: Node) -> Literal["floor"] | None:
    if not one.has("geometric_zero"):
        return None
    one.choice("geometric_zero", ("floor",), "E_MC_SPEC")
    return "floor"


def settings(spec: Spec) -> Mapping[str, object]:
    """The specification as plain data, for a score id."""
    noise = spec.weights
    return {
        "n": spec.n,
        "seed": spec.seed,
        "weights": noise
        and [noise.kind, str(noise.indicator), str(noise.area), [one.hash for one in noise.sets]],
        "answers": str(spec.answers),
        "aggregations": list(spec.aggregations),
        "geometric_zero": spec.geometric_zero,
        "not_competent": list(spec.not_competent),
        "drop": list(spec.drop),
    }
