"""What can belong to somebody: one of each in the own region and in a foreign one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.gateway.routes import Route
from tests.examples import a_practice
from tests.gateway.asking import FOREIGN, OWN, THIRD, Asking
from tests.practices.review import ANSWERED, an_evaluation

EDITION = "policy-edition"
UNKNOWN_REGION = "XX99"
HOOK = {"url": "https://hooks.example.org/lab"}
_REASON = "Because the law changed in May."
_ANSWER = {"state": "missing", "comment": "There is no such law."}
_CELL = {"indicator": "F01", "group": "TCN", **_ANSWER}
_ROWS = {"answers": [{"region": "{region}", "option": None, **_CELL}]}
_EDITION = {
    "id": "another-edition",
    "title": "An edition",
    "notice": "Answered in a test.",
    "methodology": "open-instrument-1",
    "methodology_version": "1.0.0",
    "date": "2026-11-22",
    "licence": "CC-BY-4.0",
    "source": "A test",
}
_CLIENT = {"name": "A system", "scopes": ["practices:write"], "regions": [OWN]}
_KEY = {"name": "A page", "origins": ["https://www.example.org"]}
_NOWHERE = {"code": UNKNOWN_REGION}
_PEOPLE = ("region-editor", "expert", "evaluator", "central-reviewer", "publisher")


@dataclass(frozen=True, slots=True)
class Things:
    """What there is.

    of         the names of parameters with their values, by role and whose they are
    published  a practice of the own region that is public
    private    a region's own assessment, for no edition
    """

    of: Mapping[tuple[str, str], Mapping[str, str]]
    published: str
    private: str

    def names(self, role: str, whose: str) -> dict[str, str]:
        """What stands for the parameters of a path."""
        return {"edition_id": EDITION, **self.of.get((role, whose), _NOWHERE)}


def region_of(whose: str) -> str:
    """The region that a body or an address speaks of."""
    return {"own": OWN, "another's": FOREIGN, "nobody's": UNKNOWN_REGION}[whose]


async def made(asking: Asking) -> Things:
    """Make everything over the API, as those who do it."""
    drafts = {
        OWN: await submitted(asking, "", OWN),
        FOREIGN: await submitted(asking, "foreign ", FOREIGN),
    }
    judged = await in_review(asking, "third ", THIRD, "foreign evaluator", "evaluator")
    published = await in_review(asking, "", OWN, "foreign evaluator", "third evaluator")
    public = await _pushed(asking)
    assessments, private = await begun(asking)
    found: dict[tuple[str, str], dict[str, str]] = {}
    for role in (*_PEOPLE, "administrator"):
        for whose, who, region in (("own", role, OWN), ("another's", f"foreign {role}", FOREIGN)):
            mine = found[role, whose] = {"assessment_id": assessments[region], "code": region}
            mine |= {"practice_id": drafts[region], "evaluator": asking.ids[who]}
            mine |= {"external_id": "welcome-desk"}
            if role in ("region-editor", "publisher", "administrator"):
                mine |= await _webhook(asking, who)
            if role in ("region-editor", "publisher", "evaluator"):
                told = (await asking.made(who, "GET", "/notifications")).json()["items"]
                mine["notification_id"] = told[0]["id"]
    found["publisher", "own"]["practice_id"] = published
    for role in ("region-editor", "publisher"):
        practice = found[role, "own"]["practice_id"]
        said = await asking.made(role, "GET", f"/practices/{practice}/conversation")
        found[role, "own"]["message_id"] = said.json()["items"][0]["id"]
    found["evaluator", "own"]["practice_id"] = judged
    found["evaluator", "another's"]["practice_id"] = drafts[FOREIGN]
    found["administrator", "own"] |= await _access(asking)
    return Things(found, public, private)


async def submitted(asking: Asking, where: str, region: str) -> str:
    """A practice that waits for its publisher; each has told the other something."""
    editor, publisher = f"{where}region-editor", f"{where}publisher"
    begun = await asking.made(editor, "POST", "/practices", a_practice(regions=[region]))
    practice = begun.json()["id"]
    tag = {"if-match": begun.headers["etag"]}
    await asking.made(editor, "POST", f"/practices/{practice}/submit", **tag)
    for who in (editor, publisher):
        body = {"pointer": "/title", "text": "Why?"}
        await asking.made(who, "POST", f"/practices/{practice}/conversation", body)
    return practice


async def in_review(asking: Asking, where: str, region: str, *judges: str) -> str:
    """A practice of a region that evaluators of others are to judge."""
    practice = await submitted(asking, where, region)
    path = f"/practices/{practice}"

    async def step(role: str, method: str, name: str, body: object = None) -> None:
        who = where + role
        tag = (await asking.made(who, "GET", f"{path}/draft")).headers["etag"]
        await asking.made(who, method, f"{path}/{name}", body, **{"if-match": tag})

    await step("publisher", "POST", "select")
    answered = a_practice(regions=[region], questionnaire=ANSWERED)
    await step("region-editor", "PUT", "draft", answered)
    await step("region-editor", "POST", "submit")
    named = {"evaluators": [asking.ids[judge] for judge in judges]}
    await step("publisher", "POST", "assign", named)
    return practice


async def begun(asking: Asking) -> tuple[dict[str, str], str]:
    """An assessment by region, in an edition of this test; and one that is a region's own."""
    await asking.made("central-reviewer", "POST", "/editions", {**_EDITION, "id": EDITION})
    found: dict[str, str] = {}
    for name, region in (("expert", OWN), ("foreign expert", FOREIGN)):
        body = {"edition": EDITION, "region": region, "kind": "edition"}
        found[region] = (await asking.made(name, "POST", "/assessments", body)).json()["id"]
    body = {"edition": EDITION, "region": OWN, "kind": "self"}
    private = (await asking.made("expert", "POST", "/assessments", body)).json()["id"]
    # Who reads the answers of the own region has a seat.
    await asking.made("region-editor", "POST", f"/assessments/{found[OWN]}/claim")
    return found, private


