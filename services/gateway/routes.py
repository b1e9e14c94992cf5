"""The public API as one table: which path goes where, and who may use it.

Paths are relative to `/api/v1`. What is not in the table does not exist.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

OWN = "gateway"
INDICATORS = "indicators"
PRACTICES = "practices"
SEARCH = "search"


@dataclass(frozen=True, slots=True)
class Route:
    """One public operation.

    scopes  one of which the token must carry; empty for what everyone may read
    tokens  whether an Authorization header is read at all. Search clients of partners
            send their own keys there, which are none of ours.
    seconds how long the upstream may take to begin its answer
    largest how many bytes a body may have; a service may take less
    """

    method: str
    path: str
    upstream: str
    scopes: tuple[str, ...] = ()
    tokens: bool = True
    seconds: float = 15.0
    largest: int = 2_000_000
    pattern: re.Pattern[str] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        pattern = re.sub(r"\\{[a-z_]+\\}", "[^/]+", re.escape(self.path))
        object.__setattr__(self, "pattern", re.compile(pattern + r"\Z"))

    @property
    def embeds(self) -> bool:
        """Whether an embed key may be used here: for searching, and nowhere else."""
        return self.upstream == SEARCH and not self.tokens


_WRITE = ("practices:write",)
_PUBLISH = ("practices:publish",)
_JUDGE = ("practices:evaluate",)
_FOLLOW = ("practices:evaluate", "practices:publish")
_TALK = ("practices:write", "practices:publish")
_WORK = ("practices:write", "practices:publish", "practices:evaluate")
_LISTEN = ("practices:write", "practices:publish", "admin")
_ANSWER = ("indicators:write",)
_REVIEW = ("indicators:review",)
_EITHER = ("indicators:write", "indicators:review")
_ADMIN = ("admin",)

ROUTES = (
    Route("GET", "/openapi.json", OWN),
    Route("GET", "/docs", OWN),
    Route("GET", "/docs/{file}", OWN),
    # Access
    Route("POST", "/oauth/token", OWN, tokens=False),
    Route("GET", "/.well-known/jwks.json", OWN),
    Route("GET", "/.well-known/oauth-authorization-server", OWN),
    # People: the handlers look at the cookie themselves where no token is read
    Route("GET", "/session", OWN, tokens=False),
    Route("POST", "/session", OWN, tokens=False),
    Route("DELETE", "/session", OWN, tokens=False),
    Route("GET", "/session/provider", OWN, tokens=False),
    Route("GET", "/session/callback", OWN, tokens=False),
    Route("POST", "/session/password", OWN),
    Route("POST", "/session/second-factor", OWN),
    Route("POST", "/session/second-factor/confirm", OWN),
    Route("POST", "/session/second-factor/disable", OWN),
    Route("GET", "/evaluators", OWN, _PUBLISH),
    # Administration
    Route("GET", "/admin/roles", OWN, _ADMIN),
    Route("GET", "/admin/people", OWN, _ADMIN),
    Route("POST", "/admin/people", OWN, _ADMIN),
    Route("GET", "/admin/people/{person_id}", OWN, _ADMIN),
    Route("PATCH", "/admin/people/{person_id}", OWN, _ADMIN),
    Route("DELETE", "/admin/people/{person_id}", OWN, _ADMIN),
    Route("POST", "/admin/people/{person_id}/password", OWN, _ADMIN),
    Route("PUT", "/admin/people/{person_id}/grants/{role}/{region}", OWN, _ADMIN),
    Route("DELETE", "/admin/people/{person_id}/grants/{role}/{region}", OWN, _ADMIN),
    Route("GET", "/admin/clients", OWN, _ADMIN),
    Route("POST", "/admin/clients", OWN, _ADMIN),
    Route("POST", "/admin/clients/{client_id}/secret", OWN, _ADMIN),
    Route("DELETE", "/admin/clients/{client_id}", OWN, _ADMIN),
    Route("GET", "/admin/audit", OWN, _ADMIN),
    Route("GET", "/admin/embed-keys", OWN, _ADMIN),
    Route("POST", "/admin/embed-keys", OWN, _ADMIN),
    Route("PATCH", "/admin/embed-keys/{key_id}", OWN, _ADMIN),
    Route("DELETE", "/admin/embed-keys/{key_id}", OWN, _ADMIN),
    Route("POST", "/admin/embed-keys/{key_id}/rotate", OWN, _ADMIN),
    Route("GET", "/admin/embed-keys/{key_id}/usage", OWN, _ADMIN),
    # Both halves, linked
    Route("GET", "/regions", OWN),
    Route("GET", "/regions/{code}", OWN),
    Route("GET", "/map/layers", OWN),
    Route("GET", "/map/layers/{layer}", OWN),
    # Suggestions, explained
    Route("GET", "/practices/{practice_id}/similar", SEARCH),
    Route("GET", "/regions/{code}/suggestions", SEARCH),
    # MIPEX-R
    Route("GET", "/methodologies", INDICATORS),
    Route("GET", "/methodologies/{methodology_id}", INDICATORS),
    Route("GET", "/editions", INDICATORS),
    Route("GET", "/editions/{edition_id}", INDICATORS),
    Route("GET", "/editions/{edition_id}/scores", INDICATORS),
    Route("GET", "/editions/{edition_id}/regions/{code}", INDICATORS),
    Route("POST", "/editions", INDICATORS, _REVIEW),
    Route("GET", "/editions/{edition_id}/compare", INDICATORS),
    Route("POST", "/editions/{edition_id}/what-if", INDICATORS),
    Route("GET", "/editions/{edition_id}/regions/{code}/gaps", OWN),
    Route("GET", "/editions/{edition_id}/regions/{code}/peers", INDICATORS),
    Route("GET", "/editions/{edition_id}/trends", INDICATORS),
    Route("GET", "/editions/{edition_id}/robustness", INDICATORS),
    Route("GET", "/editions/{edition_id}/robustness/dimensions", INDICATORS),
    Route("GET", "/editions/{edition_id}/robustness/sensitivity", INDICATORS),
    Route("GET", "/editions/{edition_id}/revisions/{number}/scores", INDICATORS),
    Route("GET", "/editions/{edition_id}/revisions", INDICATORS),
    Route("GET", "/editions/{edition_id}/revisions/{number}", INDICATORS),
    Route("GET", "/editions/{edition_id}/revisions/{number}/answers", INDICATORS),
    Route("POST", "/editions/{edition_id}/import", INDICATORS, _ANSWER, seconds=120),
    # Questionnaires
    Route("GET", "/assessments", INDICATORS, _EITHER),
    Route("POST", "/assessments", INDICATORS, _EITHER),
    Route("GET", "/assessments/{assessment_id}", INDICATORS, _EITHER),
    Route("GET", "/assessments/{assessment_id}/progress", INDICATORS, _EITHER),
    Route("GET", "/assessments/{assessment_id}/log", INDICATORS, _EITHER),
    Route("GET", "/assessments/{assessment_id}/answers", INDICATORS, _EITHER),
    Route("PUT", "/assessments/{assessment_id}/answers", INDICATORS, _ANSWER),
    Route("GET", "/assessments/{assessment_id}/answers/{indicator}/{group}", INDICATORS, _EITHER),
    Route("PUT", "/assessments/{assessment_id}/answers/{indicator}/{group}", INDICATORS, _ANSWER),
    Route("GET", "/assessments/{assessment_id}/review", INDICATORS, _EITHER),
    Route("PUT", "/assessments/{assessment_id}/decisions/{indicator}/{group}", INDICATORS, _REVIEW),
    Route("POST", "/assessments/{assessment_id}/claim", INDICATORS, _ANSWER),
    Route("POST", "/assessments/{assessment_id}/assign", INDICATORS, _REVIEW),
    Route("POST", "/assessments/{assessment_id}/free", INDICATORS, _REVIEW),
    Route("POST", "/assessments/{assessment_id}/submit", INDICATORS, _ANSWER),
    Route("POST", "/assessments/{assessment_id}/return", INDICATORS, _REVIEW),
    Route("POST", "/assessments/{assessment_id}/accept", INDICATORS, _REVIEW),
    Route("POST", "/assessments/{assessment_id}/publish", INDICATORS, _REVIEW),
    Route("POST", "/assessments/{assessment_id}/reopen", INDICATORS, _REVIEW),
    Route("GET", "/assessments/{assessment_id}/scores", INDICATORS, _EITHER),
    Route("GET", "/assessments/{assessment_id}/export", INDICATORS, _EITHER),
    Route("POST", "/assessments/{assessment_id}/import", INDICATORS, _ANSWER, seconds=120),
    Route("POST", "/assessments/{assessment_id}/to-edition", INDICATORS, _ANSWER),
    Route("GET", "/outcomes/indicators", INDICATORS),
    Route("GET", "/outcomes/observations", INDICATORS),
    Route("GET", "/outcomes/gaps", INDICATORS),
    # Integration Lab
    Route("GET", "/practice-template", PRACTICES),
    Route("GET", "/practice-template.xlsx", PRACTICES),
    Route("GET", "/evaluation-framework", PRACTICES),
    Route("GET", "/practices", PRACTICES),
    Route("POST", "/practices", PRACTICES, _WRITE),
    Route("POST", "/practices/import", PRACTICES, _WRITE, seconds=120, largest=250_000_000),
    Route("GET", "/regions/{code}/practices/{external_id}", PRACTICES, _WRITE),
    Route("PUT", "/regions/{code}/practices/{external_id}", PRACTICES, _WRITE),
    Route("GET", "/practices/{practice_id}", PRACTICES),
    Route("GET", "/practices/{practice_id}/versions/{number}", PRACTICES),
    Route("GET", "/practices/{practice_id}/citation", PRACTICES),
    Route("GET", "/practices/feed.atom", PRACTICES),
    Route("GET", "/practices/{practice_id}/versions", PRACTICES),
    Route("GET", "/practices/{practice_id}/draft", PRACTICES, _WORK),
    Route("PUT", "/practices/{practice_id}/draft", PRACTICES, _WRITE),
    Route("DELETE", "/practices/{practice_id}/draft", PRACTICES, _WRITE),
    Route("POST", "/practices/{practice_id}/submit", PRACTICES, _WRITE),
    Route("POST", "/practices/{practice_id}/take-back", PRACTICES, _WRITE),
    Route("POST", "/practices/{practice_id}/select", PRACTICES, _PUBLISH),
    Route("POST", "/practices/{practice_id}/assign", PRACTICES, _PUBLISH),
    Route("POST", "/practices/{practice_id}/request-changes", PRACTICES, _PUBLISH),
    Route("POST", "/practices/{practice_id}/accept", PRACTICES, _PUBLISH),
    Route("POST", "/practices/{practice_id}/reject", PRACTICES, _PUBLISH),
    Route("POST", "/practices/{practice_id}/publish", PRACTICES, _PUBLISH),
    Route("POST", "/practices/{practice_id}/withdraw", PRACTICES, (*_WRITE, *_PUBLISH)),
    Route("GET", "/practices/{practice_id}/evaluations", PRACTICES, _FOLLOW),
    Route("GET", "/practices/{practice_id}/evaluations/{evaluator}", PRACTICES, _JUDGE),
    Route("PUT", "/practices/{practice_id}/evaluations/{evaluator}", PRACTICES, _JUDGE),
    Route("POST", "/practices/{practice_id}/evaluations/{evaluator}/submit", PRACTICES, _JUDGE),
    Route("GET", "/practices/{practice_id}/consensus", PRACTICES, _FOLLOW),
    Route("PUT", "/practices/{practice_id}/consensus", PRACTICES, _FOLLOW),
    Route("POST", "/practices/{practice_id}/consensus/confirm", PRACTICES, _JUDGE),
    Route("GET", "/practices/{practice_id}/conversation", PRACTICES, _TALK),
    Route("POST", "/practices/{practice_id}/conversation", PRACTICES, _TALK),
    Route(
        "POST",
        "/practices/{practice_id}/conversation/{message_id}/resolve",
        PRACTICES,
        _TALK,
    ),
    Route("GET", "/desk/practices", PRACTICES, _WORK),
    Route("GET", "/notifications", PRACTICES, _WORK),
    Route("POST", "/notifications/{notification_id}/read", PRACTICES, _WORK),
    # Webhooks
    Route("GET", "/webhooks", PRACTICES, _LISTEN),
    Route("POST", "/webhooks", PRACTICES, _LISTEN),
    Route("GET", "/webhooks/{endpoint_id}", PRACTICES, _LISTEN),
    Route("PATCH", "/webhooks/{endpoint_id}", PRACTICES, _LISTEN),
    Route("DELETE", "/webhooks/{endpoint_id}", PRACTICES, _LISTEN),
    Route("POST", "/webhooks/{endpoint_id}/secret", PRACTICES, _LISTEN),
    Route("POST", "/webhooks/{endpoint_id}/test", PRACTICES, _LISTEN, seconds=45),
    Route("GET", "/webhooks/{endpoint_id}/deliveries", PRACTICES, _LISTEN),
    Route("GET", "/webhooks/{endpoint_id}/deliveries/{delivery_id}", PRACTICES, _LISTEN),
    Route("POST", "/webhooks/{endpoint_id}/deliveries/{delivery_id}/redeliver", PRACTICES, _LISTEN),
    # Search, as the clients of Meilisearch call it
    Route("POST", "/search/multi-search", SEARCH, tokens=False),
    Route("POST", "/search/indexes/{uid}/search", SEARCH, tokens=False),
    Route("POST", "/search/indexes/{uid}/facet-search", SEARCH, tokens=False),
    Route("GET", "/search/health", SEARCH, tokens=False),
)


def _by_shape() -> dict[tuple[int, str], list[Route]]:
    found: dict[tuple[int, str], list[Route]] = {}
    for route in ROUTES:
        found.setdefault(_shape(route.path), []).append(route)
    # What is spelt out goes before what fits anything.
    for routes in found.values():
        routes.sort(key=lambda route: route.path.count("{"))
    return found


def _shape(path: str) -> tuple[int, str]:
    # No path begins with a parameter, so this narrows all routes down to one or a few.
    return path.count("/"), path[1:].partition("/")[0]


_BY_SHAPE = _by_shape()


def find(method: str, path: str) -> Route | None:
    """The route of a method and a path; None where there is none."""
    return next((route for route in _at(path) if route.method == method), None)


def methods(path: str) -> list[str]:
    """The methods that a path answers to, in alphabetical order; empty for an unknown path."""
    found = {route.method for route in _at(path)}
    return sorted(found | ({"HEAD"} if "GET" in found else set()))


def _at(path: str) -> list[Route]:
    """The routes of a path. One that is written out is no value of a parameter: `import` in
    `/practices/import` is not the id of a practice."""
    fitting = [route for route in _BY_SHAPE.get(_shape(path), ()) if route.pattern.match(path)]
    return [route for route in fitting if route.path == path] or fitting
