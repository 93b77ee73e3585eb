"""Automod's rules: written, changed, tried out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import transaction

from community.accounts.models import User
from community.accounts.selectors import active_cards
from community.moderation import known, places
from community.moderation.cards import DryRun, Match
from community.moderation.errors import RuleInvalid
from community.moderation.matching import Ready, Seen, checked
from community.moderation.models import Rule
from community.moderation.models.sanctions import SITE
from community.moderation.places import Said
from community.moderation.selectors import rights
from community.moderation.services import audit
from community.moderation.text.notes import tidy
from project.kernel.clock import now, to_ms
from project.kernel.errors import Forbidden, NotFound

TRIED_ON = timedelta(days=7)
MOST_TRIED = 20_000
MOST_EXAMPLES = 20
MOST_EXEMPT = 200


def _check(by: int, scope: str, fields: dict[str, Any]) -> dict[str, Any]:
    """Who may, and whether the rule can work. Raises NotFound, Forbidden, RuleInvalid."""
    if scope != SITE and not places.known(scope)[0].watched:
        raise Forbidden
    rights.moderator_in(by, scope)
    if len(fields.get("exempt_users", ())) > MOST_EXEMPT:
        raise RuleInvalid(detail={"exempt_users": "too many"})
    if "title" in fields:
        fields = {**fields, "title": tidy(fields["title"])}
        if not fields["title"]:
            raise RuleInvalid(detail={"title": "required"})
    return {**fields, "params": checked(fields["kind"], fields.get("params", {}))}


@transaction.atomic
def make_rule(*, by: int, scope: str, **fields: Any) -> Rule:
    """Raises NotFound, Forbidden, RuleInvalid."""
    made = Rule.objects.create(scope=scope, made_by_id=by, **_check(by, scope, fields))
    _changed(by, "rule.make", made)
    return made


@transaction.atomic
def change_rule(*, by: int, rule_id: int, **fields: Any) -> Rule:
    """Change what is given; the scope and the kind stay. Raises NotFound, Forbidden, RuleInvalid."""
    found = _locked(rule_id)
    fields = _check(by, found.scope, {"params": found.params, **fields, "kind": found.kind})
    for name, value in fields.items():
        setattr(found, name, value)
    found.version += 1
    found.save()
    _changed(by, "rule.change", found)
    return found


@transaction.atomic
def remove_rule(*, by: int, rule_id: int) -> None:
    """Raises NotFound, Forbidden."""
    found = _locked(rule_id)
    rights.moderator_in(by, found.scope)
    _changed(by, "rule.remove", found)
    found.delete()


def _locked(rule_id: int) -> Rule:
    """In a transaction. Raises NotFound, also where somebody has just removed it."""
    found = Rule.objects.select_for_update().filter(pk=rule_id).first()
    if found is None:
        raise NotFound
    return found


def _changed(by: int, action: str, changed: Rule) -> None:
    known.changed("rules")
    audit.record(
        actor_id=by,
        action=action,
        target=changed.scope,
        data={
            "rule": changed.pk,
            "title": changed.title,
            "kind": changed.kind,
            "action": changed.action,
            "enabled": changed.enabled,
        },
    )


def try_rule(*, by: int, scope: str, **fields: Any) -> DryRun:
    """What a rule would have matched in the last week, without doing anything. At most 20,000 messages are looked at.

    Raises NotFound, Forbidden, RuleInvalid.
    """
    ready = Ready(Rule(scope=scope, **_check(by, scope, fields)))
    at = now()
    said = list(places.said_since(scope, at - TRIED_ON, MOST_TRIED))
    joined = dict(User.objects.filter(pk__in={one.author_id for one in said}).values_list("pk", "joined_at"))
    matches: list[tuple[Said, str]] = []
    for one, recent in _with_what_was_before(said, ready.look_back_secs):
        seen = Seen(one.channel, one.author_id, one.text, one.at, joined.get(one.author_id), recent)
        if found := ready.found_in(seen):
            matches.append((one, found))
    shown = sorted(matches, key=lambda match: match[0].at, reverse=True)[:MOST_EXAMPLES]
    people = active_cards({one.author_id for one, _ in shown})
    return {
        "looked_at": len(said),
        "matched": len(matches),
        "examples": [_match(one, found, people) for one, found in shown if one.author_id in people],
    }


def _match(said: Said, found: str, people: Any) -> Match:
    return {
        "channel": said.channel,
        "author": people[said.author_id],
        "text": said.text,
        "found": found,
        "at": to_ms(said.at),
    }


def _with_what_was_before(said: list[Said], secs: int) -> Iterable[tuple[Said, list[tuple[Any, str]]]]:
    """Each message with what its author said in the channel within `secs` before it, the latest first."""
    before: dict[tuple[str, int], list[tuple[Any, str]]] = {}
    for one in sorted(said, key=lambda one: one.at):
        recent = before.setdefault((one.channel, one.author_id), [])
        if secs:
            recent[:] = [(at, text) for at, text in recent if (one.at - at).total_seconds() < secs]
        yield one, recent[::-1] if secs else []
        if secs:
            recent.append((one.at, one.text))
