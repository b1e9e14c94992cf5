"""What a complete practice is, and by what it is found."""

from __future__ import annotations

from services.practices.domain.practice import country_of, facets, gaps
from tests.examples import a_practice


def test_a_title_and_a_region_are_enough_to_begin_but_not_to_submit():
    missing = gaps({"title": "Welcome desk", "regions": ["ES51"]})
    assert [gap.pointer for gap in missing] == ["/summary", "/areas", "/role", "/activities"]


def test_a_complete_practice_lacks_nothing():
    assert gaps(a_practice()) == []


def test_nuts_writes_greece_and_the_united_kingdom_otherwise_than_iso():
    assert [country_of(code) for code in ("EL43", "UKM", "ES51")] == ["GR", "GB", "ES"]


def test_a_practice_of_two_regions_is_found_by_both_and_counted_once_for_their_country():
    found = list(facets(a_practice(regions=["ES51", "ES22"])))
    assert [value for facet, value in found if facet == "region"] == ["ES22", "ES51"]
    assert [value for facet, value in found if facet == "country"] == ["ES"]


def test_what_is_not_stated_is_no_facet():
    assert not [facet for facet, _ in facets(a_practice(result=None)) if facet == "result"]
