"""What the practices service can be told. Environment prefix PRACTICES_."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from shared.settings import Settings


class PracticesSettings(Settings):
    """Settings of the practices service."""

    model_config = SettingsConfigDict(env_prefix="PRACTICES_", frozen=True, extra="ignore")

    database_url: str = Field(
        "", description="Where practices are kept. Empty: a SQLite file in the data directory."
    )
    indicators_url: str = Field(
        "http://127.0.0.1:8001", description="The indicators service, which knows the regions."
    )
    search_url: str = Field(
        "http://127.0.0.1:8003", description="The search service, which answers `q`."
    )

    @property
    def database(self) -> str:
        """The database to use."""
        return self.database_url or f"sqlite:///{self.data_dir}/practices.db"
