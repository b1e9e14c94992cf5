"""What text we accept, and how names become addresses. Pure."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

# C0 controls except tab, newline and carriage return; C1 controls; NUL is among them.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_HALVES = re.compile("[\ud800-\udfff]")


def clean(text: str) -> str:
    """The text in NFC. ValueError when it holds NUL, another control character or a lone surrogate.

    PostgreSQL cannot store NUL, no JSON reader takes a lone surrogate, and two
    spellings of one name must be one name.
    """
    found = _CONTROLS.search(text)
    if found:
        raise ValueError(f"control character U+{ord(found.group()):04X} is not allowed")
    if _HALVES.search(text):
        raise ValueError("half of a surrogate pair is not a character")
    return unicodedata.normalize("NFC", text)


def folded(text: str) -> str:
    """The text without accents and in lower case, for comparing what people type."""
    # Twice: a letter of mathematics is a capital only once it is taken apart.
    lower = unicodedata.normalize("NFKD", text).casefold()
    apart = unicodedata.normalize("NFKD", lower)
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def slug(text: str, limit: int = 80) -> str:
    """An address made from a name: lower-case ASCII letters, digits and hyphens."""
    replaced = folded(text).replace("ø", "o").replace("ł", "l").replace("đ", "d")
    words = re.sub(r"[^a-z0-9]+", "-", replaced).strip("-")
    return words[:limit].strip("-") or "untitled"


# What `clean` refuses, for readers of the API's document.
PATTERN = r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]*$"


class _Described:
    """Adds the pattern to the JSON schema of a clean text."""

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"pattern": PATTERN, **handler(schema)}


Text = Annotated[str, _Described(), AfterValidator(clean)]
