"""The documents say what the code does: a new setting or problem fails here until described."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from services.gateway.routes import ROUTES
from services.indicators.domain.answers import Answers
from services.indicators.domain.display import band, rounded
from services.indicators.domain.ranking import ranks
from services.indicators.domain.scoring import Scores, score
from services.indicators.published.formats import methodology_of
from shared.feed import Change, Page
from shared.problems import Problem
from tests.habits.blocks import blocks
from tests.habits.names import ROOT, Named, command_line, settings

DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
DECISIONS = sorted((DOCS / "decisions").glob("0*.md"))


def text(page: str) -> str:
    return (DOCS / page).read_text("utf-8")


def one_line(page: str) -> str:
    return " ".join(text(page).split())


# ------------------------------------------------------------------ reference


def row(setting: Named) -> str:
    """How the setting stands in its table."""
    value = setting.field.default
    if isinstance(value, Path) and value.is_absolute():
        value = value.relative_to(ROOT)
    shown = f"`{value}`" if str(value) else "empty"
    return f"| `{setting.name}` | {shown} | {setting.field.description} |"


@pytest.mark.parametrize("setting", list(settings()), ids=lambda one: one.name)
def test_a_setting_stands_in_the_reference_with_its_default(setting: Named) -> None:
    assert row(setting) in text("reference/settings.md").splitlines()


def test_the_reference_knows_no_setting_that_there_is_not() -> None:
    described = set(re.findall(r"^\| `([A-Z_]+)`", text("reference/settings.md"), re.M))
    assert described == {one.name for one in settings()} | command_line()


def problems(kind: type[Problem] = Problem) -> Iterator[type[Problem]]:
    for leaf in kind.__subclasses__():
        if leaf.__module__.startswith(("shared", "services")):
            yield leaf
            yield from problems(leaf)


@pytest.mark.parametrize("problem", list(problems()), ids=lambda one: one.__name__)
def test_a_problem_has_a_section_with_status_and_title(problem: type[Problem]) -> None:
    anchor = problem.type.removeprefix("/problems/")
    found = re.search(
        rf"^## {anchor}\n\n(.*?)(?=^## |\Z)", text("reference/problems.md"), re.M | re.S
    )
    assert found, f"docs/reference/problems.md has no section {anchor}"
    assert " ".join(found[1].split()).startswith(f"{problem.status}. {problem.title}")


def test_the_reference_knows_no_problem_that_there_is_not() -> None:
    described = re.findall(r"^## (.+)$", text("reference/problems.md"), re.M)
    assert sorted(described) == sorted({one.type.split("/")[-1] for one in problems()})


def test_each_public_route_stands_in_the_reference() -> None:
    page = text("reference/api.md")
    # The steps of the workflow share one beginning there.
    shown = {one.path: one.path for one in ROUTES if not one.path.startswith(("/openapi", "/docs"))}
    shown |= {
        path: path.removeprefix("/practices/{practice_id}")
        for path in shown
        if path.endswith(("take-back", "publish", "withdraw"))
    }
    missing = [path for path, name in shown.items() if not re.search(f"{re.escape(name)}`", page)]
    assert missing == []


@pytest.mark.parametrize("shape", [Page, Change])
def test_each_field_of_the_feed_stands_in_the_reference(shape: type[Page | Change]) -> None:
    page = text("reference/events.md")
    assert [name for name in shape.model_fields if f'"{name}":' not in page] == []


@pytest.mark.parametrize("service", ["gateway", "indicators", "practices", "search"])
def test_the_architecture_names_every_room_of_a_service(service: str) -> None:
    places = (ROOT / "services" / service).glob("*/__init__.py")
    rooms = {place.parent.name for place in places} - {"domain"}
    table = text("architecture.md").partition("## Rooms and tables")[2]
    (named,) = re.findall(rf"^\| {service} \| (.+?) \|", table, re.M)
    assert rooms <= set(re.findall(r"`(\w+)`", named))


@pytest.mark.parametrize("service", ["gateway", "indicators", "practices"])
def test_the_architecture_names_every_table_of_a_service_and_no_other(service: str) -> None:
    import_module(f"services.{service}.app")
    tables = import_module(f"services.{service}.tables").METADATA.tables
    rooms = text("architecture.md").partition("## Rooms and tables")[2]
    (row,) = re.findall(rf"^\| {service} \| .+ \| (.+) \|$", rooms, re.M)
    assert sorted(re.findall(r"`(\w+)`", row)) == sorted(tables)


# ------------------------------------------------------------------ pages


def test_each_page_is_reached_from_the_menu() -> None:
    listed = re.findall(r": ([\w/-]+\.md)$", (ROOT / "mkdocs.yml").read_text(), re.M)
    assert sorted(listed) == sorted(str(page.relative_to(DOCS)) for page in PAGES)


def test_the_site_is_built_without_a_warning_and_asks_no_other_host(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "-d", str(tmp_path)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert built.returncode == 0, built.stderr
    fetched = [one for page in tmp_path.rglob("*.html") for one in _fetched(page)]
    assert fetched
    styles = "".join(style.read_text("utf-8") for style in tmp_path.rglob("*.css"))
    fetched += re.findall(r"url\(['\"]?([^'\")]+)", styles)
    assert [one for one in fetched if one.startswith(("http:", "https:", "//"))] == []


class _Fetched(HTMLParser):
    """Collects what a browser fetches by itself; a link that waits for a click is not."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in ("script", "img", "iframe", "source"):
            self.found += [given["src"] or ""] if "src" in given else []
        if tag == "link" and given.get("rel") != "canonical":
            self.found.append(given.get("href") or "")


