"""Who calls in the generated requests: a system with a token, a person with a session."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import httpx

from services.gateway.domain.access import SCOPES
from tests.server import Server

_NAME, _PASSWORD = "contract.person", "seven words that nobody else would put here"
_REGIONS = ("ES51", "ITF4")
# Far more than generated requests come to: what is asked here is not the quota.
NO_QUOTA = {
    "GATEWAY_CLIENT_PER_MINUTE": "10000000",
    "GATEWAY_PERSON_PER_MINUTE": "10000000",
    "GATEWAY_PEER_PER_MINUTE": "10000000",
}


@dataclass
class Callers:
    """Gives each operation what its declared security asks for. A token is renewed in time."""

    server: Server
    form: dict[str, str]
    session: str
    until: float = 0.0
    token: str = ""

    @classmethod
    def of(cls, server: Server) -> Callers:
        """A client with every scope there is, for two regions; a person with every role."""
        scopes = [part for scope in sorted(SCOPES) for part in ("--scope", scope)]
        regions = [part for region in _REGIONS for part in ("--region", region)]
        made = server.command("clients", "create", *regions, *scopes).stdout
        form = dict(line.split("=", 1) for line in made.splitlines() if "=" in line)
        return cls(server, {"grant_type": "client_credentials", **form}, _session(server))

    def arguments(self, security: list[dict[str, Any]] | None) -> dict[str, Any]:
        """What to pass to a request of an operation with this security."""
        if not security:
            return {}
        if any("token" in way for way in security):
            return {"headers": {"Authorization": f"Bearer {self._token()}"}}
        return {"headers": {"Origin": self.server.url}, "cookies": {"session": self.session}}

    def _token(self) -> str:
        if time.monotonic() > self.until:
            answer = httpx.post(f"{self.server.api}/oauth/token", data=self.form)
            given = answer.raise_for_status().json()
            self.token = given["access_token"]
            self.until = time.monotonic() + given["expires_in"] - 60
        return self.token


def _session(server: Server) -> str:
    """The cookie of a person who may do everything, with the one-time password changed."""
    made = server.command("people", "create", _NAME, "--role", "administrator").stdout
    given = dict(line.split("=", 1) for line in made.splitlines() if "=" in line)["password"]
    with httpx.Client(base_url=server.api, headers={"Origin": server.url}) as browser:
        browser.post("/session", json={"name": _NAME, "password": given}).raise_for_status()
        change = {"password": given, "new_password": _PASSWORD}
        browser.post("/session/password", json=change).raise_for_status()
        return browser.cookies["session"]
