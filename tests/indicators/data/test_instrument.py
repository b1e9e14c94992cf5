"""The open instrument, version 1: what a user of the 61 questions may rely on."""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import cache
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

from services.indicators.published.formats import methodology

FILE = Path(__file__).parents[3] / "services/indicators/data/open-instrument-1.json"

ELEMENTS = {"A": "actions", "R": "actors-and-relations", "M": "resources"}
PHASES = {
    "f": "formulation",
    "o": "policy-output",
    "i": "implementation",
    "e": "evaluation",
}
AREAS = {
    "LAB": "labour-market",
    "EDU": "education",
    "HEA": "health",
    "HOU": "housing",
    "LAN": "language",
    "CUL": "culture-and-religion",
    "SOC": "social-security-and-assistance",
    "DIS": "antidiscrimination",
}

# One letter for the element, small letters for the phases.
ACROSS = """
F01 Mf  F02 Af  F03 Rf  F04 Rf  F05 Rf  F06 Rf  F07 Rf  F08 Rfi F09 Af  F10 Mf  F11 Mf
O01 Ao  O02 Ao  O03 Ao  O04 Mo  O05 Ro  O06 Ao  O07 Ao  O08 Ao
I01 Ri  I02 Ri  I03 Mi  I04 Ai  I05 Mi  I06 Mi  I07 Mi  I08 Ai  I09 Ai  I10 Ri  I11 Mi
E01 Ae  E02 Ae  E03 Re  E04 Re  E05 Me  E06 Ae  E07 Ae
"""
WITHIN_AN_AREA = {"1": "Ao", "2": "Ri", "3": "Mie"}

TEXTS = ("title", "topic", "question", "why", "evidence", "not_applicable")
LONGEST = {
    "title": 60,
    "topic": 180,
    "question": 260,
    "why": 220,
    "evidence": 280,
    "not_applicable": 300,
    "text": 110,
    "test": 300,
}


@cache
def instrument() -> dict[str, Any]:
    return json.loads(FILE.read_text(encoding="utf-8"))


def indicators() -> list[dict[str, Any]]:
    return instrument()["indicators"]


def options() -> list[tuple[str, dict[str, Any]]]:
    return [(one["code"], option) for one in indicators() for option in one["options"]]


def tags(short: str, area: str | None = None) -> dict[str, list[str]]:
    return {
        "element": [ELEMENTS[short[0]]],
        "phase": [PHASES[letter] for letter in short[1:]],
        "area": [area] if area else [],
    }


def outlined() -> dict[str, dict[str, list[str]]]:
    words = ACROSS.split()
    across = {code: tags(short) for code, short in zip(words[::2], words[1::2], strict=True)}
    across["I09"]["area"] = ["antidiscrimination"]
    within = {
        prefix + number: tags(short, area)
        for prefix, area in AREAS.items()
        for number, short in WITHIN_AN_AREA.items()
    }
    return across | within


def repeated(texts: list[str]) -> list[str]:
    return [text for text, times in Counter(texts).items() if times > 1]


def test_the_file_is_a_valid_methodology() -> None:
    found = methodology(FILE.read_text(encoding="utf-8")).methodology
    assert (found.id, found.version, len(found.indicators)) == ("open-instrument-1", "1.0.0", 61)


def test_the_61_indicators_carry_the_outlined_codes_and_tags() -> None:
    assert {one["code"]: one["tags"] for one in indicators()} == outlined()
    assert len(indicators()) == 61


def test_every_question_is_asked_for_both_groups_with_equal_weight() -> None:
    assert all(one["groups"] == ["TCN", "BIP"] and one["weight"] == "1" for one in indicators())


def test_the_notice_says_that_it_is_not_the_questionnaire_of_mipex_r() -> None:
    notice = instrument()["notice"]
    assert "This is not MIPEX-R's questionnaire" in notice
    assert "not public" in notice
    assert "cannot be compared" in notice


