"""Long texts are Markdown; what readers get as HTML cannot do anything."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.practices.catalogue import rendered
from tests.practices.inert import PAYLOADS, acting


def test_the_corpus_is_large_and_the_judge_awake():
    assert len(PAYLOADS) >= 200
    assert acting("<img src=x onerror=alert(1)>") != []
    assert acting("<a href='javascript:alert(1)' rel='nofollow noopener'>x</a>") != []
    assert acting("<a href='//evil.example' rel='nofollow noopener'>x</a>") != []
    assert acting("<p>fine</p>") == []


@pytest.mark.parametrize("payload", PAYLOADS)
def test_an_attack_is_inert(payload: str):
    assert acting(rendered.html(payload)) == []


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(PAYLOADS), min_size=2, max_size=4),
    st.sampled_from(["", " ", "\n\n", "\n> ", "\n- ", "\n    ", "`"]),
)
def test_attacks_in_a_row_are_inert(parts: list[str], between: str):
    assert acting(rendered.html(between.join(parts))) == []


@settings(deadline=None)
@given(st.text(alphabet="<>[]()!`*_#&;:/\\\"'=\n ajscript", max_size=80))
def test_whatever_is_typed_is_inert(text: str):
    assert acting(rendered.html(text)) == []


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("Two *ways*.", "<p>Two <em>ways</em>.</p>"),
        ("# Title", "<h3>Title</h3>"),
        ("- one\n- two", "<ul>\n<li>one</li>\n<li>two</li>\n</ul>"),
        ("1 < 2 & 3", "<p>1 &lt; 2 &amp; 3</p>"),
        (
            "[desk](https://example.org/a?b=1)",
            '<p><a href="https://example.org/a?b=1" rel="nofollow noopener">desk</a></p>',
        ),
        (
            "<mailto:desk@example.org>",
            '<p><a href="mailto:desk@example.org" rel="nofollow noopener">'
            "mailto:desk@example.org</a></p>",
        ),
        ("[x](//evil)", "<p>[x](//evil)</p>"),
        ("", ""),
    ],
)
def test_markdown_becomes_html(text: str, html: str):
    assert rendered.html(text) == html


def test_the_long_texts_of_a_record_are_found_by_pointer():
    record = {
        "title": "*not this*",
        "summary": "*a*",
        "translations": [{"language": "ca", "title": "t", "summary": "*b*"}],
        "questionnaire": {"relevance/1": "*c*", "empty": ""},
    }
    assert rendered.of(record) == {
        "/summary": "<p><em>a</em></p>",
        "/translations/0/summary": "<p><em>b</em></p>",
        "/questionnaire/relevance~11": "<p><em>c</em></p>",
    }
