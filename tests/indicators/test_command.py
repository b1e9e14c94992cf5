"""Scores from files: the API's numbers, the same bytes, every error at once."""

from __future__ import annotations

import copy
import csv
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest

from services.__main__ import main
from services.indicators.published import formats
from shared.problems import Invalid
from tests.indicators.conftest import DATA

METHODOLOGY = DATA / "open-instrument-1.json"
ANSWERS = DATA / "demonstration/answers.csv"
SCHEMA = DATA.parents[2] / "docs/reference/schemas/methodology.schema.json"


def score(*words: str | Path) -> int:
    return main(["indicators", "score", *map(str, words)])


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    """A copy of the answers that a test may break."""
    return Path(shutil.copy(ANSWERS, tmp_path / "answers.csv"))


# ------------------------------------------------------------------ the API's numbers


@pytest.mark.anyio
async def test_the_command_gives_the_numbers_of_the_api(
    client: httpx.AsyncClient, capsys: pytest.CaptureFixture[str]
):
    assert score(METHODOLOGY, ANSWERS, "--robustness", "1000", "--seed", "7") == 0
    found = json.loads(capsys.readouterr().out)
    api = (await client.get("/editions/demonstration/scores")).json()
    assert (found["score_id"], found["answers_hash"]) == (api["score_id"], api["answers_hash"])
    same = ("region", "axis", "dimension", "group", "score", "coverage", "state", "rank",
            "n_ranked", "tie_size", "percentile", "n_scored", "n_eligible", "share_not_applicable",
            "share_not_competent")  # fmt: skip
    for one, row in zip(found["scores"], api["items"], strict=True):
        assert [one[name] for name in same] == [row[name] for name in same]
        assert one["band"] == (row["band"]["code"] if row["band"] else None)
    bands = (await client.get("/editions/demonstration/robustness?n=1000&seed=7")).json()
    assert found["robustness"]["score_id"] == bands["score_id"]
    assert found["robustness"]["spec"] == bands["spec"]
    for one, row in zip(found["robustness"]["items"], bands["items"], strict=True):
        assert one == {name: row[name] for name in one}


@pytest.mark.parametrize("format", ["json", "csv"])
def test_equal_files_give_equal_bytes(format: str, capsys: pytest.CaptureFixture[str]):
    words = (METHODOLOGY, ANSWERS, "--robustness", "1000", "--format", format)
    score(*words)
    first = capsys.readouterr().out
    score(*words)
    assert capsys.readouterr().out == first


def test_the_number_of_threads_does_not_matter():
    command = [sys.executable, "-m", "services", "indicators", "score", METHODOLOGY, ANSWERS]
    found = [
        subprocess.run(
            [*map(str, command), "--robustness", "1000"],
            env={**os.environ, "OPENBLAS_NUM_THREADS": threads},
            capture_output=True, check=True, timeout=60,
        ).stdout
        for threads in ("1", "4")
    ]  # fmt: skip
    assert found[0] == found[1]
    assert json.loads(found[0])["robustness"]["items"]


def test_the_order_of_rows_does_not_matter(answers: Path, capsys: pytest.CaptureFixture[str]):
    header, *rows = ANSWERS.read_text().splitlines()
    answers.write_text("\ufeff" + "\r\n".join([header, *reversed(rows)]))
    score(METHODOLOGY, answers)
    turned = capsys.readouterr().out
    score(METHODOLOGY, ANSWERS)
    assert capsys.readouterr().out == turned


