"""Shapes of moderation over HTTP: as on the wire, times in ms since the epoch."""

from __future__ import annotations

from typing import Any, get_args

from rest_framework import serializers

from community.accounts.serializers import PersonSerializer
from community.moderation.cards import (
    Action,
    AppealState,
    CaseKind,
    CaseState,
    HeldState,
    Reason,
    RuleAction,
    RuleKind,
    SanctionKind,
)
from community.moderation.services.sanctions import LONGEST_SECS

SANCTION_KINDS = get_args(SanctionKind)
REASONS = get_args(Reason)
CASE_KINDS = get_args(CaseKind)
CASE_STATES = get_args(CaseState)
ACTIONS = get_args(Action)
APPEAL_STATES = get_args(AppealState)
RULE_KINDS = get_args(RuleKind)
RULE_ACTIONS = get_args(RuleAction)
HELD_STATES = get_args(HeldState)
MOST_AT_ONCE = 100


class OwnSanctionSerializer(serializers.Serializer[Any]):
    """What a person is held to, as that person sees it."""

    id = serializers.IntegerField()
    scope = serializers.CharField()
    place = serializers.CharField(allow_blank=True)
    kind = serializers.ChoiceField(choices=SANCTION_KINDS)
    reason = serializers.ChoiceField(choices=REASONS)
    rule = serializers.CharField(allow_blank=True)
    starts_at = serializers.IntegerField()
    expires_at = serializers.IntegerField(allow_null=True)
    lifted_at = serializers.IntegerField(allow_null=True)
    appeal = serializers.ChoiceField(choices=APPEAL_STATES, allow_null=True)
    may_appeal = serializers.BooleanField()
    version = serializers.IntegerField()


class SanctionSerializer(OwnSanctionSerializer):
    """The same as moderators see it."""

    user = PersonSerializer()
    note = serializers.CharField(allow_blank=True)
    by = PersonSerializer(allow_null=True)
    lifted_by = PersonSerializer(allow_null=True)
    lifted_why = serializers.CharField(allow_blank=True)
    hides_earlier = serializers.BooleanField()


class OwnStandingSerializer(serializers.Serializer[Any]):
    """All that the caller was ever held to, and whether the caller has a desk."""

    sanctions = OwnSanctionSerializer(many=True)
    moderates = serializers.BooleanField()


class RecordSerializer(serializers.Serializer[Any]):
    user = PersonSerializer()
    joined_at = serializers.IntegerField()
    warnings = serializers.IntegerField()
    mutes = serializers.IntegerField()
    bans = serializers.IntegerField()
    reported = serializers.IntegerField()
    active = SanctionSerializer(many=True)
    proposed = serializers.ChoiceField(choices=ACTIONS)
    proposed_secs = serializers.IntegerField(allow_null=True)


class WrongSerializer(serializers.Serializer[Any]):
    """What is wrong with something."""

    reason = serializers.ChoiceField(choices=REASONS)
    note = serializers.CharField(max_length=500, allow_blank=True, default="")


class ReportInputSerializer(WrongSerializer):
    """`target`: `message:7` by the id of the message, `user:3`, `group:9`."""

    target = serializers.CharField(max_length=64)


class ReceiptSerializer(serializers.Serializer[Any]):
    """The report has come in."""

    target = serializers.CharField()
    at = serializers.IntegerField()


class ReportSerializer(serializers.Serializer[Any]):
    reporter = PersonSerializer()
    reason = serializers.ChoiceField(choices=REASONS)
    note = serializers.CharField(allow_blank=True)
    weight = serializers.FloatField()
    at = serializers.IntegerField()


class CopySerializer(serializers.Serializer[Any]):
    text = serializers.CharField(allow_blank=True)
    title = serializers.CharField(required=False)
    seq = serializers.IntegerField(required=False)
    at = serializers.IntegerField(required=False)


