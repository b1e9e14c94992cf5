"""What this engine speaks of Meilisearch's protocol, as data. A test asks a running engine for it.

What is not listed is not there: an unknown route answers 404, an unknown field 400.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.search.engine.bodies import LARGEST_BODY
from services.search.engine.filters import DEEPEST, MOST_CONDITIONS, OPERATORS
from services.search.engine.filters import REFUSED as REFUSED_OPERATORS
from services.search.engine.matching import MOST_TERMS
from services.search.engine.multi import MOST_QUERIES
from services.search.engine.queue import TYPES
from services.search.engine.requests import FIELDS, LONGEST_QUERY, STRATEGIES
from services.search.engine.requests import REFUSED as REFUSED_FIELDS
from services.search.engine.settings import DEFAULTS, FIXED, RULES
from services.search.engine.stems import LANGUAGES


@dataclass(frozen=True)
class Capabilities:
    """What is spoken and what is refused.

    search_fields      of /search, /multi-search and, where they apply, /facet-search
    refused_fields     known to the protocol, answered with feature_not_enabled
    filter_operators   of the text grammar; each but the signs may be negated with NOT
    fixed_settings     shown with their default and refused with any other value
    stemmed            languages whose inflected forms are met, below exact words
    limits             figures beyond which a request is refused or cut
    """

    routes: tuple[str, ...]
    search_fields: tuple[str, ...]
    refused_fields: tuple[str, ...]
    filter_operators: tuple[str, ...]
    filter_functions: tuple[str, ...]
    refused_filters: tuple[str, ...]
    matching_strategies: tuple[str, ...]
    ranking_rules: tuple[str, ...]
    settings: tuple[str, ...]
    fixed_settings: tuple[str, ...]
    task_types: tuple[str, ...]
    stemmed: tuple[str, ...]
    limits: dict[str, int]


CAPABILITIES = Capabilities(
    routes=(
        "GET /health",
        "GET /version",
        "GET /stats",
        "GET /indexes",
        "POST /indexes",
        "GET /indexes/{uid}",
        "PATCH /indexes/{uid}",
        "DELETE /indexes/{uid}",
        "GET /indexes/{uid}/stats",
        "GET /indexes/{uid}/documents",
        "POST /indexes/{uid}/documents",
        "PUT /indexes/{uid}/documents",
        "DELETE /indexes/{uid}/documents",
        "POST /indexes/{uid}/documents/fetch",
        "POST /indexes/{uid}/documents/delete-batch",
        "POST /indexes/{uid}/documents/delete",
        "GET /indexes/{uid}/documents/{document}",
        "DELETE /indexes/{uid}/documents/{document}",
        "GET /indexes/{uid}/settings",
        "PATCH /indexes/{uid}/settings",
        "DELETE /indexes/{uid}/settings",
        "GET /indexes/{uid}/settings/{setting}",
        "PUT /indexes/{uid}/settings/{setting}",
        "PATCH /indexes/{uid}/settings/{setting}",
        "DELETE /indexes/{uid}/settings/{setting}",
        "GET /indexes/{uid}/search",
        "POST /indexes/{uid}/search",
        "POST /indexes/{uid}/facet-search",
        "POST /multi-search",
        "POST /swap-indexes",
        "GET /tasks",
        "GET /tasks/{task}",
        "GET /keys",
        "GET /keys/{key}",
    ),
    search_fields=FIELDS,
    refused_fields=tuple(REFUSED_FIELDS),
    filter_operators=OPERATORS,
    filter_functions=("_geoRadius", "_geoBoundingBox"),
    refused_filters=(*REFUSED_OPERATORS, "_geoPolygon"),
    matching_strategies=STRATEGIES,
    ranking_rules=(*RULES, "attribute:asc", "attribute:desc"),
    settings=tuple(DEFAULTS),
    fixed_settings=FIXED,
    task_types=TYPES,
    stemmed=tuple(LANGUAGES),
    limits={
        "terms_in_a_query": MOST_TERMS,
        "letters_in_a_query": LONGEST_QUERY,
        "queries_in_a_multi_search": MOST_QUERIES,
        "nesting_of_a_filter": DEEPEST,
        "conditions_in_a_filter": MOST_CONDITIONS,
        "bytes_in_a_body": LARGEST_BODY,
    },
)
