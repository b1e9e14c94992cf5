"""Both ways through a questionnaire, driven over HTTP by three different programs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.journeys.clients import Person, Program, curl, node, python
from tests.server import ROOT, Server, run

pytestmark = pytest.mark.xdist_group("platform")

DATA = ROOT / "services" / "indicators" / "data"
METHODOLOGY = DATA / "open-instrument-1.json"
ANSWERS = DATA / "demonstration" / "answers.csv"
REGION = "ES51"
SOURCE = {"url": "https://example.org/act", "title": "Act 10/2010", "date": "2010-05-07"}
CELLS = [
    (one["code"], group)
    for one in json.loads(METHODOLOGY.read_text())["indicators"]
    for group in one["groups"]
]


@pytest.fixture(scope="module")
def programs() -> Iterator[dict[str, Program]]:
    """The three, by name."""
    with node() as fetch:
        yield {"curl": curl, "python": python, "node": fetch}


@pytest.fixture(scope="module")
def tokens(server: Server) -> dict[str, str]:
    """Of two experts and a reviewer of the region, and of somebody elsewhere."""
    return {
        "first": token(server, "indicators:write"),
        "second": token(server, "indicators:write"),
        "reviewer": token(server, "indicators:review"),
        "other": token(server, "indicators:write", "ITF4"),
    }


def token(server: Server, scope: str, region: str = REGION) -> str:
    """An access token of a new client."""
    made = server.command(
        "clients", "create", "--region", region, "--scope", scope, "--name", "journey"
    )
    assert made.returncode == 0, made.stderr
    client = dict(line.split("=", 1) for line in made.stdout.splitlines() if "=" in line)
    form = {"grant_type": "client_credentials", **client}
    return httpx.post(f"{server.api}/oauth/token", data=form).json()["access_token"]


def whole(**changes: str) -> dict[str, Any]:
    """An answer to every cell, the first option unless changed."""
    return {
        "answers": [
            {"indicator": code, "group": group, "state": "scored",
             "option": changes.get(f"{code}_{group}", "a")}
            for code, group in CELLS
        ]
    }  # fmt: skip


ROLES = (("curl", "python", "node"), ("python", "node", "curl"), ("node", "curl", "python"))


@pytest.mark.parametrize("roles", ROLES, ids=["-".join(one) for one in ROLES])
def test_two_experts_and_a_reviewer_publish_an_edition(
    server: Server,
    programs: dict[str, Program],
    tokens: dict[str, str],
    roles: tuple[str, str, str],
):
    first, second, reviewer = (
        Person(programs[name], server.api, tokens[who])
        for name, who in zip(roles, ("first", "second", "reviewer"), strict=True)
    )
    edition = f"journey-{'-'.join(roles)}"
    opened = reviewer.ask("POST", "/editions", an_edition(edition))
    assert opened.status == 201, opened.text
    body = {"edition": edition, "region": REGION, "kind": "edition"}
    begun = first.ask("POST", "/assessments", body)
    assert begun.status == 201, begun.text
    path = f"/assessments/{begun.json['id']}"
    assert second.ask("POST", f"{path}/claim").json["seat"] == 2

    answer = {"state": "scored", "option": "b", "evidence": "Art. 9 à 12", "sources": [SOURCE]}
    cell = f"{path}/answers/F01/TCN"
    saved = first.change("PUT", cell, answer)
    assert saved.headers["etag"] == '"v1"'
    assert first.ask("PUT", cell, answer, '"v0"').status == 412
    assert second.read(cell).json["state"] is None
    rest = {"answers": whole()["answers"][1:]}
    first.change("PUT", f"{path}/answers", rest, f"{path}/answers")
    second.change("PUT", f"{path}/answers", whole(F01_TCN="c"), f"{path}/answers")
    assert second.ask("GET", f"{path}/answers?seat=1").status == 403
    assert first.change("POST", f"{path}/submit", of=path).json["state"] == "answering"
    assert second.change("POST", f"{path}/submit", of=path).json["state"] == "in_review"

    review = reviewer.read(f"{path}/review").json
    differing = [one["indicator"] for one in review["items"] if not one["agrees"]]
    assert (differing, review["undecided"]) == (["F01"], 1)
    back = {"seats": [2], "comment": "Read Art. 9 again."}
    reviewer.change("POST", f"{path}/return", back, path)
    second.change("PUT", cell, {"state": "scored", "option": "b"})
    second.change("POST", f"{path}/submit", of=path)
    reviewer.change("POST", f"{path}/accept", of=path)
    done = reviewer.change("POST", f"{path}/publish", {"reason": "The first publication."}, path)
    assert (done.json["state"], done.json["revision"]) == ("published", 2)
    frozen = first.ask("PUT", cell, answer, '"v1"')
    assert (frozen.status, frozen.json["errors"][0]["code"]) == (409, "E_FROZEN_EDITION")

    profile = second.read(f"/editions/{edition}/regions/{REGION}").json
    shown = profile["answers"][0]
    assert (shown["option"], shown["evidence"]) == ("b", "Art. 9 à 12")
    assert shown["sources"] == [SOURCE]
    log = reviewer.read(f"{path}/log").json["items"]
    taken = ["return", "save", "submit", "accept", "publish"]
    assert [one["action"] for one in log][-5:] == taken


@pytest.mark.parametrize("name", ["curl", "python", "node"])
def test_a_region_assesses_itself_and_hands_it_in(
    server: Server,
    programs: dict[str, Program],
    tokens: dict[str, str],
    name: str,
    tmp_path: Path,
):
    me, other = (Person(programs[name], server.api, tokens[who]) for who in ("first", "other"))
    reviewer = Person(python, server.api, tokens["reviewer"])
    edition = f"self-{name}"
    assert reviewer.ask("POST", "/editions", an_edition(edition)).status == 201
    body = {"edition": edition, "region": REGION, "kind": "self"}
    path = f"/assessments/{me.ask('POST', '/assessments', body).json['id']}"
    me.change("PUT", f"{path}/answers", whole(F02_TCN="c"), f"{path}/answers")
    for stranger in (other, reviewer):
        assert stranger.ask("GET", path).status == 404

    scores = me.read(f"{path}/scores?compare=demonstration").json
    export = me.read(f"{path}/export?format=csv").text
    file = tmp_path / "answers.csv"
    columns = ("region", "indicator", "group", "state", "option")
    file.write_text(only(export, columns))
    offline = json.loads(run(tmp_path, "indicators", "score", str(METHODOLOGY), str(file)).stdout)
    own = {(s["axis"], s["dimension"], s["group"]): s["score"] for s in scores["scores"]}
    assert {(s["axis"], s["dimension"], s["group"]): s["score"] for s in offline["scores"]} == own
    assert scores["compare"]["edition"] == "demonstration"

    handed = me.ask("POST", f"{path}/to-edition", {"edition": edition})
    assert handed.status in (200, 201), handed.text
    seat = me.read(f"/assessments/{handed.json['id']}/answers").json
    given = {(c["indicator"], c["group"]): c["option"] for c in seat["items"]}
    assert given["F02", "TCN"] == "c"
    assert len(given) == len(CELLS)


def test_the_offline_command_gives_the_numbers_of_the_demonstration(server: Server, tmp_path: Path):
    done = run(tmp_path, "indicators", "score", str(METHODOLOGY), str(ANSWERS))
    offline = json.loads(done.stdout)
    api = httpx.get(f"{server.api}/editions/demonstration/scores").json()
    assert offline["score_id"] == api["score_id"]
    names = ("region", "axis", "dimension", "group", "score", "coverage", "state", "rank",
             "n_ranked", "tie_size", "percentile", "n_scored", "n_eligible",
             "share_not_applicable", "share_not_competent")  # fmt: skip
    assert [[one[name] for name in names] for one in offline["scores"]] == [
        [one[name] for name in names] for one in api["items"]
    ]
    assert len(api["items"]) > 1000


def an_edition(name: str) -> dict[str, Any]:
    """The body of a new edition."""
    return {
        "id": name, "title": "An edition", "notice": "Answered in a test.",
        "methodology": "open-instrument-1", "methodology_version": "1.0.0",
        "date": "2026-11-22", "licence": "CC-BY-4.0", "source": "A test",
    }  # fmt: skip


def only(text: str, columns: tuple[str, ...]) -> str:
    """A CSV file with these columns alone."""
    rows = list(csv.DictReader(io.StringIO(text)))
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()
