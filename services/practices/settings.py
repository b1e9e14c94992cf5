"""What the practices service can be told. Environment prefix PRACTICES_."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from shared.settings import DatabaseAddress, Settings, WebAddress


class PracticesSettings(Settings):
    """Settings of the practices service."""

    model_config = SettingsConfigDict(env_prefix="PRACTICES_", frozen=True, extra="ignore")

    database_url: DatabaseAddress = Field(
        "", description="Where practices are kept. Empty: a SQLite file in the data directory."
    )
    indicators_url: WebAddress = Field(
        "http://127.0.0.1:8001", description="The indicators service, which knows the regions."
    )
    search_url: WebAddress = Field(
        "http://127.0.0.1:8003", description="The search service, which answers `q`."
    )
    gateway_url: WebAddress = Field(
        "http://127.0.0.1:8000",
        description="The gateway, which knows who may judge and whose access was taken away.",
    )
    webhooks_local: bool = Field(
        False,
        description="For development: webhooks may go to this very machine, by plain http.",
    )
    webhooks_first_pause: float = Field(
        5.0,
        gt=0,
        le=86_400,
        description="Seconds before a failed webhook is tried again; each pause is four times as "
        "long as the one before, up to half a day.",
    )
    webhooks_patience_days: int = Field(
        5, ge=1, le=3650, description="After so many days of failures only, a webhook is disabled."
    )
    webhooks_log_days: int = Field(
        30, ge=1, le=3650, description="How many days deliveries of webhooks are remembered."
    )
    import_max_bytes: int = Field(
        100_000_000, gt=0, description="The largest file of practices that is imported at once."
    )

    kept_answers_mb: int = Field(
        32, ge=0, description="Memory for pages of the list of practices that are kept ready."
    )

    @property
    def database(self) -> str:
        """The database to use."""
        return self.database_url or f"sqlite:///{self.data_dir}/practices.db"
