"""What a hit shows: highlights, crops, match positions; and facets with statistics."""

from __future__ import annotations

import pytest

from tests.search.engine.running import RunningIndex

LONG = "One two three four five six seven eight nine. Robotic help for Región ten eleven twelve."


@pytest.fixture
def texts(index: RunningIndex) -> RunningIndex:
    return index.put(
        [{"id": 1, "text": LONG, "tags": ["robotic arm", "help"], "n": 12, "deep": {"t": "help"}}]
    )


def formatted(index: RunningIndex, q: str, **fields: object) -> dict:
    return index.search(q, **fields)["hits"][0]["_formatted"]


def test_found_words_are_marked_everywhere(texts: RunningIndex):
    shown = formatted(texts, "help ", attributesToHighlight=["*"])
    assert shown["text"] == LONG.replace("help", "<em>help</em>")
    assert shown["tags"] == ["robotic arm", "<em>help</em>"]
    assert shown["deep"] == {"t": "<em>help</em>"}
    assert shown["n"] == "12"


def test_only_the_typed_beginning_of_a_completed_word_is_marked(texts: RunningIndex):
    shown = formatted(texts, "robo", attributesToHighlight=["text"])
    assert "<em>Robo</em>tic" in shown["text"]


def test_a_word_met_without_its_accent_is_marked(texts: RunningIndex):
    shown = formatted(texts, "region ", attributesToHighlight=["text"])
    assert "<em>Región</em>" in shown["text"]


def test_own_tags_are_used(texts: RunningIndex):
    shown = formatted(
        texts, "help", attributesToHighlight=["*"], highlightPreTag="[", highlightPostTag="]"
    )
    assert shown["tags"][1] == "[help]"


def test_a_part_of_another_word_is_not_marked(index: RunningIndex):
    index.put([{"id": 1, "t": "cat in a catalogue concat, Cat_cat"}])
    shown = formatted(index, "cat ", attributesToHighlight=["t"])
    assert shown["t"] == "<em>cat</em> in a catalogue concat, <em>Cat</em>_<em>cat</em>"


def test_a_phrase_is_marked_only_as_a_whole(index: RunningIndex):
    index.put([{"id": 1, "t": "market, labour market"}])
    shown = formatted(index, '"labour market"', attributesToHighlight=["t"])
    assert shown["t"] == "market, <em>labour</em> <em>market</em>"


def test_a_long_text_is_cropped_around_the_words(texts: RunningIndex):
    shown = formatted(texts, "robotic help", attributesToCrop=["text:4"])
    assert shown["text"] == "…nine. Robotic help for…"
    marked = formatted(
        texts,
        "robotic help ",
        attributesToCrop=["text"],
        cropLength=2,
        cropMarker="~",
        attributesToHighlight=["text"],
    )
    assert marked["text"] == "~<em>Robotic</em> <em>help</em>~"


def test_a_text_without_the_words_is_cropped_from_its_beginning(texts: RunningIndex):
    assert formatted(texts, "", attributesToCrop=["text:2"])["text"] == "One two…"


def test_match_positions_count_bytes(texts: RunningIndex):
    hit = texts.search("region ten ", showMatchesPosition=True)["hits"][0]
    start = LONG.encode().index("Región".encode())
    assert hit["_matchesPosition"]["text"] == [
        {"start": start, "length": 7},
        {"start": start + 8, "length": 3},
    ]
    listed = texts.search("help ", showMatchesPosition=True)["hits"][0]["_matchesPosition"]
    assert listed["tags"] == [{"start": 0, "length": 4, "indices": [1]}]
    assert listed["deep.t"] == [{"start": 0, "length": 4}]


