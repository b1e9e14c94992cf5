"""From a cookie to the person: what the door asks about each request without a token."""

from __future__ import annotations

from services.gateway.people import sessions
from services.gateway.people.cookies import Cookie, Headers, check_origin
from services.gateway.people.sessions import LONGEST, Found
from shared.actor import Actor
from shared.db import Database


def session_cookie(site: str) -> Cookie:
    """The cookie that holds a session."""
    return Cookie(site, "session", int(LONGEST.total_seconds()))


class Visitors:
    """Knows people by their cookie."""

    def __init__(self, database: Database, site: str) -> None:
        self._database = database
        self._site = site
        self.cookie = session_cookie(site)

    async def identify(self, headers: Headers, method: str) -> Actor | None:
        """The person of a request's cookie; None when nobody is signed in.

        Raises NotAllowed when the request changes something and comes from another site.
        """
        found = await self.found(headers, method)
        return found.account.actor if found else None

    async def found(self, headers: Headers, method: str) -> Found | None:
        """The session of a request's cookie; as `identify` otherwise."""
        headers = list(headers)
        held = self.cookie.held(headers)
        if not held:
            return None
        found = await self._database.read(sessions.find, held)
        if found is None:
            return None
        check_origin(headers, method, self._site)
        if found.stale:
            await self._database.write(sessions.note, found.id)
        return found
