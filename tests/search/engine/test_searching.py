"""What is found and in which order: words, typos, accents, stems, phrases, pages."""

from __future__ import annotations

import pytest

from tests.search.engine.running import RunningIndex


@pytest.fixture
def practices(index: RunningIndex) -> RunningIndex:
    return index.put(
        [
            {"id": 1, "title": "Welcome desk for newcomers", "text": "Help in Skåne."},
            {"id": 2, "title": "Housing and health", "text": "Integración en la región."},
            {"id": 3, "title": "Robotic help", "text": "Integrated housing for families."},
            {"id": 4, "title": "Labour market", "text": "Housing near the labour market."},
        ],
        searchableAttributes=["title", "text"],
    )


def test_an_accent_does_not_matter(practices: RunningIndex):
    assert practices.ids("skane") == practices.ids("SKÅNE") == [1]
    assert practices.ids("region") == [2]


def test_a_typo_is_forgiven_from_five_letters(practices: RunningIndex):
    assert practices.ids("robtic") == [3]
    assert practices.ids("dsek ") == []


def test_two_typos_are_forgiven_from_nine_letters(practices: RunningIndex):
    assert practices.ids("newcmrs") == []
    assert practices.ids("newcmrsers ") == []
    assert practices.ids("newcoomesr ") == [1]


def test_a_wrong_first_letter_counts_as_two_typos(practices: RunningIndex):
    assert practices.ids("bealth ") == []
    assert practices.ids("mewcomers ") == [1]


def test_only_the_last_word_is_completed(practices: RunningIndex):
    assert practices.ids("lab") == [4]
    assert practices.ids("lab market") == []


def test_a_missing_or_an_extra_blank_is_forgiven(practices: RunningIndex):
    assert practices.ids("labourmarket") == [4]
    assert practices.ids("new comers") == [1]


def test_an_inflected_word_is_met_behind_the_exact_one(index: RunningIndex):
    index.put([{"id": 1, "t": "integrated schools"}, {"id": 2, "t": "integrating a school"}])
    assert index.ids("school integrating") == [2, 1]
    assert index.ids("integrations ", locales=["eng"]) == [1, 2]


def test_the_better_field_comes_first(practices: RunningIndex):
    assert practices.ids("housing") == [2, 4, 3]


def test_near_words_come_before_far_ones(index: RunningIndex):
    index.put([{"id": 1, "t": "market for the labour"}, {"id": 2, "t": "a big labour market"}])
    assert index.ids("labour market") == [2, 1]


def test_words_are_given_up_from_the_last(practices: RunningIndex):
    assert practices.ids("housing zebra") == [2, 4, 3]
    assert practices.ids("zebra housing") == []
    assert practices.ids("housing zebra", matchingStrategy="all") == []


def test_the_frequent_word_is_given_up_first(practices: RunningIndex):
    assert practices.ids("housing robotic", matchingStrategy="frequency") == [3]


def test_a_phrase_in_quotes_must_stand_as_it_is(practices: RunningIndex):
    assert practices.ids('"labour market"') == [4]
    assert practices.ids('"market labour"') == []
    assert practices.ids('"for newcomers help"') == [], "not across two fields"


def test_a_word_with_a_minus_must_not_be_there(practices: RunningIndex):
    assert practices.ids("housing -labour") == [2, 3]


def test_synonyms_are_as_good_as_the_word(practices: RunningIndex):
    practices.do("PATCH", "/settings", {"synonyms": {"accommodation": ["housing"]}})
    assert practices.ids("accommodation") == [2, 4, 3]
    practices.do("PATCH", "/settings", {"synonyms": {"front office": ["welcome desk"]}})
    assert practices.ids("front office") == [1]
    assert practices.ids("accommodation") == []


def test_stop_words_are_left_out_of_a_query(practices: RunningIndex):
    practices.do("PATCH", "/settings", {"stopWords": ["the", "For"]})
    assert practices.ids("the robotic") == [3]
    assert practices.ids("for desk") == [1]


def test_typos_can_be_turned_off(practices: RunningIndex):
    practices.do("PATCH", "/settings", {"typoTolerance": {"disableOnWords": ["robtic"]}})
    assert practices.ids("robtic") == []
    practices.do(
        "PATCH",
        "/settings",
        {"typoTolerance": {"disableOnWords": [], "disableOnAttributes": ["title"]}},
    )
    assert practices.ids("robtic") == []
    assert practices.ids("robotic") == [3]
    assert practices.ids("familes ") == [3], "still forgiven in the text"


def test_a_search_can_be_kept_to_some_attributes(practices: RunningIndex):
    assert practices.ids("housing", attributesToSearchOn=["text"]) == [4, 3]
    error = practices.refused(q="housing", attributesToSearchOn=["secret"])
    assert error["code"] == "invalid_search_attributes_to_search_on"


