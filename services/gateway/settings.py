"""What the gateway can be told. Environment prefix GATEWAY_."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_settings import SettingsConfigDict

from services.gateway.trusted import networks
from shared.problems import Invalid
from shared.settings import DatabaseAddress, Settings, WebAddress


def _store(value: str) -> str:
    from redis.asyncio.connection import parse_url

    try:
        if value:
            parse_url(value)
    except ValueError:
        raise ValueError("redis://host:6379/0, rediss:// or unix:// is allowed") from None
    return value


def _networks(value: str) -> str:
    try:
        networks(value)
    except Invalid as wrong:
        raise ValueError(f"{wrong.detail}; networks such as 10.0.0.0/8 are allowed") from None
    return value


class GatewaySettings(Settings):
    """Settings of the gateway."""

    model_config = SettingsConfigDict(env_prefix="GATEWAY_", frozen=True, extra="ignore")

    database_url: DatabaseAddress = Field(
        "",
        description="Where clients and keys are kept. Empty: a SQLite file in the data directory.",
    )
    indicators_url: WebAddress = Field(
        "http://127.0.0.1:8001", description="The indicators service."
    )
    practices_url: WebAddress = Field("http://127.0.0.1:8002", description="The practices service.")
    search_url: WebAddress = Field("http://127.0.0.1:8003", description="The search service.")
    web_dir: Path = Field(Path("web/dist"), description="The built web app.")
    audience: str = Field(
        "regional-integration-platform", description="The audience that access tokens are for."
    )
    hosts: str = Field(
        "",
        description="Names in a Host header that are for this platform, besides that of SITE and "
        "loopback: `a.example, *.b.example`; `*` means any.",
    )
    trusted_proxies: Annotated[str, AfterValidator(_networks)] = Field(
        "",
        description="Networks of the proxies in front, such as `10.0.0.0/8`: their "
        "X-Forwarded-For and X-Forwarded-Proto are believed, nobody else's.",
    )
    quota_url: Annotated[str, AfterValidator(_store)] = Field(
        "",
        description="A Redis-compatible store, `redis://host:6379/0`, through which several "
        "gateways add up their counts. Empty: each counts alone.",
    )
    peer_per_minute: int = Field(
        1200, ge=1, description="Requests to the API in a minute from one address without a token."
    )
    client_per_minute: int = Field(
        3000, ge=1, description="Requests in a minute of one client with its tokens."
    )
    person_per_minute: int = Field(
        1200, ge=1, description="Requests in a minute of one person who is signed in."
    )
    openid_issuer: WebAddress = Field(
        "",
        description="The OpenID provider at which people may sign in, as it names itself: "
        "`https://login.example.eu`. Empty: there is none.",
    )
    openid_client_id: str = Field("", description="What the provider calls this platform.")
    openid_client_secret: str = Field(
        "", description="The secret for the provider. Empty: PKCE alone."
    )
    openid_name: str = Field(
        "OpenID", description="How the provider is called on the sign-in page."
    )

    @property
    def database(self) -> str:
        """The database to use."""
        return self.database_url or f"sqlite:///{self.data_dir}/gateway.db"
