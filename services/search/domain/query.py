"""Reading filters: from text to a tree over declared attributes.

Both of Meilisearch's forms are read: an expression such as
`filter_areas = housing AND (year 2015 TO 2020 OR NOT filter_result EXISTS)`, and lists,
where the outer list means AND and an inner one OR. What goes to the engine is never
the caller's text but the tree written anew by `tree.build`. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from math import isfinite
from typing import Literal

from services.search.domain.refusal import Refusal
from services.search.domain.tokens import CODE, Token, Tokens
from services.search.domain.tree import (
    All,
    Among,
    Between,
    Box,
    Compare,
    Filter,
    Has,
    Not,
    Radius,
    Some,
    joined,
)

MAX_DEPTH = 32
MAX_CONDITIONS = 1000
MAX_CHARACTERS = 20_000

_RESERVED = {"AND", "OR", "NOT", "IN", "TO", "EXISTS", "CONTAINS", "STARTS"}
_OPERATIONS = (
    "`=`, `!=`, `>`, `>=`, `<`, `<=`, `TO`, `IN`, `NOT IN`, `EXISTS`, `IS NULL`, `IS EMPTY`"
)


def parse(given: object, allowed: Collection[str]) -> Filter | None:
    """The tree of a filter in either form; None when it filters nothing.

    allowed  the attributes that may be filtered by; `_geo` allows the two geo filters

    Raises Refusal with the place in the text for anything that is not understood.
    """
    reader = _Reader(allowed)
    if given is None or isinstance(given, str):
        return reader.expression(given or "", "")
    if not isinstance(given, list):
        raise _wrong_type(given, "a string or an array")
    outer: list[Filter | None] = []
    for index, part in enumerate(given):
        if isinstance(part, str):
            outer.append(reader.expression(part, f"[{index}]"))
        elif isinstance(part, list):
            inner = [
                reader.expression(_text(one, f"[{index}][{place}]"), f"[{index}][{place}]")
                for place, one in enumerate(part)
            ]
            outer.append(joined(Some, tuple(one for one in inner if one is not None)))
        else:
            raise _wrong_type(part, "a string or an array of strings", f"[{index}]")
    return joined(All, tuple(part for part in outer if part is not None))


def _text(one: object, place: str) -> str:
    if isinstance(one, str):
        return one
    raise _wrong_type(one, "a string", place)


def _wrong_type(found: object, wanted: str, place: str = "") -> Refusal:
    kinds: dict[type, str] = {dict: "an object", list: "an array", bool: "a boolean"}
    kind = next((name for one, name in kinds.items() if isinstance(found, one)), "a number")
    kind = "null" if found is None else kind
    return Refusal(
        f"Invalid syntax for the filter parameter: expected {wanted} at `.filter{place}`, "
        f"found {kind}.",
        CODE,
    )


class _Reader:
    """Counts conditions and characters over all expressions of one filter."""

    def __init__(self, allowed: Collection[str]) -> None:
        self.allowed = allowed
        self.conditions = 0
        self.characters = 0

    def expression(self, text: str, place: str) -> Filter | None:
        """One expression; None when it is blank. `place` names it in messages, such as `[0][1]`."""
        self.characters += len(text)
        if self.characters > MAX_CHARACTERS:
            raise Refusal(f"The filter is longer than {MAX_CHARACTERS} characters.", CODE)
        if not text.strip():
            return None
        return _Expression(self, text, place).whole()

    def count(self, number: int = 1) -> None:
        """Count conditions; Refusal when there are too many."""
        self.conditions += number
        if self.conditions > MAX_CONDITIONS:
            raise Refusal(f"The filter has more than {MAX_CONDITIONS} conditions.", CODE)


class _Expression(Tokens):
    """Recursive descent over the tokens of one text."""

    def __init__(self, reader: _Reader, text: str, place: str) -> None:
        super().__init__(text, place)
        self.reader = reader
        self.depth = 0

    def whole(self) -> Filter:
        found = self._some()
        if self.here.kind != "end":
            raise self.refusal(
                f"Found unexpected characters at the end of the filter: `{self.rest}`. "
                "You probably forgot an `OR` or an `AND` rule."
            )
        return found

    def _some(self) -> Filter:
        return self._chain("OR", Some, lambda: self._chain("AND", All, self._negation))

    def _chain(
        self,
        word: str,
        kind: type[All] | type[Some],
        part: Callable[[], Filter],
    ) -> Filter:
        parts = [part()]
        while self.take_word(word):
            parts.append(part())
        return kind(tuple(parts)) if len(parts) > 1 else parts[0]

    def _negation(self) -> Filter:
        if self.take_word("NOT"):
            with_not = self._deeper(self._negation)
            return Not(with_not)
        if self.take_sign("("):
            found = self._deeper(self._some)
            self.expect_sign(")", "a closing parenthesis `)`")
            return found
        return self._condition()

    def _deeper(self, part: Callable[[], Filter]) -> Filter:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.refusal(f"The filter is nested deeper than {MAX_DEPTH} levels.")
        found = part()
        self.depth -= 1
        return found

    def _condition(self) -> Filter:
        token = self.here
        if token.kind == "word" and token.text.startswith("_geo") and self.next_is("("):
            return self._geo()
        if token.kind == "word" and token.text in _RESERVED:
            raise self.refusal(
                f"Was expecting an attribute but found the reserved word `{token.text}`. "
                "Put it in quotes to use it as a name."
            )
        attribute = self._value(f"an attribute followed by an operation ({_OPERATIONS})")
        self._check(attribute, token)
        return self._operation(attribute)

    def _operation(self, attribute: str) -> Filter:
        token = self.here
        if token.kind == "sign" and token.text in {"=", "!=", ">", ">=", "<", "<="}:
            self.at += 1
            return self._comparison(attribute, token.text)
        if self.take_word("IN"):
            return Among(attribute, self._values())
        if self.take_word("NOT"):
            if self.take_word("IN"):
                return Not(Among(attribute, self._values()))
            if self.take_word("EXISTS"):
                return Not(self._has(attribute, "EXISTS"))
            raise self.refusal("Was expecting `IN` or `EXISTS` after `NOT`.")
        if self.take_word("EXISTS"):
            return self._has(attribute, "EXISTS")
        if self.take_word("IS"):
            return self._is(attribute)
        if token.kind == "word" and token.text in {"CONTAINS", "STARTS"}:
            raise self.refusal(
                "`CONTAINS` and `STARTS WITH` are not offered here; search with `q`.",
                "feature_not_enabled",
            )
        if token.kind in {"word", "text"} and self.word_is("TO", 1):
            return self._range(attribute)
        raise self.refusal(f"Was expecting an operation ({_OPERATIONS}) after `{attribute}`.")

    def _comparison(self, attribute: str, operator: str) -> Filter:
        token = self.here
        value = self._value("a value")
        if operator not in {"=", "!="}:
            self._number_in(value, token)
        self.reader.count()
        return Compare(attribute, operator, value)  # pyright: ignore[reportArgumentType]

    def _range(self, attribute: str) -> Filter:
        first = self.here
        low = self._value("a number")
        self.take_word("TO")
        second = self.here
        high = self._value("a number")
        self._number_in(low, first)
        self._number_in(high, second)
        self.reader.count()
        return Between(attribute, low, high)

    def _has(self, attribute: str, what: Literal["EXISTS", "IS NULL", "IS EMPTY"]) -> Filter:
        self.reader.count()
        return Has(attribute, what)

    def _is(self, attribute: str) -> Filter:
        negated = self.take_word("NOT")
        if self.take_word("NULL"):
            found = self._has(attribute, "IS NULL")
        elif self.take_word("EMPTY"):
            found = self._has(attribute, "IS EMPTY")
        else:
            raise self.refusal("Was expecting `NULL`, `EMPTY`, `NOT NULL` or `NOT EMPTY`.")
        return Not(found) if negated else found

    def _values(self) -> tuple[str, ...]:
        self.expect_sign("[", "an opening bracket `[` after `IN`")
        values: list[str] = []
        while not self.take_sign("]"):
            if values:
                self.expect_sign(",", "`,` or `]` after a value")
                if self.take_sign("]"):
                    break
            values.append(self._value("a value or `]`"))
        self.reader.count(max(1, len(values)))
        return tuple(values)

    def _value(self, wanted: str) -> str:
        token = self.here
        if token.kind == "text":
            self.at += 1
            return token.value
        if token.kind == "word" and token.text not in _RESERVED:
            self.at += 1
            return token.text
        if token.kind == "word":
            raise self.refusal(
                f"Was expecting {wanted} but found the reserved word `{token.text}`. "
                "Put it in quotes to use it as a value."
            )
        found = "nothing" if token.kind == "end" else f"`{token.text}`"
        raise self.refusal(f"Was expecting {wanted} but found {found}.")

    def _check(self, attribute: str, token: Token) -> None:
        if attribute in self.reader.allowed and attribute != "_geo":
            return
        names = ", ".join(sorted(self.reader.allowed)) or "none"
        raise self.refusal(
            f"Attribute `{attribute[:80]}` is not filterable. "
            f"Available filterable attributes are: `{names}`.",
            token=token,
        )

    def _number_in(self, value: str, token: Token) -> None:
        try:
            found = float(value)
        except ValueError:
            found = float("nan")
        # Python also reads 1_000 and blanks around it, engines do not.
        if not isfinite(found) or "_" in value or value.strip() != value:
            raise self.refusal(f"`{value[:80]}` is not a number.", token=token)

    # -------------------------------------------------------------- geo

    def _geo(self) -> Filter:
        name = self.here
        if "_geo" not in self.reader.allowed or name.text not in {
            "_geoRadius",
            "_geoBoundingBox",
        }:
            raise self.refusal(
                f"`{name.text}` cannot be used here. `_geoRadius(lat, lng, metres)` and "
                "`_geoBoundingBox([lat, lng], [lat, lng])` can, where the index has points."
            )
        self.at += 1
        self.reader.count()
        self.expect_sign("(", "`(`")
        found = self._radius() if name.text == "_geoRadius" else self._box()
        self.expect_sign(")", "`)`")
        return found

    def _radius(self) -> Filter:
        lat = self._degrees(90, "latitude")
        self.expect_sign(",", "`,`")
        lng = self._degrees(180, "longitude")
        self.expect_sign(",", "`,`")
        return Radius(lat, lng, self._measure(0, 50_000_000, "distance in metres"))

    def _box(self) -> Filter:
        north, east = self._corner()
        self.expect_sign(",", "`,`")
        south, west = self._corner()
        if north < south:
            raise self.refusal(
                f"The first corner of `_geoBoundingBox` is the top right one: "
                f"{north} is below {south}."
            )
        return Box(north, east, south, west)

    def _corner(self) -> tuple[float, float]:
        self.expect_sign("[", "`[`")
        lat = self._degrees(90, "latitude")
        self.expect_sign(",", "`,`")
        lng = self._degrees(180, "longitude")
        self.expect_sign("]", "`]`")
        return lat, lng

    def _degrees(self, limit: float, name: str) -> float:
        return self._measure(-limit, limit, name)

    def _measure(self, low: float, high: float, name: str) -> float:
        token = self.here
        value = self._value(f"a {name}")
        self._number_in(value, token)
        if not low <= float(value) <= high:
            raise self.refusal(f"`{value}` is no {name}: {low} to {high}.", token=token)
        # Seven decimals of a degree are a centimetre; more is noise that would change the text.
        return round(float(value), 7) + 0.0
