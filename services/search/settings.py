"""What the search service can be told. Environment prefix SEARCH_."""

from __future__ import annotations

from pathlib import Path

from pydantic import AliasChoices, Field
from pydantic_settings import SettingsConfigDict

from shared.settings import Settings, WebAddress


class SearchSettings(Settings):
    """Settings of the search service."""

    model_config = SettingsConfigDict(
        env_prefix="SEARCH_", frozen=True, extra="ignore", populate_by_name=True
    )

    practices_url: WebAddress = Field(
        "http://127.0.0.1:8002", description="The practices service, whose feed is followed."
    )
    indicators_url: WebAddress = Field(
        "http://127.0.0.1:8001", description="The indicators service, which knows the regions."
    )
    meili_url: WebAddress = Field(
        "",
        validation_alias=AliasChoices("SEARCH_MEILI_URL", "MEILI_URL"),
        description="A Meilisearch server. Empty: the embedded engine is started beside us.",
    )
    meili_key: str = Field(
        "",
        validation_alias=AliasChoices("SEARCH_MEILI_KEY", "MEILI_KEY"),
        description="The key for that server, which may write to all indexes.",
    )
    search_seconds: float = Field(
        3.0, gt=0, le=60, description="How long a search may take before it is given up."
    )
    task_seconds: float = Field(
        60.0, gt=0, le=3600, description="How long the engine may take to bring changes in."
    )
    lease_seconds: float = Field(
        15.0,
        gt=0,
        le=3600,
        description="How long the process that writes a shared engine may be silent before "
        "another one takes over.",
    )
    audit_minutes: float = Field(
        5.0,
        gt=0,
        le=10_080,
        description="How often the index is compared with the published practices.",
    )

    @property
    def engine_dir(self) -> Path:
        """Where the embedded engine keeps its files."""
        return self.data_dir / "search"
