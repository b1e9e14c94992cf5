"""The list of pages for search engines, and the word to them where it is."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from shared.client import Service

SITEMAP = "/sitemap.xml"
ROBOTS = "/robots.txt"
_FIXED = ("/", "/practices", "/rankings", "/compare", "/method", "/about")
_PAGE = 1000


async def paths(indicators: Service, practices: Service) -> list[str]:
    """Paths of all pages that can be read: the fixed ones, each region, each published practice."""
    regions = [f"/regions/{one['code']}" for one in await _whole(indicators, "/regions")]
    published = [f"/practices/{one['id']}" for one in await _whole(practices, "/practices")]
    return [*_FIXED, *regions, *published]


async def _whole(service: Service, path: str) -> list[dict[str, str]]:
    items: list[dict[str, str]] = []
    params: dict[str, str] = {"limit": str(_PAGE)}
    while True:
        page = service.expect(await service.get(path, params)).json()
        items += page["items"]
        if page["next"] is None:
            return items
        params["cursor"] = page["next"]


def document(site: str, paths: Iterable[str]) -> str:
    """The sitemap (sitemaps.org 0.9). Languages are told in the head of each page."""
    urls = "".join(f"<url><loc>{escape(site + path)}</loc></url>" for path in paths)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'
    )


def robots(site: str) -> str:
    """All pages may be read; the API is for programs that know what they ask."""
    return f"User-agent: *\nDisallow: /api/\nSitemap: {site}{SITEMAP}\n"
