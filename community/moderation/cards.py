"""What people, and moderators, see of moderation. Times in ms since the epoch."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

from community.accounts.selectors import Card

SanctionKind = Literal["warning", "mute", "kick", "ban", "shadow_mute"]
Reason = Literal[
    "spam",
    "abuse",
    "hate",
    "sexual",
    "violence",
    "fraud",
    "privacy",
    "minors",
    "illegal",
    "impersonation",
    "other",
]
CaseKind = Literal["message", "user", "group"]
CaseState = Literal["open", "decided"]
Action = Literal["keep", "remove", "warn", "mute", "kick", "ban", "shadow"]
AppealState = Literal["open", "upheld", "overturned"]
RuleKind = Literal["keyword", "link", "flood", "duplicate", "mentions", "new_account"]
RuleAction = Literal["flag", "hold", "remove", "mute"]
HeldState = Literal["waiting", "approved", "refused"]


class SanctionCard(TypedDict):
    """What a person is held to, as that person sees it. `scope`: `site`, or a channel. `rule`: what was broken, in
    words; empty where `reason` says it all. `expires_at` null: until it is lifted. A smaller `version` is older.
    """

    id: int
    scope: str
    place: str
    kind: SanctionKind
    reason: Reason
    rule: str
    starts_at: int
    expires_at: int | None
    lifted_at: int | None
    appeal: AppealState | None
    may_appeal: bool
    version: int


class SanctionRecord(SanctionCard):
    """The same as moderators see it."""

    user: Card
    note: str
    by: Card | None
    lifted_by: Card | None
    lifted_why: str
    hides_earlier: bool


class RecordCard(TypedDict):
    """What is known of a person: counts over all time, what holds now, and the next step of the ladder."""

    user: Card
    joined_at: int
    warnings: int
    mutes: int
    bans: int
    reported: int
    active: list[SanctionRecord]
    proposed: Action
    proposed_secs: int | None


class ReportCard(TypedDict):
    reporter: Card
    reason: Reason
    note: str
    weight: float
    at: int


class MadeReport(TypedDict):
    """A report that somebody has made. `upheld` null: its case is not decided yet."""

    id: int
    case: ReportedCard
    reason: Reason
    note: str
    at: int
    upheld: bool | None


class CopyCard(TypedDict):
    """What a thing looked like when it was first reported."""

    text: str
    title: NotRequired[str]
    seq: NotRequired[int]
    at: NotRequired[int]


class ReportedCard(TypedDict):
    """A thing that was reported, in its `version`: an older one is to be ignored.

    `target`: `message:7`, `user:3`, `group:9`. `scope`: the channel that it belongs to, or `site`. `rule`: the automod
    rule that matched. `gone`: out of sight now.
    """

    id: int
    kind: CaseKind
    target: str
    scope: str
    place: str
    subject: Card | None
    copy: CopyCard
    state: CaseState
    weight: float
    reports: int
    reasons: list[Reason]
    rule: str
    hidden: bool
    opened_at: int
    reported_at: int
    decision: Action | None
    decided_by: Card | None
    decided_at: int | None
    version: int


class ContextLine(TypedDict):
    """A message near the one in question."""

    id: int
    seq: int
    author: Card
    text: str
    at: int
    hidden: bool


class CaseDetail(TypedDict):
    case: ReportedCard
    reports: list[ReportCard]
    around: list[ContextLine]
    record: RecordCard | None
    undo_until: int | None


class AppealCard(TypedDict):
    id: int
    sanction: SanctionRecord
    text: str
    state: AppealState
    at: int
    answer: str
    decided_by: Card | None
    decided_at: int | None
    mine: bool
    version: int


class AuditCard(TypedDict):
    """`person`: who it was done to, or whose thing. `scope`: where, as far as it is known; `place`: how that is called.
    `hash` covers the row, without names, and the row before."""

    number: int
    at: int
    actor: Card | None
    action: str
    target: str
    person: Card | None
    scope: str
    place: str
    details: dict[str, Any]
    hash: str


class LookCard(TypedDict):
    """Who has which case before them."""

    case: int
    moderator: Card


class DeskSnapshot(TypedDict):
    """What waits. Who looks at what is said again every ten seconds. `held_version`: of the count of those held."""

    open_cases: int
    open_appeals: int
    held: int
    held_version: int


class RoomRules(TypedDict):
    """What holds in a channel now. A smaller `version` is older; 0: nothing was ever set.

    `raid_until`: until then everything is slow, and newcomers are held.
    """

    slow_mode_secs: int
    followers_only: bool
    min_account_age_secs: int
    links: bool
    chat: bool
    held: bool
    raid_until: int | None
    version: int


class RoomReply(TypedDict):
    rules: RoomRules


class SanctionReply(TypedDict):
    sanction: SanctionRecord


class Hidden(TypedDict):
    messages: list[int]


class PlaceCard(TypedDict):
    """A channel, and how it is called."""

    scope: str
    place: str


class HeldCard(TypedDict):
    """A message that waits. `upload`: the code of a file that it has; `about`: what it has a card of (`product:12`)."""

    id: int
    channel: str
    place: str
    author: Card
    text: str
    upload: str | None
    about: str | None
    rule: str
    at: int
    state: HeldState


class AutomodRule(TypedDict):
    """`scope`: `site`, or a channel; `place`: how that is called. `params` as its kind needs them. `exempt_users`
    by id, and `exempt` those of them whose accounts are open."""

    id: int
    scope: str
    place: str
    title: str
    kind: RuleKind
    params: dict[str, Any]
    action: RuleAction
    mute_secs: int
    enabled: bool
    exempt_users: list[int]
    exempt: list[Card]
    exempt_older_than_days: int | None
    version: int


class Match(TypedDict):
    """A message that a rule would have matched. `found`: what of it."""

    channel: str
    author: Card
    text: str
    found: str
    at: int


class DryRun(TypedDict):
    """Of `looked_at` messages of the last week, so many would have matched; the last few as examples."""

    looked_at: int
    matched: int
    examples: list[Match]


class DayFigures(TypedDict):
    """A day of the house (`2026-11-03`). `first_action_secs`: the median time from a report to the first action."""

    day: str
    reports: int
    cases: int
    first_action_secs: int | None
    appeals: int
    overturned: int


class Metrics(TypedDict):
    """`first_action_secs`: the median over all cases that were opened in these days and had a first action, of which
    there are `acted`.
    """

    days: list[DayFigures]
    acted: int
    first_action_secs: int | None
    open_cases: int
    oldest_open_at: int | None
