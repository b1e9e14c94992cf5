"""The scopes that a token may carry, and what each allows."""

from __future__ import annotations

from collections.abc import Iterable

from shared.problems import InputError, Invalid

SCOPES = {
    "practices:write": "Write, submit and withdraw practices of the token's regions.",
    "practices:evaluate": "Evaluate practices of other regions.",
    "practices:publish": "Select, accept, publish and withdraw practices of the token's regions.",
    "indicators:write": "Answer questionnaires of the token's regions.",
    "indicators:review": "Review and publish editions.",
    "admin": "Manage clients, keys and users.",
}


def known(scopes: Iterable[str]) -> frozenset[str]:
    """The scopes as a set. Invalid naming each that does not exist."""
    asked = frozenset(scopes)
    unknown = sorted(asked - SCOPES.keys())
    if unknown:
        raise Invalid(
            f"There is no scope {', '.join(unknown)}.",
            [
                InputError(
                    "unknown_scope",
                    f"{scope} is not a scope.",
                    "/scope",
                    value=scope,
                    allowed=sorted(SCOPES),
                )
                for scope in unknown
            ],
        )
    return asked


def granted(held: frozenset[str], asked: str | None) -> frozenset[str] | None:
    """The scopes of a token: those asked for, or all that the client holds.

    None when the client asks for one that it does not hold (RFC 6749, `invalid_scope`).
    """
    if not asked:
        return held
    wanted = frozenset(asked.split())
    return wanted if wanted <= held else None