def _fetched(page: Path) -> list[str]:
    parser = _Fetched()
    parser.feed(page.read_text("utf-8"))
    return parser.found


@pytest.mark.parametrize("page", [ROOT / "README.md", *PAGES], ids=lambda page: page.name)
def test_each_block_of_commands_says_whether_it_is_run(page: Path) -> None:
    silent = [one.text.splitlines()[0] for one in blocks(page) if not (one.name or one.why)]
    assert silent == []


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"])
def test_each_link_of_the_front_door_leads_somewhere(name: str) -> None:
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", (ROOT / name).read_text("utf-8"))
    local = [link for link in links if "://" not in link and not link.startswith("mailto:")]
    assert [link for link in local if not (ROOT / link).exists()] == []


def test_the_counts_in_the_front_door_are_those_of_the_data() -> None:
    page = (ROOT / "README.md").read_text("utf-8")
    data = ROOT / "services"
    practices = (data / "practices/data/practices.jsonl").read_text().splitlines()
    values = (data / "indicators/data/outcomes/observations.csv").read_text().splitlines()
    regions = json.loads((data / "indicators/data/regions.json").read_text())["regions"]
    assert f"| {len(practices)} practices |" in page
    assert f"| {len(values) - 1:,} outcome values |" in page
    assert f"| {len(regions)} regions |" in page


def test_each_target_that_the_documents_name_is_in_the_makefile() -> None:
    known = set(re.findall(r"^([a-z]+):.*##", (ROOT / "Makefile").read_text(), re.M))
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *PAGES]
    named = {
        one for page in pages for one in re.findall(r"`make ([a-z]+)", page.read_text("utf-8"))
    }
    assert named <= known


# ------------------------------------------------------------------ decisions


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_a_decision_has_the_four_headings_and_fits_a_screen(page: Path) -> None:
    lines = page.read_text("utf-8").splitlines()
    assert [line for line in lines if line.startswith("## ")] == [
        "## Context",
        "## Decision",
        "## Consequences",
        "## Alternatives",
    ]
    assert lines[0].startswith(f"# {page.stem[:4]} ")
    assert len(lines) <= 60


def test_decisions_are_numbered_without_gaps() -> None:
    assert [int(page.stem[:4]) for page in DECISIONS] == list(range(1, len(DECISIONS) + 1))


def test_the_list_of_decisions_says_what_each_of_them_says_of_itself() -> None:
    said = [
        f"| [{page.stem[:4]}]({page.name}) | {title[7:]} | {status} |"
        for page in DECISIONS
        for title, status in [_title_and_status(page)]
    ]
    listed = [row for row in text("decisions/index.md").splitlines() if row.startswith("| [0")]
    assert listed == said


