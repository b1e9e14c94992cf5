"""Access tokens whose signature was checked a moment ago: a system sends one for ten minutes.

Checking a signature costs more than all the rest of the gateway. A token is remembered
letter by letter, until it runs out or the signing keys are read anew, twenty seconds at
most. Whether its client was revoked is asked every time, elsewhere.
"""

from __future__ import annotations

import base64
import json

from shared.clock import now
from shared.tokens import Claims, Keys

_MOST = 10_000


class Seen:
    """Verifies tokens, each once while the keys are the same."""

    def __init__(self, issuer: str, audience: str) -> None:
        self._issuer = issuer
        self._audience = audience
        self._keys: Keys | None = None
        self._known: dict[str, tuple[Claims, float]] = {}

    def verify(self, keys: Keys, token: str) -> Claims:
        """The claims of a token. Unauthorized when it is not valid."""
        if keys is not self._keys or len(self._known) >= _MOST:
            self._keys = keys
            self._known.clear()
        moment = now().timestamp()
        found = self._known.get(token)
        if found is not None and moment < found[1]:
            return found[0]
        claims = keys.verify(token, issuer=self._issuer, audience=self._audience)
        self._known[token] = (claims, _expiry(token))
        return claims


def _expiry(token: str) -> float:
    # Only of a token that was verified just now.
    payload = token.split(".")[1]
    return float(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["exp"])
