"""One signed POST, and what came of it."""

from __future__ import annotations

import asyncio
import base64
import secrets
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from standardwebhooks import Webhook
from yarl import URL

from services.practices.webhooks import addresses
from services.practices.webhooks.addresses import Refused, Resolve

TIMEOUT = 10.0
_READ_AT_MOST = 4096
_AGENT = "regional-integration-platform-webhooks/1"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one try came to. `status` None: no answer; then `error` says why."""

    status: int | None
    error: str | None
    milliseconds: int

    @property
    def delivered(self) -> bool:
        """Whether the receiver took it: any 2xx."""
        return self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent where. `secrets` holds the new secret and, for a day, the old one."""

    id: str
    url: str
    body: str
    secrets: Sequence[str]


def new_secret() -> str:
    """A signing secret of 32 random bytes, as the standard writes it."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def headers(message: Message, at: datetime) -> dict[str, str]:
    """The headers of the standard; one signature for each secret that is valid now."""
    signed = [Webhook(secret).sign(message.id, at, message.body) for secret in message.secrets]
    return {
        "webhook-id": message.id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signed),
        "content-type": "application/json",
        "user-agent": _AGENT,
    }


class Sender:
    """Calls the receivers.

    local     development: receivers on this machine, by plain http, are called too
    resolver  asks for the addresses of a name
    """

    def __init__(self, *, local: bool, resolver: Resolve = addresses.resolve) -> None:
        self._local = local
        self._resolver = resolver

    async def send(self, message: Message, at: datetime, timeout: float = TIMEOUT) -> Outcome:
        """Try once. Never raises for what the other side does."""
        started = time.monotonic()
        status: int | None = None
        error: str | None = None
        try:
            async with asyncio.timeout(timeout):
                status = await self._post(message, headers(message, at))
                if not 200 <= status < 300:
                    error = f"the receiver answered {status}"
        except Refused as reason:
            error = f"refused: {reason}"
        except TimeoutError:
            error = f"no answer within {timeout:g} seconds"
        except (aiohttp.ClientError, OSError, ValueError) as failure:
            error = f"{type(failure).__name__}: {failure}"
        spent = int((time.monotonic() - started) * 1000)
        return Outcome(status, error[:300] if error else None, spent)

    async def _post(self, message: Message, sent: Mapping[str, str]) -> int:
        target = addresses.parse(message.url, local=self._local)
        found = await addresses.pinned(target, self._resolver, local=self._local)
        connector = aiohttp.TCPConnector(
            resolver=_Pinned(found), use_dns_cache=False, force_close=True, limit=1
        )
        # No environment: a proxy would resolve the name anew. No decompression: a small
        # answer could become a large one.
        async with (
            aiohttp.ClientSession(
                connector=connector,
                trust_env=False,
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
            ) as session,
            session.post(
                URL(message.url, encoded=True),
                data=message.body.encode(),
                headers=sent,
                allow_redirects=False,
            ) as answer,
        ):
            await answer.content.read(_READ_AT_MOST)
            return answer.status


class _Pinned(AbstractResolver):
    """Answers with the addresses that were checked, whatever the name means by now."""

    def __init__(self, found: Sequence[str]) -> None:
        self._found = found

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The checked addresses."""
        return [
            ResolveResult(
                hostname=host,
                host=one,
                port=port,
                family=socket.AF_INET6 if ":" in one else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for one in self._found
        ]

    async def close(self) -> None:
        """Nothing is held."""
