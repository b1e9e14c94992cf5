"""Errors with Meilisearch's own codes, so that its clients understand them.

Every error answers `{message, code, type, link}`; the code decides the HTTP status.
"""

from __future__ import annotations

INVALID, AUTH, INTERNAL = "invalid_request", "auth", "internal"

CODES: dict[str, tuple[int, str]] = {
    "bad_request": (400, INVALID),
    "document_not_found": (404, INVALID),
    "feature_not_enabled": (400, INVALID),
    "index_already_exists": (409, INVALID),
    "index_not_found": (404, INVALID),
    "index_primary_key_already_exists": (400, INVALID),
    "index_primary_key_multiple_candidates_found": (400, INVALID),
    "index_primary_key_no_candidate_found": (400, INVALID),
    "internal": (500, INTERNAL),
    "invalid_api_key": (403, AUTH),
    "invalid_content_type": (415, INVALID),
    "invalid_document_csv_delimiter": (400, INVALID),
    "invalid_document_fields": (400, INVALID),
    "invalid_document_filter": (400, INVALID),
    "invalid_document_geo_field": (400, INVALID),
    "invalid_document_id": (400, INVALID),
    "invalid_document_limit": (400, INVALID),
    "invalid_document_offset": (400, INVALID),
    "invalid_facet_search_facet_name": (400, INVALID),
    "invalid_facet_search_facet_query": (400, INVALID),
    "invalid_index_limit": (400, INVALID),
    "invalid_index_offset": (400, INVALID),
    "invalid_index_primary_key": (400, INVALID),
    "invalid_index_uid": (400, INVALID),
    "invalid_multi_search_facets_by_index": (400, INVALID),
    "invalid_multi_search_federation": (400, INVALID),
    "invalid_multi_search_federation_options": (400, INVALID),
    "invalid_multi_search_merge_facets": (400, INVALID),
    "invalid_multi_search_queries": (400, INVALID),
    "invalid_multi_search_query_facets": (400, INVALID),
    "invalid_multi_search_query_pagination": (400, INVALID),
    "invalid_multi_search_weight": (400, INVALID),
    "invalid_search_attributes_to_crop": (400, INVALID),
    "invalid_search_attributes_to_highlight": (400, INVALID),
    "invalid_search_attributes_to_retrieve": (400, INVALID),
    "invalid_search_attributes_to_search_on": (400, INVALID),
    "invalid_search_crop_length": (400, INVALID),
    "invalid_search_crop_marker": (400, INVALID),
    "invalid_search_facets": (400, INVALID),
    "invalid_search_filter": (400, INVALID),
    "invalid_search_highlight_post_tag": (400, INVALID),
    "invalid_search_highlight_pre_tag": (400, INVALID),
    "invalid_search_hits_per_page": (400, INVALID),
    "invalid_search_limit": (400, INVALID),
    "invalid_search_locales": (400, INVALID),
    "invalid_search_matching_strategy": (400, INVALID),
    "invalid_search_offset": (400, INVALID),
    "invalid_search_page": (400, INVALID),
    "invalid_search_q": (400, INVALID),
    "invalid_search_ranking_score_threshold": (400, INVALID),
    "invalid_search_show_matches_position": (400, INVALID),
    "invalid_search_show_ranking_score": (400, INVALID),
    "invalid_search_show_ranking_score_details": (400, INVALID),
    "invalid_search_sort": (400, INVALID),
    "invalid_settings_displayed_attributes": (400, INVALID),
    "invalid_settings_faceting": (400, INVALID),
    "invalid_settings_filterable_attributes": (400, INVALID),
    "invalid_settings_pagination": (400, INVALID),
    "invalid_settings_ranking_rules": (400, INVALID),
    "invalid_settings_searchable_attributes": (400, INVALID),
    "invalid_settings_sortable_attributes": (400, INVALID),
    "invalid_settings_stop_words": (400, INVALID),
    "invalid_settings_synonyms": (400, INVALID),
    "invalid_settings_typo_tolerance": (400, INVALID),
    "invalid_swap_duplicate_index_found": (400, INVALID),
    "invalid_swap_indexes": (400, INVALID),
    "invalid_task_index_uids": (400, INVALID),
    "invalid_task_limit": (400, INVALID),
    "invalid_task_statuses": (400, INVALID),
    "invalid_task_types": (400, INVALID),
    "invalid_task_uids": (400, INVALID),
    "malformed_payload": (400, INVALID),
    "method_not_allowed": (405, INVALID),
    "missing_authorization_header": (401, AUTH),
    "missing_content_type": (415, INVALID),
    "missing_document_filter": (400, INVALID),
    "missing_document_id": (400, INVALID),
    "missing_facet_search_facet_name": (400, INVALID),
    "missing_index_uid": (400, INVALID),
    "missing_payload": (400, INVALID),
    "missing_swap_indexes": (400, INVALID),
    "not_found": (404, INVALID),
    "payload_too_large": (413, INVALID),
    "task_not_found": (404, INVALID),
    "unsupported_media_type": (415, INVALID),
}


class EngineError(Exception):
    """An error that the caller is told, in Meilisearch's shape."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    @property
    def status(self) -> int:
        """The HTTP status that belongs to the code."""
        return CODES[self.code][0]

    def body(self) -> dict[str, str]:
        """The JSON object that the caller reads."""
        return {
            "message": self.message,
            "code": self.code,
            "type": CODES[self.code][1],
            "link": f"https://docs.meilisearch.com/errors#{self.code}",
        }

    def inside(self, place: str) -> EngineError:
        """The same error, saying which part of a larger request it belongs to."""
        return EngineError(self.code, f"Inside `{place}`: {self.message}")


def index_not_found(uid: str) -> EngineError:
    """The error for an index that does not exist."""
    return EngineError("index_not_found", f"Index `{uid}` not found.")
