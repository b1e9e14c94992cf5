"""Passwords as argon2id, two at a time: each takes 64 MiB and a fifth of a second."""

from __future__ import annotations

import anyio
import anyio.to_thread
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_HASHER = PasswordHasher()
_LANES = 2


class Hashing:
    """Makes and checks password hashes off the event loop.

    A check takes the same work whether there is such a person or not.
    """

    def __init__(self, hasher: PasswordHasher = _HASHER) -> None:
        self._hasher = hasher
        self._lanes = anyio.CapacityLimiter(_LANES)
        # Of a password that nobody has, made with the costs of this release.
        self._nobody = ""

    async def matches(self, kept: str, password: str) -> bool:
        """Whether the password is the one of this hash; never for an empty hash."""
        return await anyio.to_thread.run_sync(self._matches, kept, password, limiter=self._lanes)

    async def hashed(self, password: str) -> str:
        """The hash to keep."""
        return await anyio.to_thread.run_sync(self._hasher.hash, password, limiter=self._lanes)

    def _matches(self, kept: str, password: str) -> bool:
        if not self._nobody:
            self._nobody = self._hasher.hash("nobody has this password")
        try:
            return self._hasher.verify(kept or self._nobody, password) and bool(kept)
        except (VerificationError, InvalidHashError):
            return False


def hashed(password: str) -> str:
    """The hash to keep, made on this thread (for commands)."""
    return _HASHER.hash(password)
