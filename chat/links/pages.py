"""What a page says of itself: its title, its description, what site it belongs to. Text alone."""

from __future__ import annotations

import codecs
from html.parser import HTMLParser
from typing import NamedTuple

from chat.links.fetching import Page
from chat.messages.text import tidy_line

TITLE_LENGTH = 120
TEXT_LENGTH = 200
SITE_LENGTH = 60
# What is made for previews says it best.
_TITLES = ("og:title", "twitter:title")
_TEXTS = ("og:description", "twitter:description", "description")


class Said(NamedTuple):
    """Empty where the page does not say it."""

    title: str
    text: str
    site: str


def said_by(page: Page) -> Said:
    reader = _Reader()
    reader.feed(_decoded(page))
    return Said(
        title=_short(reader.first(*_TITLES) or reader.title, TITLE_LENGTH),
        text=_short(reader.first(*_TEXTS), TEXT_LENGTH),
        site=_short(reader.first("og:site_name"), SITE_LENGTH),
    )


class _Reader(HTMLParser):
    """Takes what the head says; scripts and styles are no text for it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: dict[str, str] = {}
        self.title = ""
        self._in_title = False

    def first(self, *names: str) -> str:
        """What it says under the first of these names; empty if under none."""
        return next((self.said[name] for name in names if name in self.said), "")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "title" and not self.title:
            self._in_title = True
        elif tag == "meta":
            given = dict(attrs)
            name, content = given.get("property") or given.get("name"), given.get("content")
            if name and content:
                self.said.setdefault(name.lower(), content)

    def handle_endtag(self, tag: str) -> None:
        self._in_title = self._in_title and tag != "title"

    def handle_data(self, data: str) -> None:
        if self._in_title and len(self.title) < 4 * TITLE_LENGTH:
            self.title += data


def _decoded(page: Page) -> str:
    try:
        codecs.lookup(page.charset)
        text = page.content.decode(page.charset, "replace")
    except (LookupError, ValueError, UnicodeError):
        text = page.content.decode("utf-8", "replace")
    return text.replace("\x00", "")


def _short(text: str, most: int) -> str:
    tidy = tidy_line(text[: 8 * most])
    return tidy if len(tidy) <= most else f"{tidy[: most - 1]}…"
