"""What a reader without scripts gets: essentials in the page, and the list of pages."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from services.gateway import sitemap
from services.gateway.essentials import Essentials
from services.gateway.site import LANGUAGES, Head, filled

HOSTILE = '</main><script>alert(1)</script>"<img src=x onerror=alert(1)>'
DICTIONARIES = Path(__file__).resolve().parents[2] / "web/src/lib/i18n"
WORDS = DICTIONARIES / "en.json"
INDEX = (
    '<!doctype html><html lang="en"><head><title>x</title></head><body><div id="app"></div>'
    "<noscript>needs JavaScript</noscript></body></html>"
)


def a_region(**more: Any) -> dict[str, Any]:
    score = {"dimension": "policy-output", "name": "Policy output", "group": "ALL", "score": 71.0}
    published = {"overall": None, "dimensions": [{**score, "source": "REGIN final report"}]}
    return {
        "code": "ES51",
        "name": "Catalonia",
        "names": {"de": "Katalonien"},
        "country_code": "ES",
        "country": "Spain",
        "mipex_r": published,
        "demonstration": None,
        "outcomes": [],
    } | more


def a_practice(**more: Any) -> dict[str, Any]:
    return {
        "id": "1",
        "title": "Welcome desk",
        "language": "en",
        "summary": "A desk.",
        "regions": [{"code": "ES51", "name": "Catalonia"}],
        "objectives": ["Find the way"],
        "sources": [{"url": "https://example.org/a", "publisher": "A region"}],
        "licence": "CC-BY-4.0",
    } | more


class Tags(HTMLParser):
    """Collects the tags and the addresses of links."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str | None] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value for name, value in attrs if name == "href"]


@pytest.fixture
def essentials(tmp_path: Path) -> Essentials:
    (tmp_path / "assets").mkdir()
    german = {"dimension.policy-output": "Politikergebnis", "score.of100": "von 100"}
    (tmp_path / "assets" / "de-Ab12Cd34.json").write_text(json.dumps(german))
    return Essentials(tmp_path, ("en", "de"))


def test_a_profile_is_read_without_scripts_in_the_language_of_the_address(essentials: Essentials):
    html = essentials.of("regions", a_region(), "de")
    for words in ("Katalonien", "Politikergebnis", "<strong>71</strong>", "REGIN final report"):
        assert words in html


@pytest.mark.parametrize("kind", ["regions", "practices"])
def test_every_phrase_stands_in_the_words_of_all_pages(tmp_path: Path, kind: str):
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "en-Ab12Cd34.json").write_text(WORDS.read_text("utf-8"))
    outcome = {"indicator": "unemployment-rate", "name": "Unemployment", "population_group": "ALL"}
    outcome |= {"value": 5.0, "unit": "%", "period": "2024"}
    published = a_region()["mipex_r"]
    region = a_region(demonstration=published, outcomes=[outcome])
    practice = a_practice(activities=["a"], results=["b"], lessons=["c"])
    record = region if kind == "regions" else practice
    html = Essentials(tmp_path, ("en",)).of(kind, record, "en")
    assert re.findall(r">[a-z]+\.[a-z.-]+<", html) == []


