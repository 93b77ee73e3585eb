"""A room as a client keeps it: a snapshot, and what the events make of it, in whatever order they come."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from typing import Any

MOST_MESSAGES = 50

# Shown, and gone.
PASSING = {"order.paid", "chat.typing"}


def replay(snapshot: dict[str, Any], events: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """The snapshot that a client would have now. The show's version is left out: pins have their part in it."""
    client = _Client(snapshot)
    for event in events:
        client.reduce(event)
    return client.state()


def comparable(snapshot: dict[str, Any]) -> dict[str, Any]:
    """A fresh snapshot, to be compared with a replayed one."""
    return replay(snapshot, [])


class _Client:
    def __init__(self, snapshot: dict[str, Any]) -> None:
        self.room = deepcopy(snapshot)
        version = snapshot["show"]["version"]
        self.show_version = self.pins_version = self.shelf_version = version
        self.stream_version = snapshot["playback"]["version"]
        self.cards = {card["id"]: (version, card) for card in snapshot["pinned"]}
        self.pinned = [card["id"] for card in snapshot["pinned"]]
        self.sales = {sale["id"]: sale for sale in snapshot["sales"]}
        self.drops = {drop["id"]: drop for drop in snapshot["drops"]}
        self.messages = {message["seq"]: message for message in snapshot["messages"]}

    def reduce(self, event: dict[str, Any]) -> None:
        match event["type"]:
            case "chat.sent" | "chat.edited" | "chat.recalled" | "chat.hidden" | "chat.restored":
                self._said(event["message"])
            case "chat.reacted" | "chat.pinned" | "chat.unpinned" | "chat.previewed":
                self._said(event["message"])
            case "room.changed":
                if event["rules"]["version"] >= self.room["rules"]["version"]:
                    self.room["rules"] = event["rules"]
                    self.room["chat"] = {**self.room["chat"], "slow_mode_secs": event["rules"]["slow_mode_secs"]}
            case "item.pinned":
                self._learn(event["item"], event["version"])
                self._pin(event)
            case "item.unpinned":
                self._pin(event)
            case "item.changed":
                self._learn(event["item"], event["version"])
            case "shelf.changed":
                if event["version"] >= self.shelf_version:
                    self.shelf_version = event["version"]
                    self.room["shelf_count"] = event["count"]
            case "show.changed" | "show.started" | "show.ended":
                if event["show"]["version"] >= self.show_version:
                    self.show_version = event["show"]["version"]
                    self.room["show"] = event["show"]
            case "stream.changed":
                if event["version"] >= self.stream_version:
                    self.stream_version = event["version"]
                    self.room["playback"] = event["playback"]
            case "sale.scheduled" | "sale.opened" | "sale.closed":
                known = self.sales.get(event["sale"]["id"])
                if known is None or event["sale"]["version"] >= known["version"]:
                    self.sales[event["sale"]["id"]] = event["sale"]
            case "drop.scheduled" | "drop.opened" | "drop.closed":
                known = self.drops.get(event["drop"]["id"])
                if known is None or event["drop"]["version"] >= known["version"]:
                    self.drops[event["drop"]["id"]] = event["drop"]
            case "likes.counted":
                self.room["likes"] = max(self.room["likes"], event["total"])
            case "viewers.counted":
                self.room["viewers"] = event["count"]
            case unknown if unknown not in PASSING:
                raise AssertionError(f"no client knows {unknown}")

    def _said(self, message: dict[str, Any]) -> None:
        known = self.messages.get(message["seq"])
        if known is None or message.get("version", 1) > known.get("version", 1):
            self.messages[message["seq"]] = message

    def _learn(self, card: dict[str, Any], version: int) -> None:
        if version >= self.cards.get(card["id"], (0, None))[0]:
            self.cards[card["id"]] = version, card

    def _pin(self, event: dict[str, Any]) -> None:
        if event["version"] >= self.pins_version:
            self.pins_version = event["version"]
            self.pinned = event["pinned"]

    def state(self) -> dict[str, Any]:
        messages = [self.messages[seq] for seq in sorted(self.messages)][-MOST_MESSAGES:]
        return {
            **self.room,
            "show": {name: value for name, value in self.room["show"].items() if name != "version"},
            "pinned": [self.cards[item_id][1] for item_id in self.pinned],
            "sales": [sale for _, sale in sorted(self.sales.items()) if sale["state"] != "closed"],
            "drops": [drop for _, drop in sorted(self.drops.items()) if drop["state"] != "closed"],
            "messages": messages,
            "last_seq": messages[-1]["seq"] if messages else 0,
        }
