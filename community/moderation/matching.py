"""Rules, made ready: what each looks for, and whom it leaves alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from community.moderation.errors import RuleInvalid
from community.moderation.models import Rule
from community.moderation.models.sanctions import SITE
from community.moderation.text.links import hosts_in, is_of
from community.moderation.text.notes import tidy
from community.moderation.text.shapes import Shape, same_text, shape_of
from community.moderation.text.words import Words

MOST_WORDS = 50_000
MOST_WORD_LENGTH = 60
LONGEST_LOOK_BACK_SECS = 600
# So many of an author's last messages are compared with what comes next.
MOST_COMPARED = 50
_MENTION = re.compile(r"@[^\s@]")

ORDER = {Rule.Action.FLAG: 0, Rule.Action.HOLD: 1, Rule.Action.REMOVE: 2, Rule.Action.MUTE: 3}


@dataclass(slots=True)
class Seen:
    """A text to be looked at, with what is needed to do so. `recent`: (when, text) of its author's last messages in the
    channel, the latest first; `joined_at` of the author."""

    channel: str
    author_id: int
    text: str
    at: datetime
    joined_at: datetime | None = None
    recent: Sequence[tuple[datetime, str]] = ()
    _shape: Shape | None = None
    _hosts: list[str] | None = field(default=None)

    @property
    def shape(self) -> Shape:
        if self._shape is None:
            self._shape = shape_of(self.text)
        return self._shape

    @property
    def hosts(self) -> list[str]:
        if self._hosts is None:
            self._hosts = hosts_in(self.text)
        return self._hosts


class Ready:
    """A rule that can be asked."""

    def __init__(self, rule: Rule) -> None:
        """Of a rule that was `checked` when it was written: bounds that came later stop no rule, nor what is said."""
        self.id, self.scope, self.title = rule.pk, rule.scope, rule.title
        self.kind, self.action, self.mute_secs = rule.kind, rule.action, rule.mute_secs
        self._params = {**_DEFAULTS[rule.kind], **rule.params}
        self._exempt = frozenset(rule.exempt_users)
        days = rule.exempt_older_than_days
        self._exempt_age = None if days is None else timedelta(days=days)
        self._words = Words(self._params["words"]) if rule.kind == Rule.Kind.KEYWORD else None

    @property
    def look_back_secs(self) -> int:
        """How far back it looks at what the author said."""
        return int(self._params["secs"]) if self.kind in (Rule.Kind.FLOOD, Rule.Kind.DUPLICATE) else 0

    @property
    def needs_age(self) -> bool:
        return self.kind == Rule.Kind.NEW_ACCOUNT or self._exempt_age is not None

    def covers(self, channel: str) -> bool:
        return self.scope in (SITE, channel)

    def found_in(self, seen: Seen) -> str | None:
        """What of the text it is about; None where it lets it be."""
        if not self.covers(seen.channel) or seen.author_id in self._exempt:
            return None
        if self._exempt_age is not None and seen.joined_at and seen.at - seen.joined_at > self._exempt_age:
            return None
        found: str | None = getattr(self, f"_{self.kind}")(seen)
        return found

    def _keyword(self, seen: Seen) -> str | None:
        assert self._words is not None
        return self._words.find(seen.shape)

    def _link(self, seen: Seen) -> str | None:
        allowed = self._params["allow"]
        return next((host for host in seen.hosts if not is_of(host, allowed)), None)

    def _flood(self, seen: Seen) -> str | None:
        since = seen.at - timedelta(seconds=self._params["secs"])
        said = 1 + sum(at > since for at, _ in seen.recent)
        return f"{said}×" if said > self._params["messages"] else None

    def _duplicate(self, seen: Seen) -> str | None:
        since = seen.at - timedelta(seconds=self._params["secs"])
        same = same_text(seen.text)
        if len(same) < self._params["least_length"]:
            return None
        said = 1 + sum(at > since and same_text(text) == same for at, text in seen.recent[:MOST_COMPARED])
        return f"{said}×" if said > self._params["times"] else None

    def _mentions(self, seen: Seen) -> str | None:
        count = len(_MENTION.findall(seen.text))
        return f"{count} @" if count > self._params["most"] else None

    def _new_account(self, seen: Seen) -> str | None:
        if seen.joined_at is None or seen.at - seen.joined_at >= timedelta(seconds=self._params["younger_than_secs"]):
            return None
        if self._params["only"] == "links":
            return seen.hosts[0] if seen.hosts else None
        return "new"


_DEFAULTS: dict[str, dict[str, Any]] = {
    Rule.Kind.KEYWORD: {"words": []},
    Rule.Kind.LINK: {"allow": []},
    Rule.Kind.FLOOD: {"messages": 5, "secs": 10},
    Rule.Kind.DUPLICATE: {"times": 2, "secs": 60, "least_length": 4},
    Rule.Kind.MENTIONS: {"most": 5},
    Rule.Kind.NEW_ACCOUNT: {"younger_than_secs": 86_400, "only": "all"},
}


def checked(kind: str, params: dict[str, Any]) -> dict[str, Any]:
    """What a rule of this kind needs, with defaults for what is left out. Raises RuleInvalid."""
    defaults = _DEFAULTS.get(kind)
    if defaults is None:
        raise RuleInvalid(detail={"kind": "unknown"})
    if not isinstance(params, dict) or params.keys() - defaults.keys():
        raise RuleInvalid(detail={"params": "unknown"})
    found = {**defaults, **params}
    for name, default in defaults.items():
        value = found[name]
        if isinstance(default, list):
            if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
                raise RuleInvalid(detail={name: "a list of words"})
            value = [tidy(one) for one in value[: MOST_WORDS + 1]]
            if len(value) > MOST_WORDS or any(not 0 < len(one) <= MOST_WORD_LENGTH for one in value):
                raise RuleInvalid(detail={name: "too long"})
            found[name] = list(dict.fromkeys(value))
        elif isinstance(default, int):
            if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= 10**8:
                raise RuleInvalid(detail={name: "out of range"})
        elif value not in ("all", "links"):
            raise RuleInvalid(detail={name: "unknown"})
    if kind == Rule.Kind.KEYWORD and any(not shape_of(word).spaced for word in found["words"]):
        raise RuleInvalid(detail={"words": "nothing to look for"})
    if kind in (Rule.Kind.FLOOD, Rule.Kind.DUPLICATE) and found["secs"] > LONGEST_LOOK_BACK_SECS:
        raise RuleInvalid(detail={"secs": "out of range"})
    if kind == Rule.Kind.DUPLICATE and found["times"] > MOST_COMPARED:
        raise RuleInvalid(detail={"times": "out of range"})
    if kind == Rule.Kind.LINK:
        found["allow"] = [domain.lower().strip(".") for domain in found["allow"]]
    return found