def test_the_table_holds_the_same_numbers(capsys: pytest.CaptureFixture[str]):
    score(METHODOLOGY, ANSWERS, "--robustness", "1000")
    whole = json.loads(capsys.readouterr().out)
    score(METHODOLOGY, ANSWERS, "--robustness", "1000", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [one["score"] for one in rows] == [
        "" if one["score"] is None else repr(one["score"]) for one in whole["scores"]
    ]
    overall = [one for one in rows if (one["dimension"], one["group"]) == ("overall", "ALL")]
    bands = whole["robustness"]["items"]
    assert [one["q95"] for one in overall] == [str(one["q95"]) for one in bands]


def test_other_weights_give_other_scores(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    codes = [one["code"] for one in json.loads(METHODOLOGY.read_text())["indicators"]]
    weights = tmp_path / "weights.csv"
    weights.write_text(
        "indicator,weight\n" + "".join(f"{c},{1 + n % 3}\n" for n, c in enumerate(codes))
    )
    found = {}
    for words in ([], ["--weights", weights]):
        assert score(METHODOLOGY, ANSWERS, *words) == 0
        whole = json.loads(capsys.readouterr().out)
        found[whole["weights_hash"]] = whole["scores"][0]["score"], whole["score_id"]
    (first, second) = found.values()
    assert first[0] != second[0]
    assert first[1] != second[1]


def test_experts_who_share_out_points_make_the_weights(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    codes = [one["code"] for one in json.loads(METHODOLOGY.read_text())["indicators"]]
    experts, weights = tmp_path / "experts.csv", tmp_path / "weights.csv"
    # Ana halves her points, Bo shares out 610 evenly: each counts as much as the other.
    rows = [f"Ana,{code},1" for code in codes[:2]] + [f"Bo,{code},10" for code in codes]
    experts.write_text("\n".join(["expert,indicator,points", *rows]))
    means = [(Fraction(n < 2, 2) + Fraction(1, 61)) * 50 for n in range(len(codes))]
    given = [f"{code},{float(mean):.4f}" for code, mean in zip(codes, means, strict=True)]
    weights.write_text("\n".join(["indicator,weight", *given]))
    found = []
    for words in (["--experts", experts], ["--weights", weights]):
        assert score(METHODOLOGY, ANSWERS, *words) == 0
        found.append(json.loads(capsys.readouterr().out))
    assert found[0] == found[1]


# ------------------------------------------------------------------ errors


def test_all_errors_of_all_files_come_at_once(
    answers: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    lines = ANSWERS.read_text().splitlines()
    lines[1:4] = ["AT13,none,TCN,scored,a", "AT13,F01,TCN,scored,zz", "AT13,F01,none,missing,"]
    answers.write_text("\n".join([*lines, lines[-1]]))
    weights = tmp_path / "weights.csv"
    weights.write_text("indicator,weight\nF01,-1\nF02,NaN\nF02,1\n")
    assert score(METHODOLOGY, answers, "--weights", weights) == 1
    caught = capsys.readouterr()
    assert caught.out == ""
    for named in (
        "answers.csv: row 2, column indicator: E_UNKNOWN_INDICATOR",
        "answers.csv: row 3, column option: E_UNKNOWN_OPTION: F01 has no such option; found 'zz'",
        "answers.csv: row 4, column group: E_GROUP_OUT_OF_SCOPE",
        "E_DUPLICATE_ANSWER",
        "weights.csv: row 2, column weight: E_NEGATIVE_WEIGHT",
        "weights.csv: row 3, column weight: E_FORMAT",
        "weights.csv: row 4, column indicator: E_DUPLICATE_CODE",
        "E_UNWEIGHTED_INDICATOR",
    ):
        assert named in caught.err
    assert "nothing was computed" in caught.err.splitlines()[-1]


def test_wrong_points_of_experts_are_told_with_their_rows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    experts = tmp_path / "experts.csv"
    experts.write_text(
        "expert,indicator,points\nAna,F01,-1\nAna,F99,3\nAna,F02,many\nBo,F01,0\n,F01,2\nAna,F01,5\n"
    )
    assert score(METHODOLOGY, ANSWERS, "--experts", experts) == 1
    caught = capsys.readouterr()
    assert caught.out == ""
    for named in (
        "row 2, column points: E_NEGATIVE_WEIGHT",
        "row 3, column indicator: E_UNKNOWN_INDICATOR",
        "row 4, column points: E_FORMAT",
        "row 5, column expert: E_ZERO_WEIGHT_SUM",
        "row 6, column expert: E_FORMAT",
        "row 7, column indicator: E_DUPLICATE_CODE",
    ):
        assert f"experts.csv: {named}" in caught.err


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"\xff\xfe", "E_ENCODING: This is UTF-16"),
        (b"region,indicator,group,state,option\nES51,\xf1", "row 2: E_ENCODING: Byte 41"),
        (b"", "the header must be"),
        (b"region;indicator;group;state;option\n", "the header must be"),
        (b"region,indicator,group,state,option\nAT13,F01\n", "E_GROUP_OUT_OF_SCOPE"),
        (b"region,indicator,group,state,option\nAT13,F01,TCN,missing,,x\n", "more cells"),
        (b"region,indicator,group,state,option\n,F01,TCN,missing,\n", "E_UNKNOWN_REGION"),
        (b"region,indicator,group,state,option\nAT13,F01,TCN,,\n", "E_UNKNOWN_STATE"),
        (b"region,indicator,group,state,option\n" + b"x" * 200_000, "not CSV"),
    ],
)
def test_a_file_that_is_no_answers_file_is_refused(
    answers: Path, capsys: pytest.CaptureFixture[str], content: bytes, named: str
):
    answers.write_bytes(content)
    assert score(METHODOLOGY, answers) == 1
    assert named in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["--robustness", "10"], "1000"),
        (["--robustness", "1000000"], "100000"),
        (["--robustness", "1000", "--vary-weights", "2"], "E_MC_SPEC"),
        (["--robustness", "1000", "--vary-answers", "NaN"], "E_MC_SPEC"),
        (["--robustness", "1000", "--vary-weights", "0"], "E_NO_EFFECT"),
    ],
)
def test_a_simulation_that_cannot_be_run_is_refused(
    capsys: pytest.CaptureFixture[str], words: list[str], named: str
):
    assert score(METHODOLOGY, ANSWERS, *words) == 1
    assert named in capsys.readouterr().err


