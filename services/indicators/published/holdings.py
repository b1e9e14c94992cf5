"""What is published, in memory: regions, methodologies, editions, by the names people use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property

from sqlmodel import Session

from services.indicators.domain.instrument import ALL, GROUP, OVERALL
from services.indicators.domain.methodology import Methodology
from services.indicators.published import store
from services.indicators.published.records import RegionRecord
from services.indicators.published.store import KeptEdition, KeptMethodology
from shared.problems import InputError, Invalid, NotFound
from shared.text import folded


@dataclass(frozen=True, eq=False)
class Holdings:
    """Everything small enough to be kept whole. Answers and observations are read when needed."""

    region_list: Sequence[RegionRecord]
    methodologies: Sequence[KeptMethodology]
    editions: Mapping[str, KeptEdition]

    @classmethod
    def read(cls, session: Session) -> Holdings:
        """From the database."""
        editions = {one.record.id: one for one in store.editions(session)}
        return cls(store.regions(session), store.methodologies(session), editions)

    @cached_property
    def regions(self) -> Mapping[str, RegionRecord]:
        """By code."""
        return {one.code: one for one in self.region_list}

    @cached_property
    def codes(self) -> Mapping[str, str]:
        """Code or slug -> code."""
        return {one.slug: one.code for one in self.region_list} | {c: c for c in self.regions}

    @cached_property
    def spellings(self) -> Mapping[str, Sequence[str]]:
        """Code -> every name of the region without accents, in lower case."""
        return {one.code: [folded(name) for name in one.spellings] for one in self.region_list}

    @cached_property
    def with_scores(self) -> frozenset[str]:
        """Codes of the regions that any edition has a score of."""
        return frozenset(code for one in self.editions.values() for code in one.regions)

    @cached_property
    def vocabulary(self) -> Mapping[tuple[str, str], str]:
        """(axis, dimension) -> name, over all methodologies."""
        names = {(OVERALL, OVERALL): "Overall"}
        for kept in self.methodologies:
            names |= dimensions(kept.methodology)
        return names

    def region(self, name: str) -> RegionRecord:
        """The region of a code or slug. NotFound, with names that are close."""
        code = self.codes.get(name)
        if code is None:
            raise NotFound(f"There is no region {name[:80]!r}.{self._close(name)}")
        return self.regions[code]

    def edition(self, name: str) -> KeptEdition:
        """The edition of an id. NotFound, with those that exist."""
        if name not in self.editions:
            known = ", ".join(self.editions)
            raise NotFound(f"There is no edition {name[:80]!r}; there are: {known}.")
        return self.editions[name]

    def methodology(self, name: str, version: str | None = None) -> KeptMethodology:
        """The methodology of an id, at its newest version unless one is named. NotFound."""
        found = [
            one
            for one in self.methodologies
            if one.methodology.id == name and version in (None, one.methodology.version)
        ]
        if not found:
            known = ", ".join(sorted({one.methodology.id for one in self.methodologies}))
            raise NotFound(f"There is no methodology {name[:80]!r}; there are: {known}.")
        return found[-1]

    def region_codes(self, names: Iterable[str], pointer: str = "/query/region") -> frozenset[str]:
        """The codes of regions named in a query. NotFound, naming the unknown ones."""
        unknown = [name for name in names if name not in self.codes]
        if unknown:
            raise NotFound(
                "The query names a region that does not exist.",
                [
                    InputError(
                        "unknown_region",
                        f"There is no region {name[:80]!r}.{self._close(name)}",
                        pointer,
                        value=name[:80],
                        allowed="a code such as ES51 or a slug such as catalonia; see /regions",
                    )
                    for name in unknown
                ],
            )
        return frozenset(self.codes[name] for name in names)

    def countries(self, names: Iterable[str]) -> frozenset[str]:
        """Country codes named in a query. NotFound, naming those that no region is in."""
        known = sorted({one.country_code for one in self.region_list})
        return existing(names, known, "country")

    def _close(self, name: str) -> str:
        wanted = folded(name[:80])
        close = [
            code
            for code, names in self.spellings.items()
            if any(
                wanted in one or one in wanted for one in names if min(len(one), len(wanted)) > 2
            )
        ]
        if not close:
            every = {one: code for code, names in self.spellings.items() for one in names}
            close = [every[one] for one in get_close_matches(wanted, every, 3, 0.7)]
        shown = [f"{self.regions[code].name} ({code})" for code in dict.fromkeys(close)][:3]
        return f" Did you mean {' or '.join(shown)}?" if shown else ""


def dimensions(methodology: Methodology) -> dict[tuple[str, str], str]:
    """(axis, dimension) -> name: overall, every axis, and the target groups."""
    names = {(OVERALL, OVERALL): "Overall"}
    for axis in methodology.axes:
        names |= {(axis.code, one.code): one.name for one in axis.dimensions}
    return names | {(GROUP, one.code): one.name for one in methodology.groups}


def groups(methodology: Methodology) -> list[str]:
    """ALL and the codes of the target groups."""
    return [ALL, *methodology.group_codes]


def chosen(names: Iterable[str], known: Sequence[str], parameter: str) -> frozenset[str]:
    """Values of a closed list in a query. Invalid, naming those outside it and what is in it."""
    found = frozenset(names)
    if wrong := _unknown(found, known, parameter):
        raise Invalid(f"The query names an unknown {parameter}.", wrong)
    return found


def existing(names: Iterable[str], known: Sequence[str], parameter: str) -> frozenset[str]:
    """Names of things in a query. NotFound, naming those that are not there and what is."""
    found = frozenset(names)
    if wrong := _unknown(found, known, parameter):
        raise NotFound(f"The query names an unknown {parameter}.", wrong)
    return found


def _unknown(names: frozenset[str], known: Sequence[str], parameter: str) -> list[InputError]:
    return [
        InputError(
            f"unknown_{parameter}",
            f"There is no {parameter} {name[:80]!r} here.",
            f"/query/{parameter}",
            value=name[:80],
            allowed=list(known),
        )
        for name in sorted(names - set(known))
    ]