async def _pushed(asking: Asking) -> str:
    """A practice of each region under its own name for it; the id of the one that is public."""
    for who, region in (("foreign region-editor", FOREIGN), ("region-editor", OWN)):
        path = f"/regions/{region}/practices/welcome-desk?submit=true"
        pushed = await asking.made(who, "PUT", path, a_practice(regions=[region]))
    practice, tag = pushed.json()["id"], {"if-match": pushed.headers["etag"]}
    await asking.made("publisher", "POST", f"/practices/{practice}/publish", **tag)
    return practice


async def _webhook(asking: Asking, who: str) -> dict[str, str]:
    endpoint = (await asking.made(who, "POST", "/webhooks", HOOK)).json()["id"]
    test = await asking.made(who, "POST", f"/webhooks/{endpoint}/test")
    return {"endpoint_id": endpoint, "delivery_id": test.json()["id"]}


async def _access(asking: Asking) -> dict[str, str]:
    who = "administrator"
    person = await asking.made(who, "POST", "/admin/people", {"name": "somebody.else"})
    person_id = person.json()["id"]
    await asking.made(who, "PUT", f"/admin/people/{person_id}/grants/expert/{OWN}")
    return {
        "person_id": person_id,
        "client_id": (await asking.made(who, "POST", "/admin/clients", _CLIENT)).json()["id"],
        "key_id": (await asking.made(who, "POST", "/admin/embed-keys", _KEY)).json()["id"],
    }


def body_of(route: Route, whose: str) -> object:
    """What a holder of the scopes may send, so that only whose it is can be in the way."""
    return _filled(_BODIES.get(f"{route.method} {route.path}"), region_of(whose))


def _filled(value: object, region: str) -> object:
    if isinstance(value, dict):
        return {name: _filled(one, region) for name, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, region) for one in value]
    return region if value == "{region}" else value


_PRACTICE = a_practice(regions=["{region}"], title="Another title")
_A = "/assessments/{assessment_id}"
_P = "/practices/{practice_id}"
_BODIES: dict[str, object] = {
    "POST /practices": _PRACTICE,
    "POST /practices/import": [{**_PRACTICE, "external_id": "one-of-many"}],
    "PUT /regions/{code}/practices/{external_id}": _PRACTICE,
    f"PUT {_P}/draft": _PRACTICE,
    f"POST {_P}/assign": {"evaluators": ["a-person", "b-person"]},
    f"POST {_P}/request-changes": {"messages": [{"pointer": "/title", "text": "Longer, please."}]},
    f"POST {_P}/reject": {"reasons": ["Not about integration."]},
    f"PUT {_P}/evaluations/{{evaluator}}": {},
    f"PUT {_P}/consensus": an_evaluation(),
    f"POST {_P}/conversation": {"pointer": "/title", "text": "Why?"},
    "POST /editions": _EDITION,
    "POST /assessments": {"edition": EDITION, "region": "{region}", "kind": "edition"},
    f"PUT {_A}/answers": {"answers": [_CELL]},
    f"POST {_A}/import": _ROWS,
    "POST /editions/{edition_id}/import": _ROWS,
    f"PUT {_A}/answers/{{indicator}}/{{group}}": _ANSWER,
    f"PUT {_A}/decisions/{{indicator}}/{{group}}": _ANSWER,
    f"POST {_A}/assign": {"seat": 1, "holder": "somebody"},
    f"POST {_A}/free": {"seat": 1, "answers": "keep", "comment": _REASON},
    f"POST {_A}/return": {"seats": [1], "comment": _REASON},
    f"POST {_A}/publish": {"reason": _REASON},
    f"POST {_A}/reopen": {"reason": _REASON},
    f"POST {_A}/to-edition": {"edition": EDITION},
    "POST /webhooks": HOOK,
    "PATCH /webhooks/{endpoint_id}": {"description": "Ours"},
    "POST /admin/people": {"name": "somebody.new"},
    "POST /admin/clients": _CLIENT,
    "POST /admin/embed-keys": _KEY,
    "PATCH /admin/people/{person_id}": {"display_name": "Another name"},
    "PATCH /admin/embed-keys/{key_id}": {"name": "Another name"},
}
