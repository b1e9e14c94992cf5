"""Filters: from the two grammars of Meilisearch to one tree.

The text grammar, NOT binding more tightly than AND, AND more tightly than OR:
    color = red AND (price 1 TO 9 OR NOT brand IN [a, "b c"]) AND _geoRadius(50.8, 4.4, 2000)
The array grammar: the elements are ANDed, the elements of an inner array are ORed, and each
element is text in the text grammar.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from services.search.engine.errors import EngineError
from services.search.engine.filter_tree import And, Condition, Filter, Inside, Near, Not, Or
from services.search.engine.json_value import Json

DEEPEST = 100
MOST_CONDITIONS = 20_000


OPERATORS = ("=", "!=", ">", ">=", "<", "<=", "TO", "IN", "EXISTS", "IS NULL", "IS EMPTY")
REFUSED = ("CONTAINS", "STARTS WITH")
_EXPECTED = (
    "`=`, `!=`, `>=`, `>`, `<=`, `<`, `IN`, `NOT IN`, `TO`, `EXISTS`, `NOT EXISTS`, `IS NULL`, "
    "`IS NOT NULL`, `IS EMPTY`, `IS NOT EMPTY`, `_geoRadius`, or `_geoBoundingBox`"
)
_KEYWORDS = frozenset(
    [
        "AND",
        "OR",
        "NOT",
        "IN",
        "TO",
        "EXISTS",
        "IS",
        "NULL",
        "EMPTY",
        "CONTAINS",
        "STARTS",
        "WITH",
        "_geoRadius",
        "_geoBoundingBox",
    ]
)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_TOKEN = re.compile(
    r"""\s*(?:
      (?P<quoted>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    | (?P<sign>!=|>=|<=|[=<>()\[\],])
    | (?P<word>[^\s"'=!<>()\[\],]+)
    | (?P<end>$)
    )""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class Token:
    """A piece of the text. kind   quoted, sign, word or end; at   its place, from 0."""

    kind: str
    text: str
    at: int


def parse(value: Json) -> Filter | None:
    """The tree of a filter in either grammar, None for an empty one.

    Raises EngineError (invalid_search_filter, feature_not_enabled) naming the place.
    """
    if value is None:
        return None
    if isinstance(value, str):
        return _text(value)
    if not isinstance(value, list):
        raise _wrong_type(value, "String, Array")
    parts = tuple(part for each in value if (part := _element(each)) is not None)
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else And(parts)


def _element(value: Json) -> Filter | None:
    if isinstance(value, str):
        return _text(value)
    if not isinstance(value, list):
        raise _wrong_type(value, "String, [String]")
    choices: list[Filter] = []
    for each in value:
        if not isinstance(each, str):
            raise _wrong_type(each, "String")
        part = _text(each)
        if part is not None:
            choices.append(part)
    if not choices:
        return None
    return choices[0] if len(choices) == 1 else Or(tuple(choices))


def _text(text: str) -> Filter | None:
    return _Parser(text).filter() if text.strip() else None


def wrong(message: str) -> EngineError:
    """An error of a filter."""
    return EngineError("invalid_search_filter", message)


def _wrong_type(value: Json, expected: str) -> EngineError:
    return wrong(
        f"Invalid syntax for the filter parameter: `expected {expected}, found: {value!r}`."
    )


class _Parser:
    """One text in the text grammar, read from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._tokens = self._cut(text)
        self._next = 0
        self._depth = 0
        self._conditions = 0

    def _cut(self, text: str) -> list[Token]:
        tokens: list[Token] = []
        at = 0
        while not tokens or tokens[-1].kind != "end":
            found = _TOKEN.match(text, at)
            if found is None:
                start = at + len(text[at:]) - len(text[at:].lstrip())
                if text[start] in "\"'":
                    raise self._error(start, "Expression is missing its closing quote")
                raise self._error(start, f"Found unexpected characters: `{text[start:]}`")
            kind = str(found.lastgroup)
            tokens.append(Token(kind, found.group(kind), found.start(kind)))
            at = found.end()
        return tokens

    def _error(self, at: int, message: str) -> EngineError:
        return wrong(f"{message}.\n{at + 1}:{len(self.text) + 1} {self.text}")

    def _peek(self, ahead: int = 0) -> Token:
        return self._tokens[min(self._next + ahead, len(self._tokens) - 1)]

    def _take(self) -> Token:
        token = self._peek()
        self._next += 1
        return token

    def _is(self, word: str, ahead: int = 0) -> bool:
        token = self._peek(ahead)
        return token.kind == "word" and token.text.upper() == word

    def _sign(self, sign: str) -> bool:
        token = self._peek()
        if token.kind == "sign" and token.text == sign:
            self._next += 1
            return True
        return False

    def _need(self, sign: str) -> None:
        if not self._sign(sign):
            token = self._peek()
            found = f"`{token.text}`" if token.text else "the end of the filter"
            raise self._error(token.at, f"Expected `{sign}` but found {found}")

    def filter(self) -> Filter:
        """The whole text."""
        tree = self._any()
        rest = self._peek()
        if rest.kind != "end":
            found = self.text[rest.at :]
            raise self._error(
                rest.at,
                f"Found unexpected characters at the end of the filter: `{found}`. You probably "
                "forgot an `OR` or an `AND` rule",
            )
        return tree

    def _any(self) -> Filter:
        parts = [self._all()]
        while self._is("OR"):
            self._take()
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _all(self) -> Filter:
        parts = [self._one()]
        while self._is("AND"):
            self._take()
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _one(self) -> Filter:
        self._depth += 1
        if self._depth > DEEPEST:
            at = self._peek().at
            raise self._error(at, f"The filter is nested more than {DEEPEST} deep")
        try:
            if self._is("NOT"):
                self._take()
                return Not(self._one())
            if self._sign("("):
                tree = self._any()
                self._need(")")
                return tree
            return self._condition()
        finally:
            self._depth -= 1

    def _condition(self) -> Filter:
        self._conditions += 1
        if self._conditions > MOST_CONDITIONS:
            raise self._error(self._peek().at, f"More than {MOST_CONDITIONS} conditions")
        first = self._peek()
        if first.kind == "word" and first.text in ("_geoRadius", "_geoBoundingBox"):
            return self._geo()
        if first.kind == "word" and first.text.startswith("_geo") and self._peek(1).text == "(":
            raise EngineError(
                "feature_not_enabled", f"`{first.text}` is not supported in filters here."
            )
        attribute = self._name("an attribute")
        operator = self._take()
        if operator.kind == "sign" and operator.text in OPERATORS:
            return Condition(attribute, operator.text, (self._compared(operator.text),))
        word = operator.text.upper() if operator.kind == "word" else ""
        negated = word == "NOT"
        if negated:
            operator = self._take()
            word = operator.text.upper()
        tree = self._worded(attribute, word, operator, negated)
        return Not(tree) if negated else tree

    def _worded(self, attribute: str, word: str, operator: Token, negated: bool) -> Filter:
        if word == "IN":
            return Condition(attribute, "IN", self._list())
        if word == "EXISTS":
            return Condition(attribute, "EXISTS")
        if word == "IS" and not negated:
            return self._state(attribute)
        if word in ("CONTAINS", "STARTS"):
            name = "STARTS WITH" if word == "STARTS" else word
            raise EngineError(
                "feature_not_enabled",
                f"Using `{name}` in a filter requires enabling the `contains filter` experimental "
                f"feature, which is not supported here.\n{operator.at + 1}: {self.text}",
            )
        if operator.kind in ("word", "quoted") and not negated and self._is("TO"):
            self._take()
            ends = (operator, self._take())
            return Condition(attribute, "TO", tuple(self._number(token) for token in ends))
        found = f" at `{self.text[operator.at :]}`" if operator.text else " at the end"
        raise self._error(operator.at, f"Was expecting an operation {_EXPECTED}{found}")

    def _state(self, attribute: str) -> Filter:
        negated = self._is("NOT")
        if negated:
            self._take()
        token = self._take()
        state = token.text.upper()
        if token.kind != "word" or state not in ("NULL", "EMPTY"):
            raise self._error(token.at, "Expected `NULL`, `EMPTY`, `NOT NULL` or `NOT EMPTY`")
        condition = Condition(attribute, f"IS {state}")
        return Not(condition) if negated else condition

    def _compared(self, operator: str) -> str:
        if operator in ("=", "!="):
            return self._name("a value")
        return self._number(self._take())

    def _number(self, token: Token) -> str:
        text = _unquoted(token)
        named = token.kind in ("word", "quoted")
        if not (named and _NUMBER.fullmatch(text) and math.isfinite(float(text))):
            raise self._error(token.at, f"Expected a number but found `{token.text}`")
        return text

    def _name(self, what: str) -> str:
        token = self._take()
        if token.kind == "quoted":
            return _unquoted(token)
        if token.kind == "word" and token.text not in _KEYWORDS:
            return token.text
        if token.kind == "word":
            raise self._error(
                token.at, f"Was expecting {what}, but `{token.text}` is a reserved keyword"
            )
        found = f"`{token.text}`" if token.text else "the end of the filter"
        raise self._error(token.at, f"Was expecting {what} but found {found}")

    def _list(self) -> tuple[str, ...]:
        self._need("[")
        values: list[str] = []
        while not self._sign("]"):
            values.append(self._name("a value or `]`"))
            if not self._sign(","):
                self._need("]")
                break
        return tuple(values)

    def _geo(self) -> Filter:
        name = self._take()
        self._need("(")
        if name.text == "_geoRadius":
            numbers = self._numbers()
            if len(numbers) not in (3, 4):
                raise self._error(name.at, "`_geoRadius` takes latitude, longitude and metres")
            self._need(")")
            self._coordinates(name, numbers[0], numbers[1])
            return Near(numbers[0], numbers[1], numbers[2])
        corners: list[float] = []
        for comma in (True, False):
            self._need("[")
            corner = self._numbers()
            self._need("]")
            if len(corner) != 2:
                raise self._error(name.at, "A corner of `_geoBoundingBox` takes two numbers")
            self._coordinates(name, corner[0], corner[1])
            corners += corner
            if comma:
                self._need(",")
        self._need(")")
        if corners[0] < corners[2]:
            raise self._error(
                name.at,
                f"The top latitude `{corners[0]}` is below the bottom latitude `{corners[2]}`",
            )
        return Inside(*corners)

    def _numbers(self) -> list[float]:
        numbers = [float(self._number(self._take()))]
        while self._sign(","):
            numbers.append(float(self._number(self._take())))
        return numbers

    def _coordinates(self, name: Token, latitude: float, longitude: float) -> None:
        if not -90 <= latitude <= 90:
            raise self._error(
                name.at, f"Bad latitude `{latitude}`. Latitude must be contained between -90 and 90"
            )
        if not -180 <= longitude <= 180:
            raise self._error(
                name.at,
                f"Bad longitude `{longitude}`. Longitude must be contained between -180 and 180",
            )


def _unquoted(token: Token) -> str:
    if token.kind != "quoted":
        return token.text
    return re.sub(r"\\(.)", r"\1", token.text[1:-1], flags=re.DOTALL)
