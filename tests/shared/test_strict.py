"""Requests are read strictly: what a database or a JSON reader chokes on never gets in."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Annotated, Any

import httpx
import pytest
from fastapi import Query, Request
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from shared import service
from shared.strict import loads
from shared.text import Text
from tests.shared.making import a_service, client_of

routes = service.router()


class Filters(BaseModel):
    area: Text | None = None
    year: int | None = None


class Note(BaseModel):
    title: Text
    more: Any = None


@routes.get("/things")
async def things(
    limit: Annotated[int, Query(ge=1, le=100)] = 10,
    q: Text | None = None,
    region: Annotated[list[str] | None, Query()] = None,
    wanted: Annotated[str | None, Query(alias="as")] = None,
) -> dict[str, Any]:
    return {"limit": limit, "q": q, "region": region, "as": wanted}


@routes.get("/filtered")
async def filtered(filters: Annotated[Filters, Query()]) -> Filters:
    return filters


@routes.get("/things/{name}")
async def thing(name: str) -> str:
    return name


@routes.get("/files/{path:path}")
async def file(path: str) -> str:
    return path


@routes.post("/notes")
async def note(body: Note) -> Note:
    return body


@routes.post("/raw")
async def raw(request: Request) -> int:
    return len(await request.body())


LIMIT = 1000
APP = a_service(routes, max_body_bytes=LIMIT)
# Python's own int() and json refuse this as well, but later and by another error.
MANY_DIGITS = b"9" * 5000

REFUSED = {
    "a key given twice": b'{"title": "a", "title": "b"}',
    "a key given twice below": b'{"title": "a", "more": {"k": 1, "k": 2}}',
    "a key given twice, once escaped": b'{"title": "a", "\\u0074itle": "b"}',
    "NaN": b'{"title": "a", "more": NaN}',
    "Infinity": b'{"title": "a", "more": Infinity}',
    "minus Infinity": b'{"title": "a", "more": [-Infinity]}',
    "a number beyond a double": b'{"title": "a", "more": 1e999}',
    "a negative number beyond a double": b'{"title": "a", "more": -1.5e400}',
    "half a surrogate pair": b'{"title": "\\ud800"}',
    "half a surrogate pair in a key": b'{"title": "a", "\\udfff": 1}',
    "half a surrogate pair deep down": b'{"title": "a", "more": [{"k": ["\\ud800x"]}]}',
    "an escaped NUL": b'{"title": "a\\u0000b"}',
    "a plain NUL": b'{"title": "a\x00b"}',
    "an escaped control character": b'{"title": "a\\u0008b"}',
    "an integer of 65 bits": b'{"title": "a", "more": 18446744073709551616}',
    "an integer just too large": b'{"title": "a", "more": 9223372036854775808}',
    "a negative integer just too large": b'{"title": "a", "more": -9223372036854775809}',
    "5,000 digits": b'{"title": "a", "more": ' + MANY_DIGITS + b"}",
    "33 levels": b'{"title": "a", "more": ' + b"[" * 32 + b"1" + b"]" * 32 + b"}",
    "33 empty levels": b"[" * 33 + b"]" * 33,
    "100,000 levels": b"[" * 100_000,
    "Latin-1": '{"title": "Skåne"}'.encode("latin-1"),
    "an overlong NUL": b'{"title": "\xc0\x80"}',
    "half a surrogate pair in bytes": b'{"title": "\xed\xa0\x80"}',
    "UTF-16": '{"title": "a"}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"title": "a"}',
    "two values": b'{"title": "a"} {"title": "b"}',
    "a comma too many": b'{"title": "a",}',
    "single quotes": b"{'title': 'a'}",
    "a comment": b'{"title": "a"} // b',
    "half of it": b'{"title": "a"',
    "only space": b"  ",
    "a hexadecimal number": b'{"title": "a", "more": 0x10}',
    "a leading zero": b'{"title": "a", "more": 010}',
}


@pytest.fixture
async def client(anyio_backend: str) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(APP) as found:
        yield found


def errors_of(answer: httpx.Response) -> list[tuple[str, str]]:
    assert answer.headers["content-type"] == "application/problem+json"
    return [(error["pointer"], error["code"]) for error in answer.json()["errors"]]


@pytest.mark.parametrize("what", REFUSED)
def test_a_body_is_refused_as_json(what: str):
    with pytest.raises(json.JSONDecodeError):
        loads(REFUSED[what])


@pytest.mark.anyio
@pytest.mark.parametrize("what", [name for name, body in REFUSED.items() if len(body) <= LIMIT])
async def test_a_request_with_such_a_body_is_answered_400(client: httpx.AsyncClient, what: str):
    headers = {"content-type": "application/json"}
    answer = await client.post("/notes", content=REFUSED[what], headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-request")


def test_a_refusal_says_what_is_wrong():
    for body, reason in [
        (b'{"a": 1, "a": 2}', "the key 'a' is given twice"),
        (b"NaN", "NaN is not a JSON number"),
        (b"1e999", "larger than a double"),
        (MANY_DIGITS, "larger than 64 bits"),
        (b"\xff", "not UTF-8"),
        (b"[" * 40 + b"]" * 40, "deeper than 32 levels"),
    ]:
        with pytest.raises(json.JSONDecodeError, match=reason):
            loads(body)


def test_what_is_just_within_the_limits_is_read():
    assert loads(b"[9223372036854775807, -9223372036854775807]") == [2**63 - 1, 1 - 2**63]
    assert loads(b"[" * 32 + b"]" * 32)
    assert loads(b"[" * 32 + b"1" + b"]" * 32)
    assert loads(b"1.7976931348623157e308") == 1.7976931348623157e308
    assert loads('"\\ud83c\\udf0d Skåne\\n"'.encode()) == "🌍 Skåne\n"


def test_text_given_as_text_is_read_as_strictly():
    with pytest.raises(json.JSONDecodeError, match="surrogate"):
        loads('"\ud800"')


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(1 - 2**63, 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs", "Cc"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text("abc"), inner),
)


@given(values, st.booleans())
def test_proper_json_is_read_as_the_standard_library_reads_it(value: Any, ascii_only: bool):
    text = json.dumps(value, ensure_ascii=ascii_only)
    assert loads(text.encode()) == json.loads(text)


@given(st.binary(max_size=200))
def test_any_bytes_are_json_or_refused_as_json(raw: bytes):
    try:
        found = loads(raw)
    except json.JSONDecodeError:
        return
    assert json.dumps(found, allow_nan=False)


@pytest.mark.anyio
async def test_a_declared_body_over_the_limit_is_refused(client: httpx.AsyncClient):
    at_most = await client.post("/raw", content=b"x" * LIMIT)
    assert (at_most.status_code, at_most.json()) == (200, LIMIT)
    answer = await client.post("/raw", content=b"x" * (LIMIT + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")


@pytest.mark.anyio
@pytest.mark.parametrize("path", ["/raw", "/notes"])
async def test_a_body_in_parts_is_refused_as_soon_as_it_is_too_long(
    client: httpx.AsyncClient, path: str
):
    taken = 0

    async def parts() -> AsyncIterator[bytes]:
        nonlocal taken
        for _ in range(1000):
            taken += 100
            yield b"x" * 100

    headers = {"content-type": "application/json"}
    answer = await client.post(path, content=parts(), headers=headers)
    assert answer.status_code == 413
    assert taken <= LIMIT + 200


@pytest.mark.anyio
async def test_a_length_that_is_a_lie_does_not_help(client: httpx.AsyncClient):
    async def parts() -> AsyncIterator[bytes]:
        yield b"x" * (LIMIT + 1)

    headers = {"content-length": "5"}
    assert (await client.post("/raw", content=parts(), headers=headers)).status_code == 413


@pytest.mark.anyio
async def test_an_unknown_query_parameter_is_named_with_what_there_is(client: httpx.AsyncClient):
    answer = await client.get("/things?limits=5")
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["code"], error["pointer"]) == ("unknown_parameter", "/query/limits")
    assert error["allowed"] == ["as", "limit", "q", "region"]


@pytest.mark.anyio
async def test_a_parameter_may_be_given_twice_only_where_it_is_a_list(client: httpx.AsyncClient):
    twice = await client.get("/things?limit=1&limit=2")
    assert errors_of(twice) == [("/query/limit", "repeated_parameter")]
    both = await client.get("/things?region=ES51&region=SE224")
    assert both.json()["region"] == ["ES51", "SE224"]


@pytest.mark.anyio
async def test_everything_wrong_with_a_query_is_told_at_once(client: httpx.AsyncClient):
    answer = await client.get("/things?a=1&limit=1&limit=2&q=%00&b=%ff")
    assert errors_of(answer) == [
        ("/query/a", "unknown_parameter"),
        ("/query/limit", "repeated_parameter"),
        ("/query/q", "unclean_text"),
        ("/query/b", "unknown_parameter"),
        ("/query", "not_utf8"),
    ]


@pytest.mark.anyio
async def test_a_parameter_is_known_by_the_name_that_is_published(client: httpx.AsyncClient):
    assert (await client.get("/things?as=csv")).json()["as"] == "csv"
    assert errors_of(await client.get("/things?wanted=csv")) == [
        ("/query/wanted", "unknown_parameter")
    ]


@pytest.mark.anyio
async def test_parameters_kept_in_a_model_are_known(client: httpx.AsyncClient):
    assert (await client.get("/filtered?area=health&year=2021")).json()["area"] == "health"
    assert errors_of(await client.get("/filtered?filters=1")) == [
        ("/query/filters", "unknown_parameter")
    ]


@pytest.mark.anyio
async def test_a_route_without_parameters_takes_none(client: httpx.AsyncClient):
    assert errors_of(await client.get("/things/a?utm_source=x")) == [
        ("/query/utm_source", "unknown_parameter")
    ]


@pytest.mark.anyio
async def test_a_pointer_to_a_strange_name_is_escaped(client: httpx.AsyncClient):
    answer = await client.get("/things", params={"a/b~c": "1"})
    assert errors_of(answer) == [("/query/a~1b~0c", "unknown_parameter")]


@pytest.mark.anyio
@pytest.mark.parametrize("value", ["%00", "a%00b", "%1b%5b31m", "%7f", "%c2%85"])
async def test_control_characters_in_a_query_are_refused_and_in_a_path_name_nothing(
    client: httpx.AsyncClient, value: str
):
    query = await client.get(f"/things?q={value}")
    assert (query.status_code, errors_of(query)) == (422, [("/query/q", "unclean_text")])
    path = await client.get(f"/things/{value}")
    assert (path.status_code, errors_of(path)) == (404, [("/path/name", "unclean_text")])
    longer = await client.get(f"/files/a/{value}")
    assert (longer.status_code, errors_of(longer)) == (404, [("/path/path", "unclean_text")])


@pytest.mark.anyio
@pytest.mark.parametrize("value", ["%ff", "Sk%e5ne", "%c0%80", "%ed%a0%80"])
async def test_bytes_that_are_not_utf8_in_a_query_are_refused(
    client: httpx.AsyncClient, value: str
):
    assert errors_of(await client.get(f"/things?q={value}")) == [("/query", "not_utf8")]
    assert errors_of(await client.get(f"/things?{value}"))[-1] == ("/query", "not_utf8")


@pytest.mark.anyio
@pytest.mark.parametrize("value", ["9" * 30, "9" * 5000, "1e5", "NaN", "-1", "0x10", "١٠٠٠", ""])
async def test_a_number_that_is_none_or_too_large_is_refused(client: httpx.AsyncClient, value: str):
    answer = await client.get("/things", params={"limit": value})
    assert answer.status_code == 422
    assert [pointer for pointer, _ in errors_of(answer)] == ["/query/limit"]


@pytest.mark.anyio
async def test_accents_and_all_scripts_pass(client: httpx.AsyncClient):
    answer = await client.get("/things", params={"q": "Skåne Ελλάδα 中文 🌍"})
    assert answer.json()["q"] == "Skåne Ελλάδα 中文 🌍"


@pytest.mark.anyio
async def test_no_bytes_in_query_or_path_lead_to_a_failure(client: httpx.AsyncClient):
    for number in range(256):
        for path in (
            f"/things?q=%{number:02x}",
            f"/things?%{number:02x}=1",
            f"/things/%{number:02x}",
        ):
            answer = await client.get(path)
            assert answer.status_code in (200, 404, 422), path
