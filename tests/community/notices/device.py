"""A device that keeps the inbox of `user:<id>`: the count from the snapshot, the list from HTTP, the rest from events.

It does what `frontend/src/shared/realtime/inbox.ts` does.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from community.notices import selectors


class Device:
    def __init__(self, user_id: int) -> None:
        self.inbox: dict[str, Any] = dict(selectors.inbox_of(user_id))
        self.notices: dict[int, dict[str, Any]] = {}
        self.removed: set[int] = set()
        self.all_read_to = 0
        self.read_to: dict[int, int] = {}
        for card in selectors.notice_cards(list(selectors.notices_of(user_id))):
            self._keep(dict(card))

    def reduce(self, events: Iterable[dict[str, Any]]) -> None:
        for event in events:
            if event["inbox"]["version"] >= self.inbox["version"]:
                self.inbox = event["inbox"]
            match event["type"]:
                case "notice.added":
                    self._keep(event["notice"])
                case "notice.read" if event["notice"] is None:
                    self.all_read_to = max(self.all_read_to, event["through"])
                case "notice.read":
                    id = event["notice"]
                    self.read_to[id] = max(self.read_to.get(id, 0), event["through"])
                case "notice.removed":
                    self.removed.add(event["notice"])
                case unknown:
                    raise AssertionError(f"no device knows {unknown}")

    def _keep(self, card: dict[str, Any]) -> None:
        known = self.notices.get(card["id"])
        if known is None or card["seq"] >= known["seq"]:
            self.notices[card["id"]] = dict(card)

    def shown(self) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """The count, and the notices that have the latest news first."""
        cards = [card for id, card in self.notices.items() if id not in self.removed]
        for card in cards:
            card["read"] |= card["seq"] <= max(self.all_read_to, self.read_to.get(card["id"], 0))
        return self.inbox, sorted(cards, key=lambda card: -card["seq"])
