"""The tables of the indicators: regions, methodologies, editions, outcome statistics.

A whole record that is only ever read as one (a region, a methodology, the definition of
an outcome indicator) is kept as its JSON text beside the columns that are asked for.
"""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Float,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import declared_attr, registry
from sqlmodel import Field, SQLModel

from shared.db import new_metadata

METADATA = new_metadata()

OUTCOME_NOTES = "outcomes"
"""The name of the document with what holds for all outcome values."""


class Table(SQLModel, registry=registry(metadata=METADATA)):
    """The base of this service's tables: a catalogue of its own, names with underscores."""

    @declared_attr.directive
    def __tablename__(cls) -> str:  # type: ignore[override]
        letters = [f"_{c.lower()}" if c.isupper() else c for c in cls.__name__]
        return "".join(letters).lstrip("_")


class Holding(Table, table=True):
    """What was loaded from files: the SHA-256 of each part's content and when it came in."""

    name: str = Field(primary_key=True, max_length=80)
    content_hash: str = Field(max_length=64)
    loaded_at: str = Field(max_length=20)


class Region(Table, table=True):
    """A region. `position` is its place in lists; `record` all that is known of it, as JSON."""

    code: str = Field(primary_key=True, max_length=80)
    slug: str = Field(max_length=80, unique=True)
    position: int
    record: str = Field(sa_column=Column(Text, nullable=False))


class Methodology(Table, table=True):
    """One version of a methodology, in its file format as JSON; never changed once used."""

    id: str = Field(primary_key=True, max_length=80)
    version: str = Field(primary_key=True, max_length=80)
    content_hash: str = Field(max_length=64)
    record: str = Field(sa_column=Column(Text, nullable=False))


class Edition(Table, table=True):
    """An edition: scored from answers, quoted from a publication, or a demonstration."""

    id: str = Field(primary_key=True, max_length=80)
    kind: str = Field(max_length=20)
    methodology: str | None = Field(default=None, max_length=80)
    methodology_version: str | None = Field(default=None, max_length=80)
    revision: int
    record: str = Field(sa_column=Column(Text, nullable=False))


class Revision(Table, table=True):
    """A frozen state of an edition's content. A correction is a new revision.

    packed  the answers as one byte per cell (regions in order of code, indicators and groups
            in that of the methodology): read at once where rows take seconds
    """

    edition: str = Field(primary_key=True, max_length=80, foreign_key="edition.id")
    number: int = Field(primary_key=True)
    content_hash: str = Field(max_length=64)
    published_at: str = Field(max_length=20)
    packed: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))


class Answer(Table, table=True):
    """What one region answered to one indicator for one target group, in one revision."""

    __table_args__ = (
        ForeignKeyConstraint(["edition", "revision"], ["revision.edition", "revision.number"]),
    )

    edition: str = Field(primary_key=True, max_length=80)
    revision: int = Field(primary_key=True)
    region: str = Field(primary_key=True, max_length=80, foreign_key="region.code")
    indicator: str = Field(primary_key=True, max_length=80)
    group: str = Field(primary_key=True, max_length=80)
    state: str = Field(max_length=20)
    option: str | None = Field(default=None, max_length=80)


class AnswerNote(Table, table=True):
    """What stands behind a published answer."""

    __table_args__ = (
        ForeignKeyConstraint(
            ["edition", "revision", "region", "indicator", "group"],
            ["answer.edition", "answer.revision", "answer.region", "answer.indicator",
             "answer.group"],
        ),
    )  # fmt: skip

    edition: str = Field(primary_key=True, max_length=80)
    revision: int = Field(primary_key=True)
    region: str = Field(primary_key=True, max_length=80)
    indicator: str = Field(primary_key=True, max_length=80)
    group: str = Field(primary_key=True, max_length=80)
    evidence: str | None = Field(default=None, sa_column=Column(Text, nullable=True))
    sources: str = Field(sa_column=Column(Text, nullable=False))
    comment: str | None = Field(default=None, sa_column=Column(Text, nullable=True))


class PublishedScore(Table, table=True):
    """A score as a publication gives it, with nothing behind it."""

    __table_args__ = (
        ForeignKeyConstraint(["edition", "revision"], ["revision.edition", "revision.number"]),
    )

    edition: str = Field(primary_key=True, max_length=80)
    revision: int = Field(primary_key=True)
    region: str = Field(primary_key=True, max_length=80, foreign_key="region.code")
    axis: str = Field(primary_key=True, max_length=80)
    dimension: str = Field(primary_key=True, max_length=80)
    group: str = Field(primary_key=True, max_length=80)
    score: float = Field(sa_column=Column(Float, nullable=False))
    source: str = Field(sa_column=Column(Text, nullable=False))


class Document(Table, table=True):
    """A text that holds for many rows, such as the notes on all outcome values; JSON."""

    name: str = Field(primary_key=True, max_length=80)
    record: str = Field(sa_column=Column(Text, nullable=False))


class Territory(Table, table=True):
    """A territory that carries outcome values and is not a region."""

    code: str = Field(primary_key=True, max_length=80)
    record: str = Field(sa_column=Column(Text, nullable=False))


class OutcomeIndicator(Table, table=True):
    """The definition of an outcome indicator, with values or without."""

    code: str = Field(primary_key=True, max_length=80)
    position: int
    record: str = Field(sa_column=Column(Text, nullable=False))


class OutcomeSeries(Table, table=True):
    """Values of one indicator for one group from one source. `source` is that record, as JSON."""

    id: str = Field(primary_key=True, max_length=80)
    position: int
    indicator: str = Field(max_length=80, index=True)
    record: str = Field(sa_column=Column(Text, nullable=False))
    source: str = Field(sa_column=Column(Text, nullable=False))


class OutcomeObservation(Table, table=True):
    """One value; null where the source gives none. `position` is its place in lists.

    original  the flags as they stood in an imported file, where they were written otherwise
    """

    __table_args__ = (
        UniqueConstraint("series", "geo", "period"),
        Index("ix_outcome_observation_geo", "geo"),
    )

    position: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    series: str = Field(max_length=80, foreign_key="outcome_series.id")
    geo: str = Field(max_length=80)
    period: str = Field(max_length=7)
    value: float | None = Field(default=None, sa_column=Column(Float, nullable=True))
    flag: str = Field(max_length=8)
    original: str | None = Field(default=None, max_length=20)
