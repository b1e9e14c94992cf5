"""Collecting everything that is wrong with an input before refusing it once."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction

from shared.problems import InputError, Invalid

PLACES = 4
"""Decimal places that weights, option values and thresholds may have (S10)."""

_DECIMAL = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,12})?")


class Faults:
    """A list of errors that grows while an input is read, and one refusal at the end."""

    def __init__(self, detail: str) -> None:
        self.detail = detail
        self.errors: list[InputError] = []

    def add(
        self,
        code: str,
        detail: str,
        *,
        pointer: str | None = None,
        row: int | None = None,
        column: str | None = None,
        value: object = None,
        allowed: list[object] | list[str] | str | None = None,
    ) -> None:
        """Note one error; the value is shortened so that an answer stays readable."""
        self.errors.append(InputError(code, detail, pointer, row, column, shown(value), allowed))

    def stop(self) -> None:
        """Raise Invalid with everything that was noted; nothing noted, nothing happens."""
        if self.errors:
            raise Invalid(self.detail, errors=tuple(self.errors))


def refusal(code: str, detail: str, **where: object) -> Invalid:
    """Invalid with a single error, for rules that stop at the first breach."""
    return Invalid(detail, errors=(InputError(code, detail, **where),))  # type: ignore[arg-type]


def shown(value: object) -> object:
    """The value as an error may carry it: JSON-safe and at most 80 characters."""
    if value is None or isinstance(value, bool | int):
        return value
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 80 else text[:79] + "…"


def pointer(*parts: str | int) -> str:
    """An RFC 6901 pointer made of its parts."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def decimal(value: object, places: int = PLACES) -> Fraction | None:
    """A whole number, finite float or decimal text as an exact fraction.

    None when it is anything else (NaN and infinity included) or has more
    decimal places than allowed. A float counts as its shortest decimal text.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    text = value if isinstance(value, str) else format(Decimal(repr(value)), "f")
    if not _DECIMAL.fullmatch(text):
        return None
    exact = Fraction(text)
    return exact if (exact * 10**places).denominator == 1 else None


def decimal_text(value: Fraction) -> str:
    """The shortest decimal text of a fraction of at most four decimal places: 1, 0.65, 33.3333."""
    whole, rest = divmod(abs(value) * 10**PLACES, 10**PLACES)
    digits = f"{int(rest):0{PLACES}d}".rstrip("0")
    return ("-" if value < 0 else "") + f"{whole}" + (f".{digits}" if digits else "")
