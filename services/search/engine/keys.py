"""Bearer keys: the master key, and keys derived from it as Meilisearch derives its default ones."""

from __future__ import annotations

import hashlib
import hmac
import uuid
from typing import Any

from services.search.engine.errors import EngineError

SHORTEST_MASTER_KEY = 16
_SPACE = uuid.UUID("5d0f7a0e-0d39-5c6e-9a43-1f6c1e0c2b11")
_MADE = "2026-01-01T00:00:00.000000Z"


class Keys:
    """Who may do what: `search` may only search, the master key and the admin key everything."""

    def __init__(self, master: str) -> None:
        self._master = master
        self._listed = [
            self._derived("Default Search API Key", "Use it to search from the frontend", "search"),
            self._derived("Default Admin API Key", "Use it for all other than keys", "*"),
        ]

    def _derived(self, name: str, description: str, action: str) -> dict[str, Any]:
        uid = str(uuid.uuid5(_SPACE, name))
        key = hmac.new(self._master.encode(), uid.encode(), hashlib.sha256).hexdigest()
        return {
            "name": name,
            "description": description,
            "key": key,
            "uid": uid,
            "actions": [action],
            "indexes": ["*"],
            "expiresAt": None,
            "createdAt": _MADE,
            "updatedAt": _MADE,
        }

    def check(self, header: str | None, action: str) -> None:
        """Raise EngineError unless the Authorization header allows the action.

        action   `search`, `keys.get` (the master key only) or anything else (not for search keys)
        """
        if not header:
            raise EngineError(
                "missing_authorization_header",
                "The Authorization header is missing. It must use the bearer authorization method.",
            )
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer" or not self._allows(token.strip(), action):
            raise EngineError("invalid_api_key", "The provided API key is invalid.")

    def _allows(self, token: str, action: str) -> bool:
        if _same(token, self._master):
            return True
        if action == "keys.get":
            return False
        return any(
            _same(token, each["key"]) and (each["actions"] == ["*"] or action in each["actions"])
            for each in self._listed
        )

    def page(self) -> dict[str, Any]:
        """All keys, for the master key."""
        return {"results": self._listed, "offset": 0, "limit": 20, "total": len(self._listed)}

    def get(self, key_or_uid: str) -> dict[str, Any] | None:
        """One key, None when there is none of that uid or value."""
        return next((k for k in self._listed if key_or_uid in (k["key"], k["uid"])), None)


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
