"""A search request that is refused, told in the words of Meilisearch's clients. Pure."""

from __future__ import annotations

from dataclasses import dataclass

_LINK = "https://docs.meilisearch.com/errors#"
# Every other code is 400.
_STATUSES = {
    "index_not_found": 404,
    "payload_too_large": 413,
    "invalid_content_type": 415,
    "missing_content_type": 415,
}


@dataclass
class Refusal(Exception):
    """The request cannot be used. `message` says what is wrong, where, and what is allowed.

    code  one of Meilisearch's error codes, such as `invalid_search_filter`
    """

    message: str
    code: str

    def __str__(self) -> str:
        return self.message

    @property
    def status(self) -> int:
        """The HTTP status that belongs to the code."""
        return _STATUSES.get(self.code, 400)

    def inside(self, place: str) -> Refusal:
        """The same refusal, saying in which query of a multi-search it arose."""
        return Refusal(f"Inside `{place}`: {self.message}", self.code)

    def body(self) -> dict[str, str]:
        """The answer as Meilisearch gives it: message, code, type, link."""
        return {
            "message": self.message,
            "code": self.code,
            "type": "invalid_request",
            "link": _LINK + self.code,
        }
