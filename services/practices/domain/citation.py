"""How to cite a version of a practice: as a sentence, for BibTeX, for reference managers."""

from __future__ import annotations

import re
from dataclasses import dataclass

PUBLISHER = "Integration Lab"

# A backslash first becomes what no other rule touches.
_BIBTEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
}
_SPECIAL = re.compile("[" + re.escape("".join(_BIBTEX)) + "]")


@dataclass(frozen=True, slots=True)
class Cited:
    """What a citation names. `day` is when this version was published, `2026-11-22`."""

    id: str
    version: int
    title: str
    authors: tuple[str, ...]
    day: str
    url: str
    language: str
    licence: str


def as_text(cited: Cited) -> str:
    """One sentence for a list of references."""
    named = ", ".join(cited.authors)
    return (
        f"{cited.title} ({named}). {PUBLISHER}, version {cited.version}, {cited.day}. {cited.url}"
    )


def as_bibtex(cited: Cited) -> str:
    """An entry in UTF-8. Two braces keep capitals and names of authorities whole."""
    names = " and ".join(f"{{{escaped(name)}}}" for name in cited.authors)
    fields = {
        "title": f"{{{escaped(cited.title)}}}",
        "author": names,
        "year": cited.day[:4],
        "month": str(int(cited.day[5:7])),
        "publisher": f"{{{PUBLISHER}}}",
        "version": str(cited.version),
        "url": cited.url,
        "language": cited.language,
        "note": escaped(f"Version {cited.version}, {cited.day}, {cited.licence}"),
    }
    lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
    return f"@misc{{practice-{cited.id}-v{cited.version},\n{lines}\n}}\n"


def as_csl(cited: Cited) -> list[dict[str, object]]:
    """CSL-JSON, as reference managers read it."""
    return [
        {
            "id": f"practice-{cited.id}-v{cited.version}",
            "type": "report",
            "title": cited.title,
            "author": [{"literal": name} for name in cited.authors],
            "issued": {"date-parts": [[int(part) for part in cited.day.split("-")]]},
            "publisher": PUBLISHER,
            "version": str(cited.version),
            "URL": cited.url,
            "language": cited.language,
            "note": cited.licence,
        }
    ]


def escaped(text: str) -> str:
    """The text without anything that means something to BibTeX or LaTeX."""
    return _SPECIAL.sub(lambda found: _BIBTEX[found[0]], text)