def test_only_searchable_attributes_are_searched_and_only_displayed_ones_shown(
    index: RunningIndex,
):
    index.put(
        [{"id": 1, "title": "open", "secret": "hidden"}],
        searchableAttributes=["title"],
        displayedAttributes=["id", "title"],
    )
    assert index.ids("hidden") == []
    answer = index.search("open", attributesToRetrieve=["*"], attributesToHighlight=["*"])
    assert set(answer["hits"][0]) == {"id", "title", "_formatted"}
    assert set(answer["hits"][0]["_formatted"]) == {"id", "title"}


def test_nested_attributes_are_searched_and_picked(index: RunningIndex):
    index.put([{"id": 1, "a": {"b": "deep", "c": 1}, "list": [{"d": "x"}, {"d": "y"}]}])
    assert index.ids("deep") == [1]
    hit = index.search("", attributesToRetrieve=["a.b", "list.d"])["hits"][0]
    assert hit == {"a": {"b": "deep"}, "list": [{"d": "x"}, {"d": "y"}]}


def test_offset_and_limit_walk_through_all_answers(practices: RunningIndex):
    walked = [practices.ids("housing", offset=n, limit=1) for n in range(4)]
    assert walked == [[2], [4], [3], []]


def test_pages_walk_through_all_answers_with_totals(practices: RunningIndex):
    pages = [practices.search("housing", page=n, hitsPerPage=2) for n in (1, 2, 3)]
    assert [[hit["id"] for hit in page["hits"]] for page in pages] == [[2, 4], [3], []]
    assert {(p["totalHits"], p["totalPages"], p["hitsPerPage"]) for p in pages} == {(3, 2, 2)}
    assert practices.search("housing", page=0)["hits"] == []


def test_no_more_hits_can_be_reached_than_configured(practices: RunningIndex):
    practices.do("PATCH", "/settings", {"pagination": {"maxTotalHits": 2}})
    assert practices.ids("housing") == [2, 4]
    assert practices.search("housing", page=1)["totalHits"] == 2


def test_a_ranking_score_lies_between_0_and_1_and_falls(practices: RunningIndex):
    hits = practices.search("housing help", showRankingScore=True)["hits"]
    scores = [hit["_rankingScore"] for hit in hits]
    assert scores == sorted(scores, reverse=True)
    assert 0 < scores[-1] <= scores[0] <= 1


def test_a_threshold_leaves_weak_answers_out(practices: RunningIndex):
    hits = practices.search("housing help", showRankingScore=True)["hits"]
    answer = practices.search("housing help", rankingScoreThreshold=hits[0]["_rankingScore"])
    assert [hit["id"] for hit in answer["hits"]] == [hits[0]["id"]]
    assert answer["estimatedTotalHits"] == 1


def test_sorting_puts_numbers_before_text_before_nothing(index: RunningIndex):
    index.put(
        [{"id": 1, "n": "b"}, {"id": 2}, {"id": 3, "n": 5}, {"id": 4, "n": "A"}, {"id": 5, "n": 1}],
        sortableAttributes=["n"],
    )
    assert index.ids(sort=["n:asc"]) == [5, 3, 4, 1, 2]
    assert index.ids(sort=["n:desc"]) == [3, 5, 1, 4, 2]


def test_sorting_by_distance_says_how_far(shoes: RunningIndex):
    answer = shoes.search(sort=["_geoPoint(50.83, 4.36):asc"])
    assert [hit["id"] for hit in answer["hits"]] == [1, 2, 3, 4]
    assert answer["hits"][0]["_geoDistance"] == 0
    assert 12_000 < answer["hits"][1]["_geoDistance"] < 14_000


def test_a_custom_ranking_rule_orders_before_the_rest(index: RunningIndex):
    index.put(
        [{"id": 1, "t": "help", "year": 2001}, {"id": 2, "t": "some help", "year": 2020}],
        rankingRules=["year:desc", "words", "typo", "attribute", "exactness"],
    )
    assert index.ids("help") == [2, 1]
    assert index.ids() == [2, 1]


def test_documents_without_a_query_come_in_the_order_of_arrival(practices: RunningIndex):
    practices.do("PUT", "/documents", [{"id": 1, "title": "Changed"}])
    assert practices.ids() == [1, 2, 3, 4]


def test_a_search_by_get_is_the_same_search(practices: RunningIndex):
    answer = practices.engine.get(f"/indexes/{practices.uid}/search?q=housing&limit=2&offset=1")
    assert [hit["id"] for hit in answer["hits"]] == [4, 3]


@pytest.mark.parametrize("q", ["", " ", '"', '"" -', "-", "!!! ???", "a" * 300, "\x00", "日本語"])
def test_an_odd_query_is_answered(practices: RunningIndex, q: str):
    assert practices.search(q)["query"] == q