def test_a_file_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert score(METHODOLOGY, tmp_path / "nothing.csv") == 1
    assert "nothing.csv: E_FORMAT: cannot be read" in capsys.readouterr().err


# ------------------------------------------------------------------ the schema


@pytest.fixture(scope="module")
def validator() -> Any:
    schema = json.loads(SCHEMA.read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_the_open_instrument_is_as_the_schema_says(validator: Any):
    validator.validate(json.loads(METHODOLOGY.read_text("utf-8")))


def test_a_methodology_with_an_area_mean_is_as_the_schema_says(validator: Any):
    whole = json.loads(METHODOLOGY.read_text("utf-8"))
    areas = next(one["dimensions"] for one in whole["axes"] if one["code"] == "area")
    weights = {one["code"]: "1" for one in areas}
    whole["overall"] = {"rule": "area_mean", "axis": "area", "weights": weights, "cross_area": 2}
    validator.validate(whole)
    formats.methodology(json.dumps(whole))


def put(value: Any, *path: str | int) -> Callable[[Any], None]:
    """What puts a value at a place; `...` takes the place away."""

    def change(whole: Any) -> None:
        *way, last = path
        for part in way:
            whole = whole[part]
        if value is ...:
            del whole[last]
        else:
            whole[last] = value

    return change


ONE = ("indicators", 0)
OPTION = (*ONE, "options", 0)
BROKEN = {
    "no id": put(..., "id"),
    "an id with a space": put("my id", "id"),
    "no version": put(..., "version"),
    "an empty title": put("", "title"),
    "a title that is no text": put(5, "title"),
    "a misspelt field": put("x", "titel"),
    "no groups": put([], "groups"),
    "seven groups": put([{"code": f"G{n}", "name": "x"} for n in range(7)], "groups"),
    "a group without a name": put(..., "groups", 0, "name"),
    "a group called ALL": put("ALL", "groups", 0, "code"),
    "a group of weight 0": put(0, "groups", 0, "weight"),
    "no axes": put([], "axes"),
    "an axis called overall": put("overall", "axes", 0, "code"),
    "an axis of no known kind": put("many", "axes", 0, "kind"),
    "an axis without dimensions": put([], "axes", 0, "dimensions"),
    "an overall rule that does not exist": put({"rule": "mean"}, "overall"),
    "a flat rule with weights": put({"rule": "flat", "weights": {}}, "overall"),
    "an area mean without an axis": put({"rule": "area_mean", "weights": {}}, "overall"),
    "a threshold above 1": put("1.5", "thresholds", "dimension"),
    "a threshold below 0": put(-0.1, "thresholds", "overall"),
    "n_min of 0": put(0, "thresholds", "n_min"),
    "no rule for what is not competent": put("ignore", "not_competent"),
    "no bands": put([], "bands"),
    "a band from 101": put(101, "bands", 5, "from"),
    "a band from 1.5": put(1.5, "bands", 1, "from"),
    "five decimals": put(5, "display_decimals"),
    "no indicators": put([], "indicators"),
    "a question for nobody": put([], *ONE, "groups"),
    "a negative weight": put("-1", *ONE, "weight"),
    "a weight of five decimal places": put("0.12345", *ONE, "weight"),
    "a weight in words": put("one", *ONE, "weight"),
    "no question": put(..., *ONE, "question"),
    "tags that are no lists": put({"element": "actions"}, *ONE, "tags"),
    "no options": put([], *ONE, "options"),
    "an option above 100": put(100.5, *OPTION, "value"),
    "an option without value": put(..., *OPTION, "value"),
    "an option that says NaN": put("NaN", *OPTION, "value"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_the_schema_and_the_reader_refuse_the_same(validator: Any, name: str):
    whole = copy.deepcopy(json.loads(METHODOLOGY.read_text("utf-8")))
    BROKEN[name](whole)
    assert not validator.is_valid(whole)
    with pytest.raises(Invalid):
        formats.methodology_of(whole)
