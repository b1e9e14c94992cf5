"""The OpenAPI document as a page that people can read, made here, without scripts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from shared.problems import Problem


def page(document: Mapping[str, Any]) -> str:
    """A complete HTML page: contents by group, then each operation with what goes in and out."""
    info = document["info"]
    groups = [(tag, list(_operations(document, tag["name"]))) for tag in document["tags"]]
    contents = "".join(_contents(tag, operations) for tag, operations in groups)
    bodies = "".join(
        f"<h2>{escape(tag['name'])}</h2><p>{escape(tag['description'])} "
        '<a href="#contents">To the contents</a></p>'
        + "".join(_operation(*one) for one in operations)
        for tag, operations in groups
    )
    description = "".join(f"<p>{_prose(part)}</p>" for part in info["description"].split("\n\n"))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>API: {escape(info['title'])}</title>"
        '<link rel="stylesheet" href="/api/v1/docs/style.css"></head><body><main>'
        f"<h1>{escape(info['title'])}: the public API</h1>{description}"
        "<p>Base address: <code>/api/v1</code>. For machines: "
        '<a href="/api/v1/openapi.json">openapi.json</a>.</p>'
        f'<nav id="contents" tabindex="-1" aria-label="Contents">{contents}</nav>{bodies}'
        "</main></body></html>"
    )


_Operation = tuple[str, str, Mapping[str, Any]]


def _operations(document: Mapping[str, Any], tag: str) -> Iterator[_Operation]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if operation["tags"][0] == tag:
                yield method.upper(), path, operation


def _contents(tag: Mapping[str, str], operations: list[_Operation]) -> str:
    items = "".join(
        f'<li><a href="#{escape(op["operationId"])}">{escape(op["summary"])}</a> '
        f"<code>{method} {escape(path)}</code></li>"
        for method, path, op in operations
    )
    return (
        f"<details><summary>{escape(tag['name'])} ({len(operations)}): "
        f"{escape(tag['description'])}</summary><ul>{items}</ul></details>"
    )


def _operation(method: str, path: str, operation: Mapping[str, Any]) -> str:
    text = "".join(f"<p>{_prose(p)}</p>" for p in operation["description"].split("\n\n"))
    return (
        f'<section><h3 id="{escape(operation["operationId"])}">{escape(operation["summary"])}</h3>'
        f'<p class="call"><code>{method} {_breaking(path)}</code></p>{text}{_needs(operation)}'
        f"{_parameters(operation)}{_body(operation)}{_answers(operation)}</section>"
    )


def _breaking(path: str) -> str:
    # On a narrow screen a path goes on below between two of its parts.
    return escape(path).replace("/", "<wbr>/")


def _prose(text: str) -> str:
    # Every second part stands between backticks.
    parts = escape(text).split("`")
    return "".join(f"<code>{p}</code>" if n % 2 else p for n, p in enumerate(parts))


def _needs(operation: Mapping[str, Any]) -> str:
    ways = operation.get("security", ())
    scopes = [f"<code>{escape(scope)}</code>" for way in ways for scope in way.get("token", ())]
    if scopes:
        return f"<p>Needs a token, or the session of a person, with {' or '.join(scopes)}.</p>"
    return "<p>Needs the session of a person.</p>" if {"session": []} in ways else ""


def _parameters(operation: Mapping[str, Any]) -> str:
    parts = "".join(
        f"<dt><code>{escape(one['name'])}</code> in {escape(one['in'])}: "
        f"{escape(_type(one.get('schema', {})))}</dt>"
        f"<dd>{_prose(one.get('description', ''))}</dd>"
        for one in operation.get("parameters", ())
    )
    return f"<dl>{parts}</dl>" if parts else ""


def _body(operation: Mapping[str, Any]) -> str:
    content = operation.get("requestBody", {}).get("content", {})
    return "".join(
        f"<p>Body: <code>{escape(kind)}</code> ({escape(_type(part.get('schema', {})))})</p>"
        + (f"<pre>{escape(_shown(part['example']))}</pre>" if "example" in part else "")
        for kind, part in content.items()
    )


def _shown(example: object) -> str:
    if isinstance(example, str):
        return example
    return json.dumps(example, ensure_ascii=False, indent=2)


def _answers(operation: Mapping[str, Any]) -> str:
    return "".join(
        f"<p>Answer {status}: {_kinds(answer) or 'no body'}.{_links(answer)}</p>"
        for status, answer in operation["responses"].items()
        if status[0] in "23" and status != "304"
    )


def _kinds(answer: Mapping[str, Any]) -> str:
    return ", ".join(
        f"<code>{escape(kind)}</code> ({escape(_type(part.get('schema', {})))})"
        for kind, part in answer.get("content", {}).items()
    )


def _links(answer: Mapping[str, Any]) -> str:
    names = [escape(link["operationId"]) for link in answer.get("links", {}).values()]
    listed = ", ".join(f'<a href="#{name}">{name}</a>' for name in names)
    return f" Then: {listed}." if listed else ""


def _type(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        kinds = [_type(one) for one in schema["anyOf"] if one.get("type") != "null"]
        return " or ".join(kinds)
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    if "enum" in schema:
        return ", ".join(map(str, schema["enum"]))
    return str(schema.get("const", schema.get("type", "any")))


def problem_page(name: str) -> str | None:
    """What a problem's `type` address shows: its title and when it happens. None for no problem."""
    found = next((kind for kind in _problems() if kind.type == f"/problems/{name}"), None)
    if found is None:
        return None
    text = escape((found.__doc__ or "").strip())
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(found.title)}</title>"
        '<link rel="stylesheet" href="/api/v1/docs/style.css"></head><body><main>'
        f"<h1>{found.status}: {escape(found.title)}</h1><p>{text}</p>"
        f"<p>Problem type <code>{escape(found.type)}</code>. The answer itself says in "
        "<code>detail</code> and <code>errors</code> what was wrong, where, and what is allowed. "
        '<a href="/api/v1/docs">The public API</a>.</p></main></body></html>'
    )


def _problems(kind: type[Problem] = Problem) -> Iterator[type[Problem]]:
    for leaf in kind.__subclasses__():
        yield leaf
        yield from _problems(leaf)


STYLE = """
:root { color-scheme: light; font: 1rem/1.55 system-ui, sans-serif; color: #17252a; }
body { margin: 0; background: #fff; }
main { max-width: 60rem; margin: 0 auto; padding: 1.5rem; }
a { color: #0b5a72; }
code { font-family: ui-monospace, monospace; overflow-wrap: anywhere; }
section { border-top: 1px solid #c9d6da; margin-top: 2rem; }
h1 { font-size: clamp(1.5rem, 7vw, 2rem); line-height: 1.2; }
dt { margin-top: 0.6rem; }
dd { margin-left: 1rem; }
pre { background: #f3f6f7; padding: 0.75rem; border-radius: 4px; white-space: pre-wrap;
  overflow-wrap: anywhere; }
.call code { background: #e6f0f3; padding: 0.2rem 0.5rem; border-radius: 4px;
  box-decoration-break: clone; -webkit-box-decoration-break: clone; }
summary { cursor: pointer; padding: 0.35rem 0; }
nav li { margin: 0.2rem 0; }
:focus-visible { outline: 3px solid #0b5a72; outline-offset: 2px; }
"""