def test_the_bands_say_that_their_limits_are_not_confirmed() -> None:
    assert "not confirmed" in instrument()["bands_note"]
    assert [band["from"] for band in instrument()["bands"]] == [0, 1, 21, 41, 60, 80]


def test_the_rules_that_are_ours_are_named_as_ours() -> None:
    note = instrument()["defaults_note"]
    assert "ours" in note
    assert all(word in note for word in ("weight", "missing", "not applicable", "overall"))


def test_what_cannot_be_found_out_is_missing_and_not_the_worst_answer() -> None:
    rules = " ".join(instrument()["how_to_answer"])
    assert "the answer is missing" in rules
    assert "Not applicable means" in rules
    assert "Not in the region's competence means" in rules


def test_options_are_graded_from_100_to_0() -> None:
    for one in indicators():
        values = [option["value"] for option in one["options"]]
        assert 3 <= len(values) <= 5, one["code"]
        assert values[0] == 100, one["code"]
        assert values[-1] == 0, one["code"]
        assert all(better > worse for better, worse in pairwise(values)), one["code"]


def test_options_are_lettered_from_the_best() -> None:
    for one in indicators():
        letters = "".join(option["code"] for option in one["options"])
        assert "abcde".startswith(letters), one["code"]


def test_no_two_indicators_share_a_text() -> None:
    for part in ("title", "topic", "question", "why", "evidence"):
        assert repeated([one[part] for one in indicators()]) == []


def test_no_two_options_share_a_text_or_a_test() -> None:
    assert repeated([option["text"] for _, option in options()]) == []
    assert repeated([option["test"] for _, option in options()]) == []


def words(one: dict[str, Any]) -> set[str]:
    texts = [one["question"], one["evidence"], *(option["test"] for option in one["options"])]
    return set(re.findall(r"[a-z]{4,}", " ".join(texts).lower()))


def test_area_indicators_are_not_copies_with_one_word_changed() -> None:
    for number in WITHIN_AN_AREA:
        alike = [one for one in indicators() if one["code"] in {area + number for area in AREAS}]
        for one, other in combinations(alike, 2):
            shared = words(one) & words(other)
            assert len(shared) < 0.4 * len(words(one) | words(other)), (one["code"], other["code"])


def test_texts_are_there_clean_and_of_bounded_length() -> None:
    found = [(one["code"], part, one[part]) for one in indicators() for part in TEXTS]
    found += [(code, part, option[part]) for code, option in options() for part in ("text", "test")]
    for code, part, text in found:
        assert 4 <= len(text) <= LONGEST[part], (code, part, len(text))
        assert text == text.strip(), (code, part)
        assert "\n" not in text, (code, part)


def test_questions_ask_and_tests_are_one_sentence() -> None:
    assert [one["code"] for one in indicators() if not one["question"].endswith("?")] == []
    unended = [code for code, option in options() if not option["test"].endswith(".")]
    assert unended == []
    assert [code for code, option in options() if ". " in option["test"]] == []


def test_no_test_rests_on_a_word_that_two_experts_read_differently() -> None:
    vague = re.compile(
        r"\b(adequate|sufficient|appropriate|good|strong|satisfactory|significant|substantial"
        r"|reasonable|effective|relevant|properly|well)\b",
        re.IGNORECASE,
    )
    assert [
        (code, option["test"]) for code, option in options() if vague.search(option["test"])
    ] == []


def test_every_indicator_says_what_takes_it_out() -> None:
    for one in indicators():
        text = one["not_applicable"].lower()
        assert "not applicable" in text or "competence" in text, one["code"]


def test_topics_point_to_documented_topics_only() -> None:
    known = {f"T{n:02}" for n in range(1, 18)} | {f"A{n:02}" for n in range(1, 9)}
    assert {topic for one in indicators() for topic in one["topic_ids"]} == known


def test_the_file_is_written_for_reading() -> None:
    lines = FILE.read_text(encoding="utf-8").splitlines()
    assert max(len(line) for line in lines) < 1000
    assert sum(line.lstrip().startswith('"question"') for line in lines) == 61
