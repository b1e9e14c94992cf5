"""The demonstration agrees with everything that was published about the regions in words.

One test per published finding (REGIN final report, reginproject.eu, CIDOB Briefing 37), on
scores from the scoring core. What scores cannot show is left out:

- Catalonia's labour finding is about migrant youth and says why a pilot action was chosen:
  the instrument has no indicator on youth, and a reason is no score. The area is checked.
- Campania's stakeholders were told that an *inclusive* strategy is missing: the answers say
  that there is no strategy, not what it would be like.
- Navarra's result is the region's own reading of it; the scores behind are checked.
- "Occasional" and "ad hoc" are one option of E01, so the two are not told apart.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from statistics import fmean

import numpy as np

from services.indicators.domain.answers import Answers
from services.indicators.domain.display import band
from services.indicators.domain.methodology import Methodology
from services.indicators.domain.scoring import Scores, score
from services.indicators.published import formats

ROOT = Path(__file__).parents[3]
DATA = ROOT / "services/indicators/data"
EDITION = DATA / "demonstration"
GENERATOR = ROOT / "deploy/sample/make_demonstration.py"

AZORES, CAMPANIA, CATALONIA, MURCIA, PUGLIA, SKANE = "PT20", "ITF3", "ES51", "ES62", "ITF4", "SE224"
PILOTS = (AZORES, CAMPANIA, CATALONIA, MURCIA, PUGLIA, SKANE)
BASQUE_COUNTRY, MELILLA, NAVARRA, VALENCIA = "ES21", "ES64", "ES22", "ES52"
SPANISH = (BASQUE_COUNTRY, CATALONIA, MELILLA, MURCIA, NAVARRA, VALENCIA)

PHASES = ("formulation", "policy-output", "implementation", "evaluation")
ELEMENTS = ("actions", "actors-and-relations", "resources")
BOTH = ("TCN", "BIP")

HALFWAY = "halfway-favourable"
UNFAVOURABLE = {"critically-unfavourable", "unfavourable", "slightly-unfavourable"}
DEVELOPED = {"slightly-favourable", "favourable"}

SMALL_GAP = 8
"""Points between the target groups that still count as a small gap."""


@cache
def methodology() -> Methodology:
    text = (DATA / "open-instrument-1.json").read_text(encoding="utf-8")
    return formats.methodology(text).methodology


@cache
def answers() -> Answers:
    text = (EDITION / "answers.csv").read_text(encoding="utf-8")
    return Answers.from_csv(methodology(), text)


@cache
def scores() -> Scores:
    return score(methodology(), answers())


def points(region: str, axis: str = "overall", dimension: str = "overall") -> float:
    found = scores().one(region, axis, dimension).score
    assert found is not None, (region, dimension)
    return found


def phase(region: str, name: str) -> float:
    return points(region, "phase", name)


def element(region: str, name: str) -> float:
    return points(region, "element", name)


def gap(region: str) -> float:
    """Points by which TCN lie above BIP."""
    return points(region, "group", "TCN") - points(region, "group", "BIP")


def band_of(region: str, axis: str = "overall", dimension: str = "overall") -> str:
    found = band(methodology(), points(region, axis, dimension))
    assert found is not None
    return found.code


def answer(region: str, code: str, group: str) -> int | None:
    """Points of one answer; None when the cell is not scored."""
    option = answers().cell(region, code, group).option
    values = {one.code: one.value for one in methodology().indicator(code).options}
    return None if option is None else int(values[option])


def both(region: str, code: str) -> list[int | None]:
    return [answer(region, code, group) for group in BOTH]


def mean_of(regions: tuple[str, ...], codes: tuple[str, ...]) -> float:
    found = [value for region in regions for code in codes for value in both(region, code)]
    return fmean(value for value in found if value is not None)


def has_the_strategy(region: str) -> bool:
    return both(region, "O01") == [100, 100]


def evaluates_regularly(region: str) -> bool:
    return both(region, "E01") == [100, 100]


# ------------------------------------------------------------- findings on the six pilots


def test_catalonia_has_the_highest_policy_output_of_the_six_pilots() -> None:
    assert max(PILOTS, key=lambda region: phase(region, "policy-output")) == CATALONIA


def test_catalonia_alone_of_the_six_has_a_comprehensive_strategy_for_both_groups() -> None:
    assert [region for region in PILOTS if has_the_strategy(region)] == [CATALONIA]
    others = [both(region, "O01") for region in PILOTS if region != CATALONIA]
    assert all(100 not in pair for pair in others)


def test_catalonia_alone_of_the_six_evaluates_regularly_for_both_groups() -> None:
    assert [region for region in PILOTS if evaluates_regularly(region)] == [CATALONIA]


def test_puglia_has_the_highest_evaluation_of_the_six_pilots() -> None:
    assert max(PILOTS, key=lambda region: phase(region, "evaluation")) == PUGLIA


def test_the_other_five_pilots_evaluate_occasionally_ad_hoc_or_not_at_all() -> None:
    for region in PILOTS:
        assert region == CATALONIA or set(both(region, "E01")) <= {33, 0}, region


def test_most_of_the_other_five_pilots_score_low_on_evaluation() -> None:
    others = [region for region in PILOTS if region != CATALONIA]
    low = [one for one in others if band_of(one, "phase", "evaluation") in UNFAVOURABLE]
    assert len(low) > len(others) / 2
    lowest = [
        one for one in others if phase(one, "evaluation") == min(phase(one, p) for p in PHASES)
    ]
    assert len(lowest) > len(others) / 2


def test_implementation_is_better_than_formulation_and_policy_output_over_the_six_pilots() -> None:
    mean = {name: fmean(phase(region, name) for region in PILOTS) for name in PHASES}
    assert mean["implementation"] > mean["formulation"]
    assert mean["implementation"] > mean["policy-output"]


def test_pilots_support_local_authorities_and_ngos_better_than_they_involve_others() -> None:
    support = mean_of(PILOTS, ("I03", "I04", "I05", "I06"))
    assert support > mean_of(PILOTS, ("F03", "F04", "F05", "E04"))


def test_pilots_support_local_authorities_and_ngos_better_than_they_enact_policies() -> None:
    support = mean_of(PILOTS, ("I03", "I04", "I05", "I06"))
    assert support > fmean(phase(region, "policy-output") for region in PILOTS)


def test_tcn_score_above_bip_in_every_pilot_but_puglia() -> None:
    assert [region for region in PILOTS if gap(region) <= 0] == [PUGLIA]


def test_the_gap_between_the_groups_is_small_except_in_the_azores_where_it_is_strong() -> None:
    others = [abs(gap(region)) for region in PILOTS if region not in (AZORES, PUGLIA)]
    assert max(others) < SMALL_GAP
    assert gap(AZORES) > 2 * SMALL_GAP


def test_bip_score_above_tcn_in_puglia() -> None:
    assert gap(PUGLIA) < 0


# ----------------------------------------------------------- findings on single regions


def test_campania_is_halfway_without_a_structured_strategy() -> None:
    assert band_of(CAMPANIA) == HALFWAY
    assert both(CAMPANIA, "O01") == [0, 0]


def test_campania_is_relatively_strong_on_formulation_and_resources() -> None:
    assert phase(CAMPANIA, "formulation") > points(CAMPANIA)
    assert element(CAMPANIA, "resources") == max(element(CAMPANIA, name) for name in ELEMENTS)


def test_campania_is_better_developed_for_tcn_than_for_bip() -> None:
    assert gap(CAMPANIA) > 0


def test_campania_lacks_a_regional_strategy_and_its_policy_output_shows_it() -> None:
    assert phase(CAMPANIA, "policy-output") == min(phase(CAMPANIA, name) for name in PHASES)


def test_puglia_is_halfway() -> None:
    assert band_of(PUGLIA) == HALFWAY


def test_puglia_is_very_strong_on_resources() -> None:
    assert element(PUGLIA, "resources") == max(element(PUGLIA, name) for name in ELEMENTS)
    assert band_of(PUGLIA, "element", "resources") in DEVELOPED


def test_puglia_is_rather_advanced_on_implementation_and_evaluation() -> None:
    for name in ("implementation", "evaluation"):
        assert phase(PUGLIA, name) > points(PUGLIA)
        assert band_of(PUGLIA, "phase", name) in DEVELOPED


def test_murcia_is_unfavourable_for_both_groups_and_slightly_better_for_tcn() -> None:
    assert band_of(MURCIA) in UNFAVOURABLE
    assert all(band_of(MURCIA, "group", group) in UNFAVOURABLE for group in BOTH)
    assert 0 < gap(MURCIA) < SMALL_GAP


def test_skane_is_quite_developed_without_an_overarching_strategy() -> None:
    assert band_of(SKANE) in DEVELOPED
    assert both(SKANE, "O01") == [0, 0]


def test_skane_treats_the_two_groups_about_equally() -> None:
    assert abs(gap(SKANE)) == min(abs(gap(region)) for region in PILOTS)
    assert abs(gap(SKANE)) < 2


def test_skane_is_strong_on_implementation_and_resources() -> None:
    assert phase(SKANE, "implementation") == max(phase(SKANE, name) for name in PHASES)
    assert element(SKANE, "resources") == max(element(SKANE, name) for name in ELEMENTS)
    assert band_of(SKANE, "phase", "implementation") in DEVELOPED
    assert band_of(SKANE, "element", "resources") in DEVELOPED


def test_the_azores_are_rather_well_established() -> None:
    assert points(AZORES) > fmean(points(region) for region in PILOTS)
    assert band_of(AZORES) in {HALFWAY, *DEVELOPED}


def test_the_azores_can_improve_development_and_evaluation_of_policies() -> None:
    lower = sorted(PHASES, key=lambda name: phase(AZORES, name))[:2]
    assert set(lower) == {"policy-output", "evaluation"}


def test_the_azores_include_actors_well_and_have_limited_resources() -> None:
    assert band_of(AZORES, "element", "actors-and-relations") in DEVELOPED
    assert band_of(AZORES, "element", "resources") in UNFAVOURABLE


def test_labour_is_one_of_the_lower_scores_of_catalonia() -> None:
    areas = [
        one.code for axis in methodology().axes for one in axis.dimensions if axis.code == "area"
    ]
    by_points = sorted(areas, key=lambda area: points(CATALONIA, "area", area))
    assert "labour-market" in by_points[:2]
    assert points(CATALONIA, "area", "labour-market") < points(CATALONIA)


def test_navarra_has_a_strong_institutional_structure_and_a_wide_network() -> None:
    assert both(NAVARRA, "I01") == [100, 100]
    assert all(value is not None and value >= 75 for value in both(NAVARRA, "I02"))
    actors = {region: element(region, "actors-and-relations") for region in scores().regions}
    assert actors[NAVARRA] > np.quantile(list(actors.values()), 2 / 3)
    assert actors[NAVARRA] == max(element(NAVARRA, name) for name in ELEMENTS)


# ------------------------------------------------------ findings on the six Spanish regions


def test_data_control_and_the_view_of_those_concerned_are_weak_in_the_spanish_regions() -> None:
    overall = fmean(points(region) for region in SPANISH)
    for code in ("F01", "E07", "E04"):
        assert mean_of(SPANISH, (code,)) < min(overall, 41), code


def test_the_more_advanced_spanish_regions_have_a_strategy_an_apparatus_and_own_resources() -> None:
    ranked = sorted(SPANISH, key=points, reverse=True)
    ahead, behind = tuple(ranked[:3]), tuple(ranked[3:])
    for code in ("O01", "I01", "O04"):
        assert mean_of(ahead, (code,)) > mean_of(behind, (code,)), code
    assert min(element(one, "resources") for one in ahead) > max(
        element(one, "resources") for one in behind
    )


def test_spanish_regions_ahead_for_migrants_are_ahead_for_asylum() -> None:
    for_tcn, for_bip = (
        sorted(SPANISH, key=lambda region: points(region, "group", group), reverse=True)
        for group in BOTH
    )
    assert for_tcn[:3] == for_bip[:3]


# ------------------------------------------------------------------- the edition itself


def test_the_edition_says_that_its_answers_are_invented() -> None:
    edition = json.loads((EDITION / "edition.json").read_text(encoding="utf-8"))
    assert edition["kind"] == "demonstration"
    assert "synthetic" in edition["notice"]
    assert "not findings about any region" in edition["notice"]
    assert formats.edition(json.dumps(edition)).methodology == methodology().id
    assert edition["methodology_version"] == methodology().version


def test_the_generator_writes_the_committed_bytes(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-I", GENERATOR, tmp_path], check=True)
    for name in ("answers.csv", "edition.json"):
        assert (tmp_path / name).read_bytes() == (EDITION / name).read_bytes(), name


def test_every_cell_of_the_25_regions_has_one_row() -> None:
    with (EDITION / "answers.csv").open(encoding="utf-8", newline="") as file:
        cells = [(r["region"], r["indicator"], r["group"]) for r in csv.DictReader(file)]
    assert len(cells) == len(set(cells)) == 25 * 61 * 2


def test_the_25_regions_are_those_of_mipex_r() -> None:
    regions = json.loads((DATA / "regions.json").read_text(encoding="utf-8"))["regions"]
    assert list(answers().regions) == sorted(one["code"] for one in regions if one["in_mipex_r"])


def test_some_cells_are_missing_out_of_place_or_out_of_competence() -> None:
    states = [one.state for one in answers().rows()]
    share = {name: states.count(name) / len(states) for name in set(states)}
    assert 0.03 < share["missing"] < 0.05
    assert 0.01 < share["not_competent"] < 0.03
    assert 0 < share["not_applicable"] < 0.01


def test_the_demonstration_shows_every_state_that_a_score_can_have() -> None:
    assert scores().one("BE3", "area", "education").state == "not_applicable"
    assert scores().one("PT17", "area", "housing").state == "insufficient"
    assert all(scores().one(region).state == "ok" for region in scores().regions)


def test_regions_differ_and_none_is_perfect_or_empty() -> None:
    overall = [points(region) for region in scores().regions]
    assert 20 < min(overall) < 35
    assert 65 < max(overall) < 80
    assert 10 < np.std(overall) < 20


def test_without_an_evaluation_nobody_was_heard_in_it() -> None:
    for one in answers().rows():
        if one.indicator == "E01" and answer(one.region, "E01", one.group) == 0:
            for code in ("E03", "E04", "E06"):
                assert answer(one.region, code, one.group) in (0, None), (one.region, code)


def test_the_demonstration_does_not_pose_as_the_published_scores() -> None:
    with (DATA / "mipex-r-2021-published/scores.csv").open(encoding="utf-8", newline="") as file:
        for one in csv.DictReader(file):
            invented = points(one["region"], one["axis"], one["dimension"])
            assert abs(invented - float(one["score"])) > 1, one["region"]