class Texts(HTMLParser):
    """Collects the texts that do not stand in a part marked as English."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: set[str] = set()
        self._english: list[bool] = [False]
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._english.append(self._english[-1] or ("lang", "en") in attrs)

    def handle_endtag(self, tag: str) -> None:
        self._english.pop()

    def handle_data(self, data: str) -> None:
        if not self._english[-1] and re.search("[A-Za-z]", data):
            self.texts.add(data.strip())


@pytest.fixture
def all_languages(tmp_path: Path) -> Essentials:
    (tmp_path / "assets").mkdir()
    for language in LANGUAGES:
        words = (DICTIONARIES / f"{language}.json").read_text("utf-8")
        (tmp_path / f"assets/{language}-Ab12Cd34.json").write_text(words)
    return Essentials(tmp_path, LANGUAGES)


def a_full_region() -> dict[str, Any]:
    """With published and invented scores, and outcomes in each unit that the data has."""
    published = a_region()["mipex_r"] | {"notice": "Only three scores are published."}
    one = {"indicator": "unemployment-rate", "name": "Unemployment", "source": "Source: Eurostat"}
    units = ("%", "percentage points", "persons")
    groups = ("FOR", "NAT-FOR", None)
    outcomes = [
        one | {"unit": unit, "population_group": group, "value": -1234.5, "period": "2024"}
        for unit, group in zip(units, groups, strict=True)
    ]
    return a_region(mipex_r=published, demonstration=published, outcomes=outcomes)


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_a_profile_has_no_english_words_but_those_it_quotes(
    all_languages: Essentials, language: str
):
    region = a_full_region() | {"names": {language: "Eine Region"}}
    here = Texts(all_languages.of("regions", region, language)).texts
    english = Texts(all_languages.of("regions", region, "en")).texts
    # The name of the site is one in all languages.
    assert here & english == {"Regional Integration Platform"}


def test_numbers_and_countries_are_written_as_the_language_does(all_languages: Essentials):
    french = all_languages.of("regions", a_full_region(), "fr")
    for words in ("Espagne", "−1\u202f234,5\u00a0%", "−1\u202f234,5 pts", "<strong>71</strong>"):
        assert words in french
    spanish = all_languages.of("regions", a_full_region(), "es")
    assert "−1234,5\u00a0%" in spanish


def test_the_head_of_a_profile_is_in_its_language(all_languages: Essentials):
    title, description = all_languages.head_of(a_region(), "de") or ("", "")
    assert title.startswith("Katalonien · ")
    assert description.startswith("Katalonien: Werte der Integrationspolitik")


def test_the_browser_says_the_language_where_the_address_does_not(all_languages: Essentials):
    assert "Katalonien" in all_languages.of("regions", a_region(), "zz", "xx, de-AT;q=0.8")
    assert "Catalonia" in all_languages.of("regions", a_region(), "en", "de")


def test_a_group_is_named_where_what_is_measured_does_not_name_it(essentials: Essentials):
    one = {"name": "Rate", "population_group": "FOR", "group_label": "Foreign-born"}
    one |= {"unit": "persons", "value": 5.0, "period": None}
    by_birth, gap = one | {"indicator": "x-by-birth"}, one | {"indicator": "x-gap"}
    html = essentials.of("regions", a_region(outcomes=[by_birth, gap]), "en")
    assert "<li>Rate, Foreign-born: " in html
    assert "<li>Rate: " in html


def test_a_language_that_is_not_spoken_is_english(essentials: Essentials):
    assert "Catalonia" in essentials.of("regions", a_region(), "xx")


def test_a_practice_is_read_without_scripts_with_its_sources(essentials: Essentials):
    html = essentials.of("practices", a_practice(), None)
    assert "Find the way" in html
    assert "https://example.org/a" in Tags(html).links


def test_a_practice_names_its_regions_in_the_language_of_the_address(essentials: Essentials):
    regions = [{"code": "ES51", "name": "Catalonia", "names": {"de": "Katalonien"}}]
    regions += [{"code": "ES22", "name": "Navarre", "names": None}]
    html = essentials.of("practices", a_practice(regions=regions), "de")
    assert ">Katalonien</a>, " in html
    assert ">Navarre</a>" in html


def test_a_source_that_is_no_web_address_is_no_link(essentials: Essentials):
    sources = [{"url": "javascript:alert(1)", "publisher": "A region"}]
    html = essentials.of("practices", a_practice(sources=sources), None)
    assert not any((link or "").startswith("javascript") for link in Tags(html).links)


@pytest.mark.parametrize("field", ["title", "summary", "language", "licence", "objectives"])
def test_hostile_text_shows_as_text(essentials: Essentials, field: str):
    hostile = [HOSTILE] if field == "objectives" else HOSTILE
    html = essentials.of("practices", a_practice(**{field: hostile}), None)
    assert not Tags(html).tags & {"script", "img"}


def test_a_page_about_nothing_in_particular_has_none(essentials: Essentials):
    assert essentials.of("", None, "de") == ""


def test_the_essentials_stand_where_the_app_will_stand():
    page = filled(INDEX, Head("T", "D"), "http://site", "/regions/ES51", "<main>71</main>", "de")
    assert '<div id="app"><main>71</main></div>' in page
    assert '<html lang="de">' in page
    assert "needs JavaScript" not in page


def test_the_list_of_pages_is_a_sitemap_whatever_the_paths_hold():
    listed = sitemap.document("http://site", ["/", "/regions/A&B"])
    places = [one.text for one in ElementTree.fromstring(listed).iter() if one.tag.endswith("loc")]
    assert places == ["http://site/", "http://site/regions/A&B"]


def test_search_engines_are_told_where_the_list_is():
    assert "Sitemap: http://site/sitemap.xml" in sitemap.robots("http://site")
