"""Roles of people and the scopes that each brings, for a region or for all of them."""

from __future__ import annotations

from collections.abc import Iterable

from shared.problems import InputError, Invalid

EVERYWHERE = "*"

ROLES: dict[str, tuple[str, ...]] = {
    "region-editor": ("practices:write", "indicators:write"),
    "expert": ("indicators:write",),
    "evaluator": ("practices:evaluate",),
    "central-reviewer": ("indicators:review",),
    "publisher": ("practices:publish",),
    "administrator": ("admin",),
}
"""What each role may do. The regions of an evaluator are the own ones, which are not judged."""

WHAT = {
    "region-editor": "Writes the practices of the region and answers its questionnaires.",
    "expert": "Answers the questionnaires of the region.",
    "evaluator": "Comes from the region and evaluates practices of other regions.",
    "central-reviewer": "Reviews, accepts and publishes assessments of the region.",
    "publisher": "Selects practices of the region, assigns evaluators, publishes and withdraws.",
    "administrator": "Manages clients, people, roles and keys. For all regions only.",
}

Granted = tuple[str, str]
"""A role and the code of a region, or `*`."""


def check_role(role: str, region: str) -> None:
    """Raises Invalid for a role that does not exist, or that cannot be held for one region."""
    if role not in ROLES:
        raise Invalid(
            f"There is no role {role}.",
            [
                InputError(
                    "unknown_role", f"{role} is not a role.", "/role", None, None, role, [*ROLES]
                )
            ],
        )
    if role == "administrator" and region != EVERYWHERE:
        # What an administrator does is done to the whole platform.
        raise Invalid(
            "An administrator is one for all regions.",
            [InputError("not_regional", "Use the region *.", "/region", None, None, region, ["*"])],
        )


def scopes_of(grants: Iterable[Granted]) -> list[tuple[str, str]]:
    """Pairs of scope and region, as an actor holds them. Roles that no longer exist give none."""
    return sorted({(scope, region) for role, region in grants for scope in ROLES.get(role, ())})
