"""The essentials of a page as plain HTML: what a reader without scripts, or a crawler, gets.

They stand where the app will stand and are replaced by it. Words come from the dictionaries
of the built app, so that both say the same. Everything out of data is escaped.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from html import escape
from pathlib import Path
from typing import Any

from services.gateway.spoken import ENGLISH, country, measured, number, spoken

Facts = Mapping[str, Any]
# A phrase by its key, escaped; the second argument is said where there is no such phrase.
Say = Callable[..., str]
_OUTCOMES = 40


class Essentials:
    """Writes the essentials in the language of the address.

    directory  the built app; its site dictionaries are `assets/<language>-<hash>.json`
    """

    def __init__(self, directory: Path, languages: Iterable[str]) -> None:
        self._words: dict[str, Facts] = {}
        for language in languages:
            for path in sorted((directory / "assets").glob(f"{language}-*.json")):
                self._words[language] = json.loads(path.read_text())

    def of(self, kind: str, facts: Facts | None, asked: str | None, accepted: str = "") -> str:
        """The HTML for a region or a practice; empty for any other page.

        asked     the language of the address
        accepted  the request's Accept-Language
        """
        write = {"regions": _region, "practices": _practice}.get(kind)
        if write is None or facts is None:
            return ""
        language = spoken(asked, accepted, self._words)
        say = partial(_say, self._words.get(language, {}))
        return f'{_top(language, say)}<main class="page stack">{write(facts, language, say)}</main>'

    def head_of(self, region: Facts, language: str) -> tuple[str, str] | None:
        """Title and description of a profile, not escaped; None without a dictionary."""
        words = self._words.get(language)
        if words is None:
            return None
        name = name_in(region, language)
        described = str(words.get("profile.described", "")).replace("{name}", name)
        return f"{name} · {words.get('site.name', '')}", described


def _say(words: Facts, key: str, fallback: str | None = None, /) -> str:
    phrase = words.get(key)
    return escape(phrase if isinstance(phrase, str) else (fallback or key))


def _top(language: str, say: Say) -> str:
    """The band on top, as high as the app's own, so that nothing moves when that comes."""
    pages = (("/", "nav.map"), ("/practices", "nav.practices"), ("/rankings", "nav.rankings"))
    ways = "".join(f"<li>{_link(f'{path}?lang={language}', say(key))}</li>" for path, key in pages)
    return f'<div class="served-top"><b>{say("site.name")}</b><ul class="plain">{ways}</ul></div>'


def name_in(region: Facts, language: str) -> str:
    """The region's name in a language; the English one where there is none in that language."""
    return (region.get("names") or {}).get(language) or region["name"]


def _region(region: Facts, language: str, say: Say) -> str:
    code = region["country_code"]
    place = country(code, language, region.get("country") or code)
    parts = [
        f"<h1>{escape(name_in(region, language))}</h1>",
        f"<p>{escape(place)} · {escape(region['code'])}</p>",
        f"<h2>{say('profile.published')}</h2>",
        _scores(region.get("mipex_r"), language, say) or f"<p>{say('profile.published.none')}</p>",
    ]
    # As long a text as the app will show there: the page is painted once.
    if notice := (region.get("mipex_r") or {}).get("notice"):
        parts.append(f'<p class="small soft" lang="en">{escape(notice)}</p>')
    shown = _scores(region.get("demonstration"), language, say)
    if shown:
        label = f"<strong>{say('provenance.demonstration')}</strong> {say('map.synthetic')}"
        parts += [f"<h2>{say('profile.demonstration')}</h2>", f"<p>{label}</p>", shown]
    outcomes = [one for one in region.get("outcomes") or [] if one["value"] is not None]
    if outcomes:
        parts += [f"<h2>{say('profile.outcomes')}</h2>", _outcomes(outcomes, language, say)]
    parts.append(_link(f"/api/v1/regions/{region['code']}", say("profile.json")))
    return "".join(parts)


def _scores(scores: Facts | None, language: str, say: Say) -> str:
    """The scores that exist, for all groups, as a list; empty where there are none."""
    if scores is None:
        return ""
    overall = [scores["overall"]] if scores.get("overall") else []
    lines = [
        f"<li>{say('dimension.' + one['dimension'], one['name'])}: "
        f"<strong>{number(one['score'], language)}</strong> {say('score.of100')}{_source(one)}</li>"
        for one in [*overall, *scores["dimensions"]]
        if one["score"] is not None and one["group"] == "ALL"
    ]
    return f"<ul>{''.join(lines)}</ul>" if lines else ""


def _outcomes(outcomes: list[Facts], language: str, say: Say) -> str:
    lines = (
        f"<li>{say('outcome.' + one['indicator'], one['name'])}{_group(one, say)}: "
        f"<strong>{_measured(one, language, say)}</strong> "
        f"({escape(str(one['period'] or ''))}){_source(one)}</li>"
        for one in outcomes[:_OUTCOMES]
        if one["unit"] != "class"
    )
    return f"<ul>{''.join(lines)}</ul>"


def _group(one: Facts, say: Say) -> str:
    """Whom a value is about, where that is not said by what is measured."""
    if not one["indicator"].endswith("-by-birth"):
        return ""
    return f", {say('group.' + one['population_group'], one.get('group_label'))}"


def _measured(one: Facts, language: str, say: Say) -> str:
    unit = one["unit"]
    return measured(one["value"], unit, language, say(f"unit.{unit.replace(' ', '-')}", unit))


def _practice(practice: Facts, language: str, say: Say) -> str:
    written = escape(practice.get("language") or ENGLISH, quote=True)
    regions = ", ".join(
        _link(f"/regions/{one['code']}?lang={language}", escape(name_in(one, language)))
        for one in practice["regions"]
    )
    parts = [
        f'<h1 lang="{written}">{escape(practice["title"])}</h1>',
        f"<p>{regions}</p>",
        f'<p lang="{written}">{escape(practice.get("summary") or "")}</p>',
        *(
            _section(say(f"practice.{part}"), practice.get(part) or [], written)
            for part in ("objectives", "activities", "results", "lessons")
        ),
        f"<h2>{say('profile.sources')}</h2><ul>{''.join(map(_cited, practice['sources']))}</ul>",
        f"<p>{say('licence.label')} {escape(practice.get('licence') or '')}</p>",
        _link(f"/api/v1/practices/{practice['id']}", "JSON"),
    ]
    return "".join(parts)


def _section(title: str, lines: list[Any], language: str) -> str:
    texts = [
        escape(str(line.get("text", "") if isinstance(line, dict) else line)) for line in lines
    ]
    if not texts:
        return ""
    return f'<h2>{title}</h2><ul lang="{language}"><li>{"</li><li>".join(texts)}</li></ul>'


def _cited(source: Facts) -> str:
    url, publisher = source.get("url"), source.get("publisher")
    said = escape(publisher or url or "")
    return (
        f"<li>{_link(url, said) if url and url.startswith(('https://', 'http://')) else said}</li>"
    )


def _source(one: Facts) -> str:
    """Sources are quoted as they are: in English."""
    said = (one.get("source") or "").removeprefix("Source: ")
    return f' <small lang="en">{escape(said)}</small>' if said else ""


def _link(address: str, said: str) -> str:
    return f'<a href="{escape(address, quote=True)}">{said}</a>'
