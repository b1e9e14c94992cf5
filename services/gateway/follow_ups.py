"""What can be done with an answer: the links between the operations in the API's document.

One line for an answer and what may follow it. A parameter's value is a runtime expression
of OpenAPI; what a value is not there for (an empty list) has no follow-up.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_ID = "$response.body#/id"
_FIRST = "$response.body#/items/0/id"
_TAG = "$response.header.ETag"

# operation, status of its answer, parameter that all followers take, its value, followers
_TABLE: tuple[tuple[str, str, str, str, tuple[str, ...]], ...] = (
    ("create_person", "201", "person_id", _ID, ("get_person", "change_person", "erase_person")),
    ("create_client", "201", "client_id", _ID, ("renew_client_secret", "revoke_client")),
    (
        "create_embed_key",
        "201",
        "key_id",
        _ID,
        ("change_embed_key", "rotate_embed_key", "get_embed_key_usage", "revoke_embed_key"),
    ),
    ("list_regions", "200", "code", "$response.body#/items/0/code", ("get_region",)),
    ("list_layers", "200", "layer", _FIRST, ("get_layer",)),
    ("list_methodologies", "200", "methodology", _FIRST, ("read_methodology",)),
    ("list_editions", "200", "edition", _FIRST, ("read_edition", "read_scores", "list_revisions")),
    ("create_edition", "201", "edition", _ID, ("read_edition", "import_own_research")),
    (
        "create_assessment",
        "201",
        "assessment_id",
        _ID,
        ("read_assessment", "claim_seat", "read_progress", "save_answers", "export_answers"),
    ),
    ("claim_seat", "200", "assessment_id", _ID, ("save_answers", "submit_answers")),
    ("submit_answers", "200", "assessment_id", _ID, ("return_answers", "accept_answers")),
    (
        "list_practices",
        "200",
        "practice_id",
        _FIRST,
        (
            "get_practice",
            "list_practice_versions",
            "get_practice_citation",
            "similar_practices",
        ),
    ),
    (
        "create_practice",
        "201",
        "practice_id",
        _ID,
        ("get_draft", "save_draft", "submit_practice", "discard_draft"),
    ),
    ("push_practice", "201", "practice_id", _ID, ("get_draft", "submit_practice")),
    ("save_draft", "200", "practice_id", _ID, ("submit_practice",)),
    (
        "submit_practice",
        "200",
        "practice_id",
        _ID,
        ("take_back_practice", "select_practice", "reject_practice", "publish_practice"),
    ),
    ("select_practice", "200", "practice_id", _ID, ("assign_practice",)),
    (
        "assign_practice",
        "200",
        "practice_id",
        _ID,
        ("list_evaluations", "request_changes_practice", "accept_practice"),
    ),
    ("request_changes_practice", "200", "practice_id", _ID, ("get_conversation", "save_draft")),
    ("accept_practice", "200", "practice_id", _ID, ("publish_practice",)),
    (
        "publish_practice",
        "200",
        "practice_id",
        _ID,
        ("get_practice", "list_practice_versions", "withdraw_practice"),
    ),
    ("list_notifications", "200", "notification_id", _FIRST, ("read_notification",)),
    (
        "create_webhook",
        "201",
        "endpoint_id",
        _ID,
        (
            "get_webhook",
            "change_webhook",
            "rotate_webhook_secret",
            "list_webhook_deliveries",
            "delete_webhook",
        ),
    ),
)


def link(operations: Mapping[str, dict[str, Any]]) -> None:
    """Write the links into the operations, which are given by their names.

    A follower that can be told which state was meant (If-Match) gets the tag of the answer.
    What a service links itself stays.
    """
    for name, status, parameter, value, followers in _TABLE:
        links: dict[str, Any] = operations[name]["responses"][status].setdefault("links", {})
        known = {one["operationId"] for one in links.values()}
        for follower in followers:
            if follower not in known:
                parameters = {parameter: value, **_tag(operations[follower])}
                links[follower] = {"operationId": follower, "parameters": parameters}


def _tag(operation: Mapping[str, Any]) -> dict[str, str]:
    names = (one["name"] for one in operation.get("parameters", ()) if one["in"] == "header")
    return {f"header.{name}": _TAG for name in names if name.lower() == "if-match"}
