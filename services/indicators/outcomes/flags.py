"""Flags of Eurostat: what stands beside a value, and what may be shown of it.

Since 27 January 2025 Eurostat keeps two lists: observation status (small letters) and
confidentiality (capitals). Files from before use one list; its letters are read as the
new ones and the text as it stood is kept. Several flags may stand together (`bep`).
Source: Eurostat, "Statistical symbols and flags", lists in force since January 2025.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

STATUS = {
    "b": "break in series",
    "d": "definition differs",
    "e": "estimated",
    "f": "forecast",
    "i": "imputed by the publisher",
    "m": "cannot exist",
    "n": "not significant",
    "p": "provisional",
    "u": "low reliability",
}
CONFIDENTIALITY = {
    "C": "confidential",
    "N": "not for publication",
    "P": "kept back, not for statistical secrecy",
}
MEANINGS = {**STATUS, **CONFIDENTIALITY}

OLD = {"s": "i", "z": "m", "c": "C"}
"""Letters of the list before 2025 -> of the lists since."""

_FREE = "F"  # SDMX: free for publication, which needs no flag
_BETWEEN = " ,"


class Read(NamedTuple):
    """Flags as they are kept: status letters, then confidentiality, each in order and once.

    original  the text as it stood, where it was another one; else None
    unknown   letters that no list has, in order
    """

    flag: str
    original: str | None
    unknown: str


@lru_cache(1024)
def read(text: str, confidentiality: str = "") -> Read:
    """The flags of one value, from one text or from the two columns of newer files."""
    whole = text + confidentiality
    letters = {OLD.get(one, one) for one in whole} - {_FREE, *_BETWEEN}
    unknown = "".join(sorted(letters - set(MEANINGS)))
    flag = ordered(letters & set(MEANINGS))
    plain = "".join(one for one in whole if one not in _BETWEEN and one != _FREE)
    return Read(flag, None if flag == plain else whole[:20], unknown)


def ordered(letters: set[str]) -> str:
    """Letters as one text: status in order of the alphabet, then confidentiality."""
    return "".join(sorted(letters, key=lambda one: (one.isupper(), one)))


def united(*flags: str) -> str:
    """The flags of something made from several values: whatever holds for one, holds for it."""
    return ordered({letter for flag in flags for letter in flag})


def status(flag: str) -> str:
    """The part that says how a value was observed."""
    return "".join(one for one in flag if one in STATUS)


def confidentiality(flag: str) -> str:
    """The part that says who may see a value; empty: everyone."""
    return "".join(one for one in flag if one in CONFIDENTIALITY)


def publishable(flag: str) -> bool:
    """Whether a number with this flag may be shown at all."""
    return not confidentiality(flag)


def warning(flag: str | None) -> str | None:
    """What a reader has to know before using the number; None: nothing special."""
    found = [_WARNINGS[one] for one in flag or "" if one in _WARNINGS]
    return " ".join(found) or None


_WARNINGS = {
    "b": "Break in the series: not comparable with the values before.",
    "d": "The definition differs from that of the other territories.",
    "e": "Estimated by the publisher.",
    "f": "A forecast of the publisher.",
    "i": "Imputed by the publisher.",
    "n": "Not significant.",
    "p": "Provisional: it will be revised.",
    "u": "Low reliability: few people stand behind this number.",
}


def reason(flag: str) -> str:
    """Why there is no value."""
    if confidentiality(flag):
        return "Confidential: the source does not publish it."
    if "m" in flag:
        return "The value cannot exist."
    if "u" in flag:
        return "Too unreliable to publish."
    return "The source gives no value."
