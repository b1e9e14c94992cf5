"""Alembic's entry: the connection is handed in by shared.migrations."""

from shared.migrations import run_online

run_online()
