"""The tables of imported outcome values: the vintages of a series, and values of former ones."""

from __future__ import annotations

from sqlalchemy import Column, Float, ForeignKeyConstraint, Text
from sqlmodel import Field

from services.indicators.tables import METADATA, Table


class OutcomeVintage(Table, table=True):
    """One state of an imported series, as its publisher had it at `updated`.

    replaced_at  when a newer vintage took its place; null for the one that is shown
    file_hash    SHA-256 of the file that brought it last
    record       the series as it was described then, as JSON
    """

    series: str = Field(primary_key=True, max_length=80, foreign_key="outcome_series.id")
    updated: str = Field(primary_key=True, max_length=20)
    imported_at: str = Field(max_length=20)
    replaced_at: str | None = Field(default=None, max_length=20)
    file_hash: str = Field(max_length=64)
    record: str = Field(sa_column=Column(Text, nullable=False))


class OutcomePast(Table, table=True):
    """A value of a vintage that was replaced."""

    __table_args__ = (
        ForeignKeyConstraint(
            ["series", "updated"], ["outcome_vintage.series", "outcome_vintage.updated"]
        ),
    )

    series: str = Field(primary_key=True, max_length=80)
    updated: str = Field(primary_key=True, max_length=20)
    geo: str = Field(primary_key=True, max_length=80)
    period: str = Field(primary_key=True, max_length=7)
    value: float | None = Field(default=None, sa_column=Column(Float, nullable=True))
    flag: str = Field(max_length=8)
    original: str | None = Field(default=None, max_length=20)


VINTAGE = METADATA.tables["outcome_vintage"]
PAST = METADATA.tables["outcome_past"]
