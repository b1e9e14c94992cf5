"""What the head of a page tells the browser to fetch at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from services.gateway.hints import Hints

FILES = {
    "index.html": {"file": "assets/index-1.js", "imports": ["_words-2.js"]},
    "_words-2.js": {"file": "assets/words-2.js"},
    "_parts-3.js": {"file": "assets/parts-3.js", "css": ["assets/parts-3.css"]},
    "src/region/RegionPage.svelte": {
        "file": "assets/RegionPage-4.js",
        "imports": ["_words-2.js", "_parts-3.js"],
    },
    "src/lib/i18n/en.json": {"file": "assets/en-5.json"},
    "src/lib/i18n/de.json": {"file": "assets/de-6.json"},
    "src/lib/i18n/de/terms.json": {"file": "assets/terms-7.json"},
}


@pytest.fixture
def hints(tmp_path: Path) -> Hints:
    (tmp_path / ".vite").mkdir()
    (tmp_path / ".vite/manifest.json").write_text(json.dumps(FILES))
    return Hints(tmp_path, ("en", "de"))


def test_a_profile_names_its_modules_styles_and_answers(hints: Hints):
    links = hints.of("regions", "/regions/ES51", None)
    for wanted in ("/assets/RegionPage-4.js", "/assets/parts-3.js", "/assets/parts-3.css"):
        assert f'href="{wanted}"' in links
    assert 'as="fetch" crossorigin href="/api/v1/regions/ES51"' in links


def test_what_every_page_brings_is_not_named_again(hints: Hints):
    assert "words-2" not in hints.of("regions", "/regions/ES51", None)


@pytest.mark.parametrize(
    ("language", "accepted", "dictionary"),
    [("de", "", "de-6"), (None, "pl, de-AT;q=0.8", "de-6"), ("xx", "pl", "en-5")],
)
def test_the_dictionary_is_the_one_that_the_app_will_ask_for(
    hints: Hints, language: str | None, accepted: str, dictionary: str
):
    assert dictionary in hints.of("regions", "/regions/ES51", language, accepted)


def test_the_words_of_the_parts_of_a_page_are_named(hints: Hints):
    assert "terms-7" in hints.of("regions", "/regions/ES51", "de")


def test_an_address_cannot_leave_its_attribute(hints: Hints):
    assert '"><script>' not in hints.of("regions", '/regions/"><script>', None)


def test_pages_without_a_part_of_their_own_have_no_hints(hints: Hints):
    assert hints.of("", "/about", None) == ""


def test_an_app_without_a_manifest_has_no_hints(tmp_path: Path):
    assert Hints(tmp_path, ("en",)).of("regions", "/regions/ES51", None) == ""
