"""Habits of the whole tree: what the code never does, and what it always does."""

from __future__ import annotations

import ast
import importlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import MetaData

from shared import migrations
from shared.db import Database
from shared.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
# Made by tools, not written: never part of a release.
MADE = {"node_modules", "dist", "var", "build", "__pycache__", "site", "coverage"}


def files(*folders: str, ends: str = "") -> Iterator[Path]:
    """The files of the tree, or of some of its folders, without what tools made."""
    for start in folders or (".",):
        for folder, inner, names in os.walk(ROOT / start):
            inner[:] = [name for name in inner if name not in MADE and not name.startswith(".")]
            yield from (Path(folder) / name for name in sorted(names) if name.endswith(ends))


def place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


CODE = {place(path): path.read_text() for path in files("services", "shared", "deploy", ends=".py")}
TESTS = {place(path): path.read_text() for path in files("tests", ends=".py")}
SERVICES = sorted(path.name for path in (ROOT / "services").iterdir() if (path / "app.py").exists())
WITH_TABLES = [name for name in SERVICES if (ROOT / "services" / name / "tables.py").exists()]


def names_in(source: str) -> set[str]:
    """Every name that the code uses, imports or looks up."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.alias):
            found |= set(node.name.split("."))
        elif isinstance(node, ast.ImportFrom):
            found |= set((node.module or "").split("."))
    return found


def calls_in(source: str) -> list[str]:
    """The names of what the code calls, without the modules they come from."""
    calls = [node.func for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return [getattr(call, "attr", None) or getattr(call, "id", "") for call in calls]


def users_of(name: str, code: dict[str, str]) -> list[str]:
    return [path for path, source in code.items() if name in source and name in names_in(source)]


def test_the_four_services_are_looked_at():
    """Otherwise the tests below would pass over an empty tree."""
    assert SERVICES == ["gateway", "indicators", "practices", "search"]
    assert len(CODE) > 50
    assert "shared/service.py" in users_of("HTTPException", CODE)


def test_nothing_is_built_on_the_slow_middleware():
    """It costs a quarter of a millisecond a request each, by our measurement."""
    assert users_of("BaseHTTPMiddleware", CODE) == []


def test_a_failure_is_raised_as_a_problem_of_ours():
    """The framework's own may be caught, to become an answer, and is raised in one place."""
    raising = [path for path, source in CODE.items() if "HTTPException" in calls_in(source)]
    assert raising == ["shared/strict.py"]


def test_the_token_library_stands_behind_one_module():
    assert users_of("jose", CODE) == ["shared/tokens.py"]


def test_no_test_replaces_a_part_by_a_mock():
    assert [
        path for name in ("unittest", "mock", "MagicMock") for path in users_of(name, TESTS)
    ] == []


def test_imports_keep_to_the_contracts():
    command = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run(
        [command, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("service", WITH_TABLES)
def test_migrations_run_on_the_connection_that_is_handed_in(service: str):
    env = ROOT / "services" / service / "migrations" / "env.py"
    assert calls_in(env.read_text()) == ["run_online"]


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    found = Database(database_url)
    yield found
    found.close()


@pytest.mark.parametrize("service", WITH_TABLES)
def test_the_tables_of_the_code_are_those_that_the_migrations_make(
    service: str, database: Database
):
    # A service may declare its tables in several modules, all over one METADATA.
    for path in (ROOT / "services" / service).rglob("tables*.py"):
        importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    metadata: MetaData = importlib.import_module(f"services.{service}.tables").METADATA
    migrations.upgrade(service, database, metadata)
    migrations.differences(service, database, metadata)
    migrations.downgrade(service, database, metadata, "base")
    migrations.upgrade(service, database, metadata)
    migrations.differences(service, database, metadata)


def all_settings() -> Iterator[type[Settings]]:
    yield Settings
    for service in SERVICES:
        module = importlib.import_module(f"services.{service}.settings")
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, Settings) and value is not Settings:
                yield value


@pytest.mark.parametrize("settings", list(all_settings()), ids=lambda settings: settings.__name__)
def test_each_setting_says_in_a_sentence_what_it_is(settings: type[Settings]):
    for name, field in settings.model_fields.items():
        assert (field.description or "").endswith("."), f"{settings.__name__}.{name}"


@pytest.mark.parametrize("settings", list(all_settings()), ids=lambda settings: settings.__name__)
def test_settings_cannot_be_changed_while_the_house_runs(settings: type[Settings]):
    assert settings.model_config["frozen"]


def test_no_file_names_a_place_of_one_machine():
    folders = "|".join(("home", "Users", "root", "work", "workspace", "private"))
    # Not within an address or a longer path: the place must begin here.
    own = re.compile(rf"(?<![\w./:\-}}>)\]*])/({folders})/[\w.]")
    found = []
    for path in files():
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        found += [f"{place(path)}: {line[:120]}" for line in text.splitlines() if own.search(line)]
    assert found == []


def test_the_lock_of_python_names_no_registry():
    lock = (ROOT / "requirements.lock").read_text()
    assert re.findall(r"\w+://\S+|--(?:extra-)?index-url|--find-links", lock) == []
    assert lock.count("--hash=sha256:") > lock.count("==")


def test_the_lock_the_image_and_the_types_are_for_the_same_python():
    asked = {
        "deploy/lock.py": r'"--python-version", "([\d.]+)"',
        "deploy/Dockerfile": r"FROM python:([\d.]+)-",
        "pyproject.toml": r'pythonVersion = "([\d.]+)"',
    }
    found = {path: re.findall(line, (ROOT / path).read_text()) for path, line in asked.items()}
    assert found == {path: ["3.11"] for path in asked}


def test_the_lock_of_the_web_names_no_registry():
    packages = json.loads((ROOT / "web" / "package-lock.json").read_text())["packages"]
    assert len(packages) > 50
    assert [
        name for name, package in packages.items() if "://" in package.get("resolved", "")
    ] == []


def test_no_configuration_names_a_registry():
    for name in ("pyproject.toml", "web/.npmrc", "web/package.json"):
        text = (ROOT / name).read_text()
        assert not re.search(r"registry\s*=|index-url|_authToken", text), name
