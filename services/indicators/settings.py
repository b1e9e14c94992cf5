"""What the indicators service can be told."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from shared.settings import DatabaseAddress, Settings


class IndicatorsSettings(Settings):
    """Settings of the indicators service, from `INDICATORS_...` in the environment."""

    model_config = SettingsConfigDict(env_prefix="INDICATORS_", frozen=True, extra="ignore")

    database_url: DatabaseAddress = Field(
        "",
        description="The database of the indicators, as a SQLAlchemy URL. "
        "Empty: a SQLite file in the data directory.",
    )
    first_data: Path = Field(
        Path(__file__).parent / "data",
        description="The folder with the regions, methodologies, editions and outcome values "
        "that are loaded at the start when they changed.",
    )
    kept_answers_mb: int = Field(
        64, ge=1, le=4096, description="Memory for answers that are kept ready, in megabytes."
    )

    @property
    def database(self) -> str:
        """The URL of the database to use."""
        return self.database_url or f"sqlite:///{self.data_dir}/indicators.db"
