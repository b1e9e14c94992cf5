"""What makes an evaluation complete."""

from __future__ import annotations

from services.practices.domain.evaluation import gaps, judged, published
from services.practices.domain.practice import unanswered
from services.practices.record.parts import STRUCTURE
from tests.practices.review import ANSWERED, an_evaluation


def test_an_empty_evaluation_lacks_every_question_that_a_region_must_answer():
    missing = {gap.pointer for gap in gaps({}, STRUCTURE)}
    assert {f"/judgements/{code}" for code in judged(STRUCTURE, required=True)} < missing
    assert "/transferability/replication" in missing


def test_a_complete_evaluation_lacks_nothing():
    assert gaps(an_evaluation(), STRUCTURE) == []


def test_a_judgement_needs_its_reason():
    made = an_evaluation()
    made["judgements"]["relevance.needs"]["reason"] = None
    assert [gap.pointer for gap in gaps(made, STRUCTURE)] == ["/judgements/relevance.needs/reason"]


def test_the_questionnaire_needs_its_required_answers_and_spaces_are_none():
    assert unanswered({"questionnaire": ANSWERED}, STRUCTURE) == []
    blank = ANSWERED | {"criteria.relevance.needs": "  "}
    found = unanswered({"questionnaire": blank}, STRUCTURE)
    assert [gap.pointer for gap in found] == ["/questionnaire/criteria.relevance.needs"]
    assert len(unanswered({}, STRUCTURE)) == len(ANSWERED)


def test_what_is_published_says_how_many_judged_and_not_who():
    made = published(an_evaluation(), 2, "2026-11-22")
    assert (made["evaluators"], made["date"]) == (2, "2026-11-22")
    assert made["judgements"] == an_evaluation()["judgements"]
