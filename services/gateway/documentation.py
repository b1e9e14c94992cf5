"""The OpenAPI document as a page that people can read, made here, without scripts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from shared.problems import Problem


def page(document: Mapping[str, Any]) -> str:
    """A complete HTML page: contents, then each operation with its parameters and answers."""
    info = document["info"]
    operations = list(_operations(document))
    contents = "".join(
        f'<li><a href="#{escape(op["operationId"])}"><code>{method} {escape(path)}</code></a> '
        f"{escape(op.get('summary', ''))}</li>"
        for method, path, op in operations
    )
    bodies = "".join(_operation(method, path, op) for method, path, op in operations)
    description = "".join(f"<p>{escape(part)}</p>" for part in info["description"].split("\n\n"))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>API: {escape(info['title'])}</title>"
        '<link rel="stylesheet" href="/api/v1/docs/style.css"></head><body><main>'
        f"<h1>{escape(info['title'])}: the public API</h1>{description}"
        "<p>Base address: <code>/api/v1</code>. For machines: "
        '<a href="/api/v1/openapi.json">openapi.json</a>.</p>'
        f"<h2>Contents</h2><ul>{contents}</ul>{bodies}</main></body></html>"
    )


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def _operation(method: str, path: str, operation: Mapping[str, Any]) -> str:
    scopes = [scope for one in operation.get("security", ()) for scope in one.get("token", ())]
    needs = f"<p>Needs a token with {' or '.join(map(escape, scopes))}.</p>" if scopes else ""
    text = "".join(f"<p>{escape(p)}</p>" for p in operation.get("description", "").split("\n\n"))
    return (
        f'<section><h2 id="{escape(operation["operationId"])}">'
        f"<code>{method} {escape(path)}</code></h2><p><strong>{escape(operation['summary'])}"
        f"</strong></p>{text}{needs}{_parameters(operation)}{_body(operation)}</section>"
    )


def _parameters(operation: Mapping[str, Any]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(one['name'])}</code></td><td>{escape(one['in'])}</td>"
        f"<td>{escape(_type(one.get('schema', {})))}</td>"
        f"<td>{escape(one.get('description', ''))}</td></tr>"
        for one in operation.get("parameters", ())
    )
    if not rows:
        return ""
    head = "<tr><th>Name</th><th>In</th><th>Type</th><th>Meaning</th></tr>"
    table = f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>"
    return f'<div class="wide" tabindex="0">{table}</div>'


def _body(operation: Mapping[str, Any]) -> str:
    content = operation.get("requestBody", {}).get("content", {})
    names = ", ".join(
        f"{escape(kind)} ({escape(_type(part.get('schema', {})))})"
        for kind, part in content.items()
    )
    return f"<p>Body: {names}</p>" if names else ""


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
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: 0.3rem 0.6rem 0.3rem 0; }
tr { border-bottom: 1px solid #e3ebed; }
.wide { overflow-x: auto; }
:focus-visible { outline: 3px solid #0b5a72; outline-offset: 2px; }
"""
