"""Make the edition `demonstration`: invented answers that show what the platform can do.

    python deploy/sample/make_demonstration.py [FOLDER]

writes answers.csv and edition.json to services/indicators/data/demonstration, or to
FOLDER. The same instrument and the same seed give the same bytes on every machine.

Nothing here is a finding about a region. The levels of the regions that a public report
describes in words are chosen so that those words hold for the invented answers too (a
test names each of them); all other levels are drawn. No level aims at a published score.
"""

from __future__ import annotations

import csv
import io
import json
import random
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

SEED = 20261122
DATA = Path(__file__).parents[2] / "services" / "indicators" / "data"
INSTRUMENT = DATA / "open-instrument-1.json"

GROUPS = ("TCN", "BIP")
REGIONS = (
    "AT13", "AT33", "AT34", "BE2", "BE3", "DE2", "DE3", "DE8", "ES21", "ES22", "ES51", "ES52",
    "ES62", "ES64", "ITF3", "ITF4", "ITH1", "ITH2", "ITH3", "ITH4", "ITH5", "PT17", "PT20",
    "SE224", "SE232",
)  # fmt: skip

EDITION = {
    "id": "demonstration",
    "kind": "demonstration",
    "title": "Demonstration: invented answers",
    "notice": "These answers are synthetic. They were invented by a program to show the platform "
    "and are not findings about any region. Where a public report describes a region in words, "
    "the invented answers agree with the words; no number here was measured.",
    "methodology": "open-instrument-1",
    "methodology_version": "1.0.0",
    "date": "2026-11-22",
    "licence": "CC0-1.0",
    "source": "Invented by a program to show what the platform does; no research behind it",
    "revision": 1,
    "seed": SEED,
    "generator": "deploy/sample/make_demonstration.py",
}


class Level(NamedTuple):
    """Where a region stands, in points: `base` plus what phase, element and area add to it.

    gap  how far the answers for TCN lie above those for BIP; negative: below
    """

    base: float
    phase: Mapping[str, float]
    element: Mapping[str, float]
    area: Mapping[str, float]
    gap: float


def phases(formulation: int, output: int, implementation: int, evaluation: int) -> dict[str, float]:
    """What each phase of the policy cycle adds to the level."""
    return {
        "formulation": formulation,
        "policy-output": output,
        "implementation": implementation,
        "evaluation": evaluation,
    }


def elements(actions: int, actors: int, resources: int) -> dict[str, float]:
    """What each governance element adds to the level."""
    return {"actions": actions, "actors-and-relations": actors, "resources": resources}


# The six pilots and the other Spanish regions; what the report says of them is in the tests.
DESCRIBED = {
    "ES51": Level(60, phases(-2, 16, 2, -8), elements(2, 0, 0), {"labour-market": -34}, 4),
    "ITF4": Level(50, phases(-8, -14, 8, 14), elements(-4, -6, 20), {}, -5),
    "ES62": Level(28, phases(-2, -2, 4, -10), elements(0, 0, 0), {}, 4),
    "SE224": Level(66, phases(-4, -8, 18, -46), elements(-2, -2, 10), {}, 6),
    "PT20": Level(66, phases(0, -8, 4, -24), elements(0, 14, -26), {}, 20),
    "ITF3": Level(48, phases(8, -14, 6, -26), elements(0, -6, 10), {}, 5),
    "ES21": Level(60, phases(-4, 4, 4, -14), elements(0, 2, 4), {}, 3),
    "ES22": Level(55, phases(-4, 0, 4, -14), elements(-4, 14, 0), {}, 3),
    "ES52": Level(45, phases(-4, 0, 4, -14), elements(0, 0, -2), {}, 4),
    "ES64": Level(34, phases(-4, 0, 4, -12), elements(0, -2, -4), {}, 5),
}
PILOTS = ("ES51", "ES62", "ITF3", "ITF4", "PT20", "SE224")

# The pilots support local authorities and NGOs more than they let others decide with them.
SUPPORT, INVOLVEMENT = ("I03", "I04", "I05", "I06"), ("F03", "F04", "F05")

