"""A group or a direct chat as a client keeps it: a snapshot, and what the events make of it, in whatever order."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from typing import Any

MOST_MESSAGES = 50
MOST_RECEIPTS = 50

# What passes by, and what the list of conversations and the inbox are for: no part of what is kept here.
PASSING = {
    "chat.typing",
    "conversation.removed",
    "conversation.touched",
    "mention.added",
    "mention.removed",
    "notice.added",
}


def replay(snapshot: dict[str, Any], events: Iterable[dict[str, Any]], *, me: int) -> dict[str, Any]:
    """The snapshot that the client of user `me` would have now."""
    client = ChatClient(snapshot, me)
    for event in events:
        client.reduce(event)
    return client.state()


def comparable(snapshot: dict[str, Any]) -> dict[str, Any]:
    """A fresh snapshot, to be compared with a replayed one."""
    return replay(snapshot, [], me=0)


def attached(message: dict[str, Any]) -> dict[str, str]:
    """What a quote of the message says of what it has beside its text."""
    if "file" in message:
        return {"attached": message["file"]["kind"]}
    return {"attached": "card"} if "card" in message else {"attached": "line"} if "line" in message else {}


class ChatClient:
    def __init__(self, snapshot: dict[str, Any], me: int) -> None:
        self.room = deepcopy(snapshot)
        self.me = me
        self.messages = {message["seq"]: message for message in snapshot["messages"]}
        self.pinned = {message["seq"]: message for message in snapshot["pinned"]}
        self.reacted = {(int(id), emoji) for id, own in snapshot["reacted"].items() for emoji in own}
        self.last_change = snapshot["last_change"]
        self.reads = _reads(snapshot)
        # The change that each of one's own reactions is known from.
        self.reacted_at: dict[tuple[int, str], int] = {}

    def recover(self, snapshot: dict[str, Any]) -> None:
        """The events that were missed are going to come; of what no event keeps, the snapshot counts."""
        self.reads = _reads(snapshot)
        self._newer("members", snapshot["members"])
        self._own(snapshot["membership"])

    def reduce(self, event: dict[str, Any]) -> None:
        match event["type"]:
            case "chat.sent":
                self._said(event["message"])
            case "chat.edited" | "chat.previewed" | "chat.recalled" | "chat.hidden" | "chat.restored":
                self._changed(event["message"])
            case "chat.kept" | "chat.pinned" | "chat.unpinned":
                self._changed(event["message"])
            case "chat.reacted":
                self._changed(event["message"])
                if event["by"] == self.me:
                    self._reacted(event)
            case "group.changed":
                self._newer("group", event["group"])
            case "room.changed":
                self._room_changed(event["rules"])
            case "dm.changed":
                self._newer("dm", event["dm"])
            case "members.counted":
                self._newer("members", {"count": event["count"], "version": event["version"]})
            # On `user:<id>`:
            case "read.moved":
                self._read_moved(event)
            case "conversation.changed":
                self._own(event["membership"])
            case "conversation.added":
                self._own(event["conversation"]["membership"])
            case unknown if unknown not in PASSING:
                raise AssertionError(f"no client knows {unknown}")

    def _newer(self, part: str, value: dict[str, Any]) -> None:
        if value["version"] >= self.room[part]["version"]:
            self.room[part] = value

    def _room_changed(self, rules: dict[str, Any]) -> None:
        if rules["version"] >= self.room["rules"]["version"]:
            self.room["rules"] = rules
            self.room["chat"] = {**self.room["chat"], "slow_mode_secs": rules["slow_mode_secs"]}

    def _said(self, message: dict[str, Any]) -> None:
        self._changed(message)
        author = message["author"]["id"]
        if author in self.reads:
            membership, seq = self.reads[author]
            self.reads[author] = (membership, None if seq is None else max(seq, message["seq"]))
        if author == self.me:
            self._read(message["seq"])

    def _changed(self, message: dict[str, Any]) -> None:
        """The newest version counts, in the list, above it, and in what quotes it."""
        seq, version = message["seq"], message.get("version", 1)
        known_as = self.messages.get(seq)
        known_version = known_as.get("version", 1) if known_as else 0
        # One's own that nobody else sees comes hidden by the channel, and as it is by what is told to oneself.
        seen = known_as is not None and known_version == version and "hidden" in known_as and "hidden" not in message
        if known_version < version or seen:
            self.messages[seq] = message
            self.pinned.pop(seq, None)
            if "pinned_at" in message:
                self.pinned[seq] = message
        for place in (self.messages, self.pinned):
            for known, card in place.items():
                quote = card.get("reply")
                original = self.messages.get(quote["seq"]) if quote else None
                if not quote or not original:
                    continue
                is_gone = "recalled" in original or "hidden" in original
                reveals = quote["version"] == original.get("version", 1) and quote["recalled"] and not is_gone
                if quote["version"] < original.get("version", 1) or reveals:
                    now = {
                        "text": original["text"][:80],
                        "recalled": is_gone,
                        "version": original.get("version", 1),
                    }
                    place[known] = {**card, "reply": {**quote, **now, **attached(original)}}
                    if not attached(original):
                        place[known]["reply"].pop("attached", None)

    def _reacted(self, event: dict[str, Any]) -> None:
        own = (event["message"]["id"], event["emoji"])
        change = event["message"]["change"]
        if change > self.reacted_at.get(own, self.last_change):
            self.reacted_at[own] = change
            (self.reacted.add if event["added"] else self.reacted.discard)(own)

    def _read_moved(self, event: dict[str, Any]) -> None:
        membership, seq = self.reads.get(event["user"], (0, 0))
        if event["membership"] > membership:
            self.reads[event["user"]] = (event["membership"], event["seq"])
        elif event["membership"] == membership and seq is not None:
            ended = event["seq"] is None
            self.reads[event["user"]] = (membership, None if ended else max(seq, event["seq"]))

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
        parts: dict[str, Any] = {
            name: {field: value for field, value in self.room[name].items() if field != "version"}
            for name in ("group", "members", "dm")
            if name in self.room
        }
        numbers = [message["change"] for message in self.messages.values()]
        by_pin = sorted(self.pinned.values(), key=lambda card: (card["pinned_at"], card["seq"]), reverse=True)
        # With a message that is recalled, its reactions are gone; with one that is hidden, they may come back.
        shown = {message["id"] for message in messages if "reactions" in message or "hidden" in message}
        reacted: dict[str, list[str]] = {}
        for id, emoji in sorted(self.reacted):
            if id in shown:
                reacted.setdefault(str(id), []).append(emoji)
        if "reads" in self.room:
            few = self.room["members"]["count"] <= MOST_RECEIPTS
            known = [(user, membership, seq) for user, (membership, seq) in sorted(self.reads.items())]
            shown_reads = [
                {"user": user, "membership": membership, "seq": seq}
                for user, membership, seq in known
                if seq is not None
            ]
            parts["reads"] = shown_reads if few else None
        return {
            **self.room,
            **parts,
            "messages": messages,
            "pinned": by_pin,
            "reacted": reacted,
            "last_seq": messages[-1]["seq"] if messages else 0,
            "last_change": max([self.last_change, *numbers]),
        }


def _reads(snapshot: dict[str, Any]) -> dict[int, tuple[int, int | None]]:
    """By user: the membership, and what it has read up to; None once it has ended."""
    return {one["user"]: (one["membership"], one["seq"]) for one in snapshot.get("reads") or ()}