def _title_and_status(page: Path) -> tuple[str, str]:
    title, _, status = page.read_text("utf-8").splitlines()[:3]
    return title, status.split(". ")[1].rstrip(".").lower()


def test_a_decision_that_the_code_cites_exists() -> None:
    numbers = {page.stem[:4] for page in DECISIONS}
    sources = [
        path for part in ("services", "shared", "deploy") for path in (ROOT / part).rglob("*")
    ]
    cited = {
        number
        for path in sources
        if path.suffix in (".py", ".sh", ".yaml", "") and path.is_file()
        for number in re.findall(r"decisions?[ /](0\d{3})", path.read_text("utf-8", "ignore"))
    }
    assert cited <= numbers


# ------------------------------------------------------------------ the worked example

POINTS = {"100": "a", "50": "b", "0": "c"}
STATES = {
    "not known": "missing",
    "not applicable": "not_applicable",
    "not competent": "not_competent",
}


def example() -> Scores:
    """The region of docs/method/scoring.md, computed by the scoring core from its table there."""
    table = re.findall(
        r"^\| ([A-F]) .+? \| (.+?) \| (.+?) \|.*\|$", text("method/scoring.md"), re.M
    )
    instrument = json.loads(
        (ROOT / "services/indicators/data/open-instrument-1.json").read_text("utf-8")
    )
    question = instrument["indicators"][0]
    options = [
        {"code": code, "value": int(points), "text": points, "test": points}
        for points, code in POINTS.items()
    ]
    asked = [question | {"code": code, "options": options} for code, *_ in table]
    methodology = methodology_of(instrument | {"indicators": asked})
    rows = [
        {
            "region": "R",
            "indicator": code,
            "group": group,
            "state": STATES.get(answer, "scored"),
            "option": POINTS.get(answer, ""),
        }
        for code, *answers in table
        for group, answer in zip(("TCN", "BIP"), answers, strict=True)
    ]
    return score(methodology, Answers.parse(methodology, rows))


def test_the_worked_example_is_what_the_scoring_core_computes() -> None:
    scores, page = example(), one_line("method/scoring.md")
    overall = scores.one("R")
    tcn, bip = (scores.one("R", "group", group) for group in ("TCN", "BIP"))
    assert overall.score is not None
    assert tcn.score is not None
    assert f"(75 + 50 + 0) / 3 = {rounded(overall.score)}" in page
    assert f"the coverage is {overall.coverage:.0%}".replace("%", " %") in page
    assert f"= {tcn.score:.0f} points, coverage {tcn.coverage:.0%}".replace("%", " %") in page
    assert f"coverage {bip.coverage:.0%}, less than 65%".replace("%", " %") in page
    assert (bip.state, bip.score) == ("insufficient", None)
    found = band(scores.methodology, overall.score)
    assert found is not None
    assert f'"{found.name.lower()}"' in page


def test_the_contributions_of_the_worked_example_are_those_that_are_shown() -> None:
    parts, page = example().contributions("R"), one_line("method/scoring.md")
    shown = parts.displayed()
    assert f"A contributes {shown['A']}, B {shown['B']}, C {shown['C']}" in page
    a, b, c, *_ = parts.gaps.tolist()
    gaps = f"From C {rounded(c)} points could be gained, from B {rounded(b)}, from A {rounded(a)}"
    assert gaps in page
    assert f"together the {rounded(sum(parts.gaps))} that are missing" in page


def test_the_ranks_of_the_worked_example_are_those_of_the_ranking() -> None:
    found = ranks(np.array([62, 125 / 3, 125 / 3, 30, np.nan]))
    assert found.rank.tolist() == [1, 2, 2, 4, 0]
    assert "62.0, 41.7, 41.7 and 30.0 have ranks 1, 2, 2, 4" in one_line("method/scoring.md")


def test_the_bands_in_the_manual_are_those_of_the_open_instrument() -> None:
    shown = re.findall(r"^\| (\d+)(?: to \d+)? \| ([a-z ]+) \|$", text("method/scoring.md"), re.M)
    bands = [(str(one.lower), one.name.lower()) for one in reversed(example().methodology.bands)]
    assert shown == bands