# Options for TCN and BIP, for cells that a finding speaks of.
CHOSEN = {
    ("ES51", "O01"): "aa", ("ES51", "E01"): "aa", ("ES51", "I01"): "aa", ("ES51", "O04"): "ab",
    ("ES51", "F01"): "cc", ("ES51", "E04"): "cc", ("ES51", "E07"): "cc",
    ("ES21", "O01"): "ab", ("ES21", "I01"): "aa", ("ES21", "O04"): "bb",
    ("ES21", "F01"): "cc", ("ES21", "E04"): "cd", ("ES21", "E07"): "cd",
    ("ES22", "O01"): "bb", ("ES22", "I01"): "aa", ("ES22", "O04"): "bb", ("ES22", "I02"): "aa",
    ("ES22", "F01"): "cd", ("ES22", "E04"): "cc", ("ES22", "E07"): "dd",
    ("ES52", "O01"): "cc", ("ES52", "I01"): "bb", ("ES52", "O04"): "cc",
    ("ES52", "F01"): "dd", ("ES52", "E04"): "dd", ("ES52", "E07"): "cd",
    ("ES64", "O01"): "de", ("ES64", "I01"): "cc", ("ES64", "O04"): "dd",
    ("ES64", "F01"): "dd", ("ES64", "E04"): "dd", ("ES64", "E07"): "de",
    ("ES62", "O01"): "dd", ("ES62", "I01"): "cc", ("ES62", "O04"): "dd", ("ES62", "E01"): "cd",
    ("ES62", "F01"): "de", ("ES62", "E04"): "dd", ("ES62", "E07"): "dd",
    ("ITF3", "O01"): "ee", ("ITF3", "E01"): "cc",
    ("ITF4", "O01"): "cc", ("ITF4", "E01"): "cc",
    ("SE224", "O01"): "ee", ("SE224", "E01"): "cc",
    ("PT20", "O01"): "cc", ("PT20", "E01"): "cd",
}  # fmt: skip

# One answer settles others, as the questions say: without an evaluation in five years
# nobody carried it out, was heard in it or drew conclusions from it, and so on.
SETTLED = {
    ("E01", "d"): {"E03": "d", "E04": "d", "E06": "d"},
    ("O06", "e"): {"E02": "d"},
    ("LAN2", "d"): {"LAN3": "e"},
    ("HOU2", "e"): {"HOU3": "d"},
}

# Competences that the demonstration assumes: the Swedish regions and the Lisbon area make
# no laws; school and culture in Wallonia belong to the Community; school and health in
# Melilla belong to the state.
NOT_COMPETENT = {
    "SE224": ("O07", "EDU1", "HOU1", "SOC1"),
    "SE232": ("O07", "EDU1", "HOU1", "SOC1"),
    "PT17": ("O07", "EDU1", "HEA1", "SOC1"),
    "BE3": ("EDU1", "EDU2", "EDU3", "CUL1", "CUL2", "CUL3"),
    "ES64": ("EDU1", "EDU2", "EDU3", "HEA1", "HEA2", "HEA3"),
}
# Vienna and Melilla have no local authorities below them; on the Azores few BIP seek a home.
NOT_APPLICABLE = {
    ("AT13", "TCN"): ("F05", "I03", "I04"),
    ("AT13", "BIP"): ("F05", "I03", "I04"),
    ("ES64", "TCN"): ("F05", "I03", "I04"),
    ("ES64", "BIP"): ("F05", "I03", "I04"),
    ("PT20", "BIP"): ("HOU2", "HOU3"),
}
# Nobody could look through the sources: the area has too few answers for a score.
NOT_FOUND_OUT = {"PT17": ("HOU2", "HOU3")}
MISSING_SHARE = {"ES64": 0.14, "PT17": 0.10, "DE8": 0.07} | dict.fromkeys(PILOTS, 0.015)
USUAL_MISSING_SHARE = 0.04


def dice(*names: str) -> random.Random:
    """Random numbers of their own for these names: changing one cell moves no other."""
    return random.Random("/".join((str(SEED), *names)))


