"""Which language a reader is answered in, and how numbers and countries are written in it.

The app does the same with what a browser knows (`web/src/lib/format.ts`): what the server
writes for readers without scripts has to look as the app will.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

ENGLISH: Final = "en"
_COUNTRIES: Final = Path(__file__).parent / "data/countries.json"
_NAMES: Final[Mapping[str, Mapping[str, str]]] = json.loads(_COUNTRIES.read_text("utf-8"))["names"]
# Codes that the European institutions write otherwise than ISO 3166.
_ISO: Final = {"EL": "GR", "UK": "GB"}
_SPACE, _NARROW = "\u00a0", "\u202f"
# Between thousands, before decimals, before the sign of percent (Unicode CLDR).
_SIGNS: Final[Mapping[str, tuple[str, str, str]]] = {
    "en": (",", ".", ""),
    "fr": (_NARROW, ",", _SPACE),
    "de": (".", ",", _SPACE),
    "it": (".", ",", ""),
    "es": (".", ",", _SPACE),
    "pt": (_SPACE, ",", ""),
    "sv": (_SPACE, ",", _SPACE),
    "ca": (".", ",", _SPACE),
}
# Here four digits stand together.
_FROM_TEN_THOUSAND: Final = frozenset({"it", "es", "pt"})


def spoken(asked: str | None, accepted: str, known: Collection[str]) -> str:
    """The language of the address, else the first that the browser accepts, else English.

    asked     `lang` of the address
    accepted  Accept-Language, in the order of the header
    known     the languages there are
    """
    wished = (each.strip()[:2].lower() for each in accepted.split(","))
    return next((each for each in (asked, *wished) if each and each in known), ENGLISH)


def number(value: float, language: str, decimals: int = 1, at_least: int = 0) -> str:
    """The number as it is written in a language; zeros at the end go, down to `at_least`."""
    thousands, point, _ = _SIGNS[language]
    whole, _, part = f"{abs(value):,.{decimals}f}".partition(".")
    part = part[:at_least] + part[at_least:].rstrip("0")
    if language in _FROM_TEN_THOUSAND and len(whole) == len("1,234"):
        whole = whole.replace(",", "")
    text = whole.replace(",", thousands) + (point + part if part else "")
    return f"−{text}" if value < 0 and any(digit in "123456789" for digit in text) else text


def measured(value: float, unit: str, language: str, said: str) -> str:
    """A value with its unit; `said` is the unit in the reader's language."""
    if unit in ("%", "percent"):
        return f"{number(value, language, 1, 1)}{_SIGNS[language][2]}%"
    if unit == "persons":
        return number(value, language, 0)
    at_least = 1 if unit == "percentage points" else 0
    return f"{number(value, language, 1, at_least)} {said}"


def country(code: str, language: str, fallback: str) -> str:
    """The country's name in a language; the fallback where the code is unknown."""
    return _NAMES[language].get(_ISO.get(code, code), fallback)
