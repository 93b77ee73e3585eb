"""A group or a direct chat as a client keeps it: a snapshot, and what the events make of it, in whatever order."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from typing import Any

MOST_MESSAGES = 50


def replay(snapshot: dict[str, Any], events: Iterable[dict[str, Any]], *, me: int) -> dict[str, Any]:
    """The snapshot that the client of user `me` would have now."""
    client = _Client(snapshot, me)
    for event in events:
        client.reduce(event)
    return client.state()


def comparable(snapshot: dict[str, Any]) -> dict[str, Any]:
    """A fresh snapshot, to be compared with a replayed one."""
    return replay(snapshot, [], me=0)


class _Client:
    def __init__(self, snapshot: dict[str, Any], me: int) -> None:
        self.room = deepcopy(snapshot)
        self.me = me
        self.messages = {message["seq"]: message for message in snapshot["messages"]}

    def reduce(self, event: dict[str, Any]) -> None:
        match event["type"]:
            case "chat.sent":
                self._said(event["message"])
            case "group.changed":
                self._newer("group", event["group"])
            case "dm.changed":
                self._newer("dm", event["dm"])
            case "members.counted":
                self._newer("members", {"count": event["count"], "version": event["version"]})
            # On `user:<id>`:
            case "conversation.changed":
                self._own(event["membership"])
            case "conversation.added":
                self._own(event["conversation"]["membership"])
            case "conversation.removed" | "conversation.touched":
                pass
            case unknown:
                raise AssertionError(f"no client knows {unknown}")

    def _newer(self, part: str, value: dict[str, Any]) -> None:
        if value["version"] >= self.room[part]["version"]:
            self.room[part] = value

    def _said(self, message: dict[str, Any]) -> None:
        self.messages[message["seq"]] = message
        if message["author"]["id"] == self.me:
            self._read(message["seq"])

    def _own(self, membership: dict[str, Any]) -> None:
        known = self.room["membership"]
        if (membership["id"], membership["version"]) >= (known["id"], known["version"]):
            self.room["membership"] = membership
        if membership["id"] == known["id"]:
            self._read(max(known["read_seq"], membership["read_seq"]))

    def _read(self, seq: int) -> None:
        membership = self.room["membership"]
        self.room["membership"] = {**membership, "read_seq": max(membership["read_seq"], seq)}

    def state(self) -> dict[str, Any]:
        messages = [self.messages[seq] for seq in sorted(self.messages)][-MOST_MESSAGES:]
        # The counter serves all parts of a group: a fresh snapshot has its latest, an event that of its own part.
        parts = {
            name: {field: value for field, value in self.room[name].items() if field != "version"}
            for name in ("group", "members", "dm")
            if name in self.room
        }
        return {**self.room, **parts, "messages": messages, "last_seq": messages[-1]["seq"] if messages else 0}
