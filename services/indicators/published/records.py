"""Records that are read and kept as one: regions and editions, as their files hold them.

The files are checked against these models when they are loaded; what is stored is read
back through them. A field that is not listed here is refused.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.text import Text

Line = Annotated[Text, Field(min_length=1, max_length=300)]
Note = Annotated[Text, Field(min_length=1, max_length=4000)]
Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$")]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
Web = Annotated[Text, Field(pattern=r"^https?://", max_length=500)]

Fit = Literal["matches", "larger", "part"]
CompetenceKind = Literal["exclusive", "shared", "implementing", "none"]
EditionKind = Literal["answers", "published", "demonstration"]


class Record(BaseModel):
    """Read strictly: no unknown fields, no text for a number."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Nuts(Record):
    """A unit of the EU's classification of territories, in one of its versions."""

    code: Code
    level: int = Field(ge=0, le=3)
    version: str = Field(pattern=r"^\d{4}$", description="Year of the classification.")


class Point(Record):
    """A place for a label, in degrees (WGS 84)."""

    lat: float = Field(ge=-90, le=90)
    lng: float = Field(ge=-180, le=180)


class StatisticalCode(Record):
    """A territory for which statistics are published, and how it fits the region."""

    code: Code
    fit: Fit
    nuts_version: str | None = None


class Competence(Record):
    """What the region may decide in a policy area."""

    area: Code
    kind: CompetenceKind
    note: Note | None = None
    source: Line


class PopulationShare(Record):
    """The share of a group in the region's population; year None: the source gives none."""

    group: Code
    share_pct: float | None = Field(ge=0, le=100)
    year: int | None = Field(ge=1900, le=2200)
    source: Line


class RegionRecord(Record):
    """A region as the file holds it. None and empty lists mean not known."""

    code: Code
    kind: Literal["authority", "statistical"]
    slug: Slug
    name: Line
    local_name: Line | None
    names: dict[str, Line]
    other_names: tuple[Line, ...] = Field((), strict=False)
    name_source: Line
    country_code: Country
    country: Line
    nuts: Nuts | None
    statistical_codes: tuple[StatisticalCode, ...] = Field(strict=False)
    in_mipex_r: bool
    regin_pilot: bool
    lab_label: Line | None
    search_label: Line | None
    website: Web | None
    website_source: Line | None
    point: Point | None
    point_source: Line | None
    part_of: Code | None
    same_territory_as: Code | None
    competence_note: Note | None
    competences: tuple[Competence, ...] = Field(strict=False)
    population: tuple[PopulationShare, ...] = Field(strict=False)
    notes: Note | None

    @property
    def spellings(self) -> set[str]:
        """Every name under which the region may be looked for, code and slug included."""
        labels = (self.local_name, self.lab_label, self.search_label)
        given = {self.code, self.slug, self.name, *self.names.values(), *self.other_names}
        return given | {label for label in labels if label}


class EditionRecord(Record):
    """An edition as its file holds it. methodology None: the scores were not computed here."""

    id: Code
    kind: EditionKind
    title: Line
    notice: Note
    methodology: Code | None
    methodology_version: str | None = Field(max_length=80)
    date: str = Field(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$")
    licence: Line
    source: Line
    revision: int = Field(ge=1, le=10_000)
    seed: int | None = None
    generator: Line | None = None