def test_facets_count_each_document_once_per_value(index: RunningIndex):
    index.put(
        [{"id": 1, "f": ["a", "a", "b"], "n": 3}, {"id": 2, "f": "A", "n": 4.5}, {"id": 3}],
        filterableAttributes=["f", "n", "never"],
    )
    answer = index.search(facets=["f", "n", "never"])
    assert answer["facetDistribution"] == {
        "f": {"a": 2, "b": 1},
        "n": {"3": 1, "4.5": 1},
        "never": {},
    }
    assert answer["facetStats"] == {"n": {"min": 3, "max": 4.5}}
    assert index.search(facets=["*"])["facetDistribution"].keys() == {"f", "n", "never"}


def test_facets_count_all_that_is_found_not_only_the_page(shoes: RunningIndex):
    answer = shoes.search("shoe", facets=["brand"], limit=0)
    assert answer["facetDistribution"]["brand"] == {"Nike": 2, "Puma": 1}


def test_a_facet_that_is_not_filterable_is_refused(shoes: RunningIndex):
    error = shoes.refused(facets=["weight"])
    assert error["code"] == "invalid_search_facets"
    assert "brand" in error["message"]


def test_facet_values_are_cut_and_ordered_as_configured(index: RunningIndex):
    index.put(
        [{"id": n, "f": "often" if n > 2 else f"v{n}"} for n in range(6)],
        filterableAttributes=["f"],
    )
    assert list(index.search(facets=["f"])["facetDistribution"]["f"]) == ["often", "v0", "v1", "v2"]
    by_count = {"maxValuesPerFacet": 2, "sortFacetValuesBy": {"f": "count"}}
    index.do("PATCH", "/settings", {"faceting": by_count})
    assert index.search(facets=["f"])["facetDistribution"]["f"] == {"often": 3, "v0": 1}


def test_values_of_a_facet_are_found_by_their_beginning_with_typos(index: RunningIndex):
    index.put(
        [{"id": n, "r": r} for n, r in enumerate(["Catalonia", "Skåne", "Campania", "Skåne"])],
        filterableAttributes=["r"],
    )

    def found(text: str) -> list:
        body = {"facetName": "r", "facetQuery": text}
        path = f"/indexes/{index.uid}/facet-search"
        return index.engine.get(path, body, "POST")["facetHits"]

    assert found("ska") == [{"value": "Skåne", "count": 2}]
    assert [hit["value"] for hit in found("ca")] == ["Campania", "Catalonia"]
    assert [hit["value"] for hit in found("catelon")] == ["Catalonia"]
    assert found("") == found("  ")


def test_values_of_a_facet_are_found_by_any_of_their_words(index: RunningIndex):
    values = ["Generalitat de Catalunya (Catalonia)", "Apulia (Puglia)", "Västra Götaland"]
    index.put([{"id": n, "r": r} for n, r in enumerate(values)], filterableAttributes=["r"])

    def found(text: str) -> list[str]:
        body = {"facetName": "r", "facetQuery": text}
        answer = index.engine.get(f"/indexes/{index.uid}/facet-search", body, "POST")
        return [hit["value"] for hit in answer["facetHits"]]

    assert found("cata") == found("de cat") == found("catelon") == values[:1]
    assert found("puglia") == values[1:2]
    assert found("gotal") == values[2:]
    assert found("talunya") == []


def test_what_one_answer_says_of_a_hit_is_not_in_the_next(index: RunningIndex):
    index.put([{"id": 1, "_geo": {"lat": 1, "lng": 1}}], sortableAttributes=["_geo"])
    first = index.search(sort=["_geoPoint(0, 0):asc"], showRankingScore=True)["hits"][0]
    assert {"_geoDistance", "_rankingScore"} <= first.keys()
    assert index.search()["hits"][0].keys() == {"id", "_geo"}


def test_the_same_words_with_another_filter_find_others(shoes: RunningIndex):
    assert len(shoes.ids("shoe")) == 3
    assert len(shoes.ids("shoe", filter="brand = Puma")) == 1
    shoes.put([{"id": 99, "name": "Another shoe", "title": "Another shoe", "brand": "Puma"}])
    assert 99 in shoes.ids("shoe", filter="brand = Puma")
