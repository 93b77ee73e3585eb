"""What holds in channels, and automod's rules, as this process knows them by heart."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple, cast

from django.db.models import QuerySet

from community.accounts.selectors import Card, active_cards, card
from community.moderation import known, places
from community.moderation.cards import (
    AutomodRule,
    HeldCard,
    HeldState,
    RoomRules,
    RuleAction,
    RuleKind,
)
from community.moderation.matching import Ready
from community.moderation.models import HeldMessage, RoomSetting, Rule
from community.moderation.selectors import rights
from community.moderation.selectors.sanctions import ms
from project.kernel.clock import now, to_ms
from project.kernel.errors import Forbidden, LoginRequired, NotFound

# While a room is raided.
RAID_SLOW_SECS = 30
RAID_NEWCOMER_SECS = 7 * 86_400


class InForce(NamedTuple):
    """What a message is held against in a channel at some moment."""

    slow_mode_secs: int = 0
    followers_only: bool = False
    min_account_age_secs: int = 0
    links: bool = True
    chat: bool = True
    held: bool = False
    newcomers_held_secs: int = 0


OPEN = InForce()


def _read_settings() -> dict[str, RoomSetting]:
    return {setting.channel: setting for setting in RoomSetting.objects.all()}


def _read_rules() -> list[Ready]:
    return [Ready(rule) for rule in Rule.objects.filter(enabled=True).order_by("pk")]


_settings = known.Known("rooms", _read_settings)
_rules = known.Known("rules", _read_rules)


def in_force(channel: str, at: datetime) -> InForce:
    """In a thread of the database."""
    setting = _settings.get().get(channel)
    if setting is None:
        return OPEN
    raided = setting.raid_until is not None and at < setting.raid_until
    return InForce(
        slow_mode_secs=max(setting.slow_mode_secs, RAID_SLOW_SECS if raided else 0),
        followers_only=setting.followers_only,
        min_account_age_secs=setting.min_account_age_secs,
        links=setting.links and not raided,
        chat=setting.chat,
        held=setting.held,
        newcomers_held_secs=RAID_NEWCOMER_SECS if raided else 0,
    )


def rules_for(channel: str) -> list[Ready]:
    """In a thread of the database."""
    return [rule for rule in _rules.get() if rule.covers(channel)]


NOTHING_SET: RoomRules = {
    "slow_mode_secs": 0,
    "followers_only": False,
    "min_account_age_secs": 0,
    "links": True,
    "chat": True,
    "held": False,
    "raid_until": None,
    "version": 0,
}


def rules_card(setting: RoomSetting | None) -> RoomRules:
    """`slow_mode_secs` is what it is while nobody raids the room."""
    if setting is None:
        return NOTHING_SET
    return {
        "slow_mode_secs": setting.slow_mode_secs,
        "followers_only": setting.followers_only,
        "min_account_age_secs": setting.min_account_age_secs,
        "links": setting.links,
        "chat": setting.chat,
        "held": setting.held,
        "raid_until": ms(setting.raid_until) if setting.raid_until and setting.raid_until > now() else None,
        "version": setting.version,
    }


def room_rules(channels: Collection[str]) -> dict[str, RoomRules]:
    """What is set for each of the channels. One query."""
    found = {setting.channel: setting for setting in RoomSetting.objects.filter(channel__in=channels)}
    return {channel: rules_card(found.get(channel)) for channel in channels}


def held_messages(scope: str | None) -> QuerySet[HeldMessage]:
    """Those that wait, the oldest first."""
    waiting = HeldMessage.objects.filter(state=HeldMessage.State.WAITING).select_related("author").order_by("pk")
    return waiting if scope is None else waiting.filter(channel=scope)


def held_uploads() -> QuerySet[HeldMessage, str]:
    """Codes of the uploads of those that wait."""
    waiting = HeldMessage.objects.filter(state=HeldMessage.State.WAITING).exclude(upload="")
    return waiting.values_list("upload", flat=True)


def may_look_at(*, user_id: int, upload: str, owner_id: int) -> bool:
    """Whether somebody decides about a message of the owner's that waits and has this upload."""
    waiting = HeldMessage.objects.filter(state=HeldMessage.State.WAITING, upload=upload, author=owner_id)
    for channel in set(waiting.values_list("channel", flat=True)):
        with suppress(Forbidden, LoginRequired, NotFound):
            rights.moderator_in(user_id, channel)
            return True
    return False


def held_cards(found: Collection[HeldMessage]) -> list[HeldCard]:
    titles = places.titles_of(one.channel for one in found)
    return [
        {
            "id": one.pk,
            "channel": one.channel,
            "place": titles.get(one.channel, ""),
            "author": card(one.author),
            "text": one.text,
            "upload": one.upload or None,
            "about": one.about or None,
            "rule": one.rule,
            "at": to_ms(one.at),
            "state": cast(HeldState, one.state),
        }
        for one in found
    ]


def rule_cards(rules: Iterable[Rule]) -> list[AutomodRule]:
    found = list(rules)
    people = active_cards({user_id for rule in found for user_id in rule.exempt_users})
    titles = places.titles_of(rule.scope for rule in found)
    return [_rule_card(rule, people, place=titles.get(rule.scope, "")) for rule in found]


def rule_card(rule: Rule) -> AutomodRule:
    return rule_cards([rule])[0]


def _rule_card(rule: Rule, people: Mapping[int, Card], *, place: str) -> AutomodRule:
    return {
        "id": rule.pk,
        "scope": rule.scope,
        "place": place,
        "title": rule.title,
        "kind": cast(RuleKind, rule.kind),
        "params": rule.params,
        "action": cast(RuleAction, rule.action),
        "mute_secs": rule.mute_secs,
        "enabled": rule.enabled,
        "exempt_users": rule.exempt_users,
        "exempt": [people[user_id] for user_id in rule.exempt_users if user_id in people],
        "exempt_older_than_days": rule.exempt_older_than_days,
        "version": rule.version,
    }


def rules_in(scope: str | None) -> QuerySet[Rule]:
    """All, or those of one scope, also those that are switched off."""
    found = Rule.objects.order_by("scope", "pk")
    return found if scope is None else found.filter(scope=scope)


def rule(rule_id: int) -> Rule:
    """Raises NotFound."""
    found = Rule.objects.filter(pk=rule_id).first()
    if found is None:
        raise NotFound
    return found