def spread(chance: random.Random, width: float) -> float:
    """A bell-shaped number around 0, at most `width` away, most within half of it."""
    return width * (chance.random() + chance.random() + chance.random() - 1.5) / 1.5


def level(region: str) -> Level:
    """The described level of a region, or a drawn one."""
    if region in DESCRIBED:
        return DESCRIBED[region]
    chance = dice("level", region)
    base = 34 + 40 * chance.random()
    cycle = {
        "formulation": -4 + spread(chance, 14),
        "policy-output": spread(chance, 18),
        "implementation": 8 + spread(chance, 14),
        "evaluation": -16 + spread(chance, 18),
    }
    element = {name: spread(chance, 12) for name in elements(0, 0, 0)}
    return Level(base, cycle, element, {}, 3 + spread(chance, 9))


def target(region: str, indicator: Mapping[str, Any], group: str) -> float:
    """Points around which the answer of a cell lies; may leave the scale."""
    code, tags, at = indicator["code"], indicator["tags"], level(region)
    points = at.base
    points += sum(at.phase[name] for name in tags["phase"]) / len(tags["phase"])
    points += sum(at.element[name] for name in tags["element"])
    for area in tags["area"]:
        points += at.area.get(area, spread(dice("area", region, area), 12))
    if region in PILOTS:
        points += 14 * (code in SUPPORT) - 12 * (code in INVOLVEMENT)
    points += spread(dice("indicator", region, code), 34)
    points += spread(dice("cell", region, code, group), 7)
    return points + (at.gap / 2 if group == "TCN" else -at.gap / 2)


def nearest(options: list[dict[str, Any]], points: float, draw: float) -> str:
    """One of the two options around the points, the nearer one more often."""
    points = min(100.0, max(0.0, points))
    above = min((o for o in options if o["value"] >= points), key=lambda o: o["value"])
    below = max((o for o in options if o["value"] <= points), key=lambda o: o["value"])
    step = above["value"] - below["value"]
    return above["code"] if step == 0 or draw < (points - below["value"]) / step else below["code"]


def choices(region: str, group: str, indicators: list[dict[str, Any]]) -> dict[str, str]:
    """The option of every indicator, as if nothing were missing or out of place."""
    found: dict[str, str] = {}
    for one in indicators:
        code = one["code"]
        if (region, code) in CHOSEN:
            found[code] = CHOSEN[region, code][GROUPS.index(group)]
        else:
            # The same draw for both groups: what a region does for one it mostly does for both.
            draw = dice("draw", region, code).random()
            found[code] = nearest(one["options"], target(region, one, group), draw)
    for (code, option), settled in SETTLED.items():
        if found[code] == option:
            found |= settled
    return found


def state(region: str, code: str, group: str) -> str:
    """Why a cell has no option, or `scored`."""
    if code in NOT_COMPETENT.get(region, ()):
        return "not_competent"
    if code in NOT_APPLICABLE.get((region, group), ()):
        return "not_applicable"
    if code in NOT_FOUND_OUT.get(region, ()):
        return "missing"
    share = MISSING_SHARE.get(region, USUAL_MISSING_SHARE)
    if (region, code) in CHOSEN or dice("missing", region, code, group).random() >= share:
        return "scored"
    return "missing"


def answers() -> Iterator[tuple[str, str, str, str, str]]:
    """Rows of region, indicator, group, state, option."""
    indicators = json.loads(INSTRUMENT.read_text(encoding="utf-8"))["indicators"]
    for region in REGIONS:
        chosen = {group: choices(region, group, indicators) for group in GROUPS}
        for one in indicators:
            for group in GROUPS:
                found = state(region, one["code"], group)
                option = chosen[group][one["code"]] if found == "scored" else ""
                yield region, one["code"], group, found, option


def main(folder: Path) -> None:
    """Write the two files of the edition to the folder."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("region", "indicator", "group", "state", "option"))
    writer.writerows(answers())
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "answers.csv").write_bytes(out.getvalue().encode())
    edition = json.dumps(EDITION, ensure_ascii=False, indent=2) + "\n"
    (folder / "edition.json").write_bytes(edition.encode())


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else DATA / "demonstration")
