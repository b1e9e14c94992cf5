"""What the gateway can be told. Environment prefix GATEWAY_."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from shared.settings import Settings


class GatewaySettings(Settings):
    """Settings of the gateway."""

    model_config = SettingsConfigDict(env_prefix="GATEWAY_", frozen=True, extra="ignore")

    database_url: str = Field(
        "",
        description="Where clients and keys are kept. Empty: a SQLite file in the data directory.",
    )
    indicators_url: str = Field("http://127.0.0.1:8001", description="The indicators service.")
    practices_url: str = Field("http://127.0.0.1:8002", description="The practices service.")
    search_url: str = Field("http://127.0.0.1:8003", description="The search service.")
    web_dir: Path = Field(Path("web/dist"), description="The built web app.")
    audience: str = Field(
        "regional-integration-platform", description="The audience that access tokens are for."
    )

    @property
    def database(self) -> str:
        """The database to use."""
        return self.database_url or f"sqlite:///{self.data_dir}/gateway.db"
