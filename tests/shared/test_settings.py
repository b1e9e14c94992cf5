"""Settings come from the environment, stay as they are, and secrets are made once."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import Field, ValidationError
from pydantic_settings import SettingsConfigDict

from shared.settings import Settings, secret_file


class LibrarySettings(Settings):
    model_config = SettingsConfigDict(env_prefix="LIBRARY_", frozen=True, extra="ignore")

    days: int = Field(30, ge=1, description="Days.")


def test_every_default_works_without_any_environment(monkeypatch: pytest.MonkeyPatch):
    for name in ("DATA_DIR", "SITE", "INTERNAL_KEY"):
        monkeypatch.delenv(name, raising=False)
    settings = LibrarySettings()
    assert (settings.data_dir, settings.days) == (Path("var"), 30)
    assert settings.site.startswith("http://127.0.0.1")
    assert settings.internal_key == ""


def test_own_settings_carry_the_prefix_and_shared_ones_do_not(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LIBRARY_DAYS", "7")
    monkeypatch.setenv("DATA_DIR", "/srv/data")
    monkeypatch.setenv("LIBRARY_SITE", "https://wrong.example")
    monkeypatch.setenv("SITE", "https://right.example")
    settings = LibrarySettings()
    assert (settings.days, settings.data_dir) == (7, Path("/srv/data"))
    assert settings.site == "https://right.example"


def test_settings_can_be_given_by_name():
    settings = LibrarySettings(data_dir=Path("here"), site="https://a.example", internal_key="k")
    assert (settings.data_dir, settings.site) == (Path("here"), "https://a.example")
    assert settings.internal_key == "k"


def test_a_value_that_is_not_allowed_stops_the_start(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LIBRARY_DAYS", "0")
    with pytest.raises(ValidationError, match="days"):
        LibrarySettings()


def test_settings_stay_as_they_are():
    with pytest.raises(ValidationError, match="frozen"):
        LibrarySettings().days = 5


def test_a_secret_is_made_once(tmp_path: Path):
    first = secret_file(tmp_path / "new" / "folder", "a.key", lambda: "made first")
    again = secret_file(tmp_path / "new" / "folder", "a.key", lambda: "made again")
    assert first == again == "made first"


def test_a_secret_is_for_its_owner_only(tmp_path: Path):
    secret_file(tmp_path, "a.key", lambda: "made")
    assert os.stat(tmp_path / "a.key").st_mode & 0o077 == 0


def test_a_secret_that_an_operator_wrote_is_read_without_its_newline(tmp_path: Path):
    (tmp_path / "a.key").write_text("given\n")
    assert secret_file(tmp_path, "a.key", lambda: "made") == "given"


@pytest.mark.parametrize("turn", range(10))
def test_services_that_start_together_share_one_secret(tmp_path: Path, turn: int):
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda n: secret_file(tmp_path, "a.key", lambda: f"by {n}"), range(8)))
    assert len(made) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["a.key"]