class ReportedCaseSerializer(serializers.Serializer[Any]):
    """A thing that was reported."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=CASE_KINDS)
    target = serializers.CharField()
    scope = serializers.CharField()
    place = serializers.CharField(allow_blank=True)
    subject = PersonSerializer(allow_null=True)
    copy = CopySerializer()
    state = serializers.ChoiceField(choices=CASE_STATES)
    weight = serializers.FloatField()
    reports = serializers.IntegerField()
    reasons = serializers.ListField(child=serializers.ChoiceField(choices=REASONS))
    rule = serializers.CharField(allow_blank=True)
    hidden = serializers.BooleanField()
    opened_at = serializers.IntegerField()
    reported_at = serializers.IntegerField()
    decision = serializers.ChoiceField(choices=ACTIONS, allow_null=True)
    decided_by = PersonSerializer(allow_null=True)
    decided_at = serializers.IntegerField(allow_null=True)
    version = serializers.IntegerField()


class MadeReportSerializer(serializers.Serializer[Any]):
    """A report that somebody has made. `upheld` null: its case is not decided yet."""

    id = serializers.IntegerField()
    case = ReportedCaseSerializer()
    reason = serializers.ChoiceField(choices=REASONS)
    note = serializers.CharField(allow_blank=True)
    at = serializers.IntegerField()
    upheld = serializers.BooleanField(allow_null=True)


class ReportedPageSerializer(serializers.Serializer[Any]):
    results = ReportedCaseSerializer(many=True)
    total = serializers.IntegerField()


class ContextSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    seq = serializers.IntegerField()
    author = PersonSerializer()
    text = serializers.CharField(allow_blank=True)
    at = serializers.IntegerField()
    hidden = serializers.BooleanField()


class ReportedDetailSerializer(serializers.Serializer[Any]):
    case = ReportedCaseSerializer()
    reports = ReportSerializer(many=True)
    around = ContextSerializer(many=True)
    record = RecordSerializer(allow_null=True)
    undo_until = serializers.IntegerField(allow_null=True)


class _SanctionFields(serializers.Serializer[Any]):
    secs = serializers.IntegerField(min_value=1, max_value=LONGEST_SECS, allow_null=True, default=None)
    rule = serializers.CharField(max_length=200, allow_blank=True, default="")
    note = serializers.CharField(max_length=500, allow_blank=True, default="")
    hides_earlier = serializers.BooleanField(default=False)


class VerdictSerializer(_SanctionFields):
    """`secs` null: for good. `everywhere`: on the whole site, not where the thing is. `reason` null: what the reports
    say."""

    action = serializers.ChoiceField(choices=ACTIONS)
    everywhere = serializers.BooleanField(default=False)
    reason = serializers.ChoiceField(choices=REASONS, allow_null=True, default=None)


class BulkSerializer(VerdictSerializer):
    cases = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**53), min_length=1, max_length=MOST_AT_ONCE
    )


class OutcomeSerializer(serializers.Serializer[Any]):
    """`error`: the code word of the refusal."""

    id = serializers.IntegerField()
    case = ReportedCaseSerializer(allow_null=True)
    error = serializers.CharField(allow_null=True)


class BulkResultSerializer(serializers.Serializer[Any]):
    results = OutcomeSerializer(many=True)


class SanctionInputSerializer(_SanctionFields):
    user = serializers.IntegerField(min_value=1, max_value=2**53)
    scope = serializers.CharField(max_length=64)
    kind = serializers.ChoiceField(choices=SANCTION_KINDS)
    reason = serializers.ChoiceField(choices=REASONS)


class WhySerializer(serializers.Serializer[Any]):
    why = serializers.CharField(max_length=500, allow_blank=True, default="")


class AppealInputSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=1000)


class AppealDecisionSerializer(serializers.Serializer[Any]):
    overturn = serializers.BooleanField()
    answer = serializers.CharField(max_length=1000, allow_blank=True, default="")


class AppealSerializer(serializers.Serializer[Any]):
    """`mine`: somebody else has to decide it."""

    id = serializers.IntegerField()
    sanction = SanctionSerializer()
    text = serializers.CharField()
    state = serializers.ChoiceField(choices=APPEAL_STATES)
    at = serializers.IntegerField()
    answer = serializers.CharField(allow_blank=True)
    decided_by = PersonSerializer(allow_null=True)
    decided_at = serializers.IntegerField(allow_null=True)
    mine = serializers.BooleanField()
    version = serializers.IntegerField()


class AuditSerializer(serializers.Serializer[Any]):
    """`person`: who it was done to, or whose thing. `scope`: where, as far as it is known."""

    number = serializers.IntegerField()
    at = serializers.IntegerField()
    actor = PersonSerializer(allow_null=True)
    action = serializers.CharField()
    target = serializers.CharField()
    person = PersonSerializer(allow_null=True)
    scope = serializers.CharField(allow_blank=True)
    place = serializers.CharField(allow_blank=True)
    details = serializers.DictField()
    hash = serializers.CharField()


class RoomRulesSerializer(serializers.Serializer[Any]):
    slow_mode_secs = serializers.IntegerField()
    followers_only = serializers.BooleanField()
    min_account_age_secs = serializers.IntegerField()
    links = serializers.BooleanField()
    chat = serializers.BooleanField()
    held = serializers.BooleanField()
    raid_until = serializers.IntegerField(allow_null=True)
    version = serializers.IntegerField()


class RoomInputSerializer(serializers.Serializer[Any]):
    """What is left out stays. `raid_secs` 0 ends the raid mode."""

    slow_mode_secs = serializers.IntegerField(min_value=0, max_value=120, required=False)
    followers_only = serializers.BooleanField(required=False)
    min_account_age_secs = serializers.IntegerField(min_value=0, max_value=365 * 86_400, required=False)
    links = serializers.BooleanField(required=False)
    chat = serializers.BooleanField(required=False)
    held = serializers.BooleanField(required=False)
    raid_secs = serializers.IntegerField(min_value=0, max_value=86_400, required=False)


class HeldSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    channel = serializers.CharField()
    place = serializers.CharField(allow_blank=True)
    author = PersonSerializer()
    text = serializers.CharField(allow_blank=True)
    upload = serializers.CharField(allow_null=True)
    about = serializers.CharField(allow_null=True)
    rule = serializers.CharField(allow_blank=True)
    at = serializers.IntegerField()
    state = serializers.ChoiceField(choices=HELD_STATES)


class HeldDecisionSerializer(serializers.Serializer[Any]):
    approve = serializers.BooleanField()


class RuleInputSerializer(serializers.Serializer[Any]):
    """`params` by kind. keyword: `words`; link: `allow` (domains); flood: `messages`, `secs`; duplicate: `times`,
    `secs`, `least_length`; mentions: `most`; new_account: `younger_than_secs`, `only` (`all`, `links`)."""

    title = serializers.CharField(max_length=80)
    kind = serializers.ChoiceField(choices=RULE_KINDS)
    params = serializers.DictField(default=dict)
    action = serializers.ChoiceField(choices=RULE_ACTIONS)
    mute_secs = serializers.IntegerField(min_value=1, max_value=LONGEST_SECS, default=600)
    enabled = serializers.BooleanField(default=True)
    exempt_users = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**53), max_length=200, default=list
    )
    exempt_older_than_days = serializers.IntegerField(min_value=1, max_value=3650, allow_null=True, default=None)


class NewRuleSerializer(RuleInputSerializer):
    scope = serializers.CharField(max_length=64)


class PlaceSerializer(serializers.Serializer[Any]):
    """A room or a group, and how it is called."""

    scope = serializers.CharField()
    place = serializers.CharField()


class RuleSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    scope = serializers.CharField()
    place = serializers.CharField(allow_blank=True)
    title = serializers.CharField()
    kind = serializers.ChoiceField(choices=RULE_KINDS)
    params = serializers.DictField()
    action = serializers.ChoiceField(choices=RULE_ACTIONS)
    mute_secs = serializers.IntegerField()
    enabled = serializers.BooleanField()
    exempt_users = serializers.ListField(child=serializers.IntegerField())
    exempt = PersonSerializer(many=True)
    exempt_older_than_days = serializers.IntegerField(allow_null=True)
    version = serializers.IntegerField()


class MatchSerializer(serializers.Serializer[Any]):
    channel = serializers.CharField()
    author = PersonSerializer()
    text = serializers.CharField()
    found = serializers.CharField()
    at = serializers.IntegerField()


class DryRunSerializer(serializers.Serializer[Any]):
    """Of so many messages of the last week, so many would have matched."""

    looked_at = serializers.IntegerField()
    matched = serializers.IntegerField()
    examples = MatchSerializer(many=True)


class DaySerializer(serializers.Serializer[Any]):
    """A day of the house, as a date."""

    day = serializers.DateField()
    reports = serializers.IntegerField()
    cases = serializers.IntegerField()
    first_action_secs = serializers.IntegerField(allow_null=True)
    appeals = serializers.IntegerField()
    overturned = serializers.IntegerField()


class MetricsSerializer(serializers.Serializer[Any]):
    days = DaySerializer(many=True)
    acted = serializers.IntegerField()
    first_action_secs = serializers.IntegerField(allow_null=True)
    open_cases = serializers.IntegerField()
    oldest_open_at = serializers.IntegerField(allow_null=True)
