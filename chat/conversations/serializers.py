"""Shapes of groups and direct chats over HTTP: as on the wire, times in ms since the epoch."""

from __future__ import annotations

from typing import Any, get_args

from rest_framework import serializers

from chat.conversations.cards import DirectRequest, HistoryName, JoinPolicyName, MemberRole, MentionAllName
from chat.conversations.models import ANNOUNCEMENT_LENGTH, ANSWER_LENGTH, QUESTION_LENGTH, JoinRequest
from community.accounts.serializers import PersonSerializer
from project.kernel.ids import MOST_ID

ROLES = get_args(MemberRole)
POLICIES = get_args(JoinPolicyName)
MENTION_ALL = get_args(MentionAllName)
HISTORY = get_args(HistoryName)
DIRECT_REQUESTS = get_args(DirectRequest)
# A text is cleaned before it is measured.
SPARE = 4


class AnnouncementSerializer(serializers.Serializer[Any]):
    text = serializers.CharField()
    by = PersonSerializer(allow_null=True)
    at = serializers.IntegerField()


class GroupSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    title = serializers.CharField()
    picture = serializers.CharField(allow_null=True)
    announcement = AnnouncementSerializer(allow_null=True)
    join_policy = serializers.ChoiceField(choices=POLICIES)
    question = serializers.CharField(allow_blank=True)
    mention_all = serializers.ChoiceField(choices=MENTION_ALL)
    history = serializers.ChoiceField(choices=HISTORY)
    capacity = serializers.IntegerField()
    owner = PersonSerializer()
    managers = serializers.ListField(child=serializers.IntegerField())
    closed_at = serializers.IntegerField(allow_null=True)
    version = serializers.IntegerField()


class MembersCountSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    version = serializers.IntegerField()


class MembershipSerializer(serializers.Serializer[Any]):
    """One's own place in a conversation."""

    id = serializers.IntegerField()
    role = serializers.ChoiceField(choices=ROLES)
    joined_at = serializers.IntegerField()
    joined_seq = serializers.IntegerField()
    read_seq = serializers.IntegerField()
    muted = serializers.BooleanField()
    pinned_at = serializers.IntegerField(allow_null=True)
    version = serializers.IntegerField()


class GroupDetailSerializer(serializers.Serializer[Any]):
    group = GroupSerializer()
    members = MembersCountSerializer()
    membership = MembershipSerializer()


class GroupPreviewSerializer(serializers.Serializer[Any]):
    """A group as those see it who are not in it yet."""

    id = serializers.IntegerField()
    title = serializers.CharField()
    picture = serializers.CharField(allow_null=True)
    owner = PersonSerializer()
    member_count = serializers.IntegerField()
    capacity = serializers.IntegerField()
    join_policy = serializers.ChoiceField(choices=POLICIES)
    question = serializers.CharField(allow_blank=True)
    joined = serializers.BooleanField()
    requested = serializers.BooleanField()


class MemberSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    user = PersonSerializer()
    role = serializers.ChoiceField(choices=ROLES)
    joined_at = serializers.IntegerField()


class MemberPageSerializer(serializers.Serializer[Any]):
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = MemberSerializer(many=True)


class InviteSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    code = serializers.CharField()
    created_by = PersonSerializer()
    created_at = serializers.IntegerField()
    expires_at = serializers.IntegerField(allow_null=True)
    max_uses = serializers.IntegerField(allow_null=True)
    uses = serializers.IntegerField()
    alive = serializers.BooleanField()


class JoinRequestSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    user = PersonSerializer()
    answer = serializers.CharField(allow_blank=True)
    state = serializers.ChoiceField(choices=JoinRequest.State.choices)
    asked_at = serializers.IntegerField()


class EntrySerializer(serializers.Serializer[Any]):
    """What came of knocking: in the group, or waiting for a decision."""

    state = serializers.ChoiceField(choices=["joined", "requested"])
    membership = MembershipSerializer(allow_null=True)


class CreateGroupSerializer(serializers.Serializer[Any]):
    title = serializers.CharField(max_length=400)
    join_policy = serializers.ChoiceField(choices=POLICIES, required=False)
    question = serializers.CharField(max_length=QUESTION_LENGTH * SPARE, required=False, allow_blank=True)
    picture = serializers.FileField(required=False, max_length=255)


class ChangeGroupSerializer(CreateGroupSerializer):
    """What is left out stays; a `picture` of null removes it."""

    title = serializers.CharField(max_length=400, required=False)
    mention_all = serializers.ChoiceField(choices=MENTION_ALL, required=False)
    history = serializers.ChoiceField(choices=HISTORY, required=False)
    capacity = serializers.IntegerField(min_value=1, max_value=2**31 - 1, required=False)
    picture = serializers.FileField(required=False, allow_null=True, max_length=255)


class AnnounceSerializer(serializers.Serializer[Any]):
    """An empty text takes the announcement down."""

    text = serializers.CharField(max_length=ANNOUNCEMENT_LENGTH * SPARE, allow_blank=True)


class RoleSerializer(serializers.Serializer[Any]):
    role = serializers.ChoiceField(choices=["manager", "member"])


class UserIdSerializer(serializers.Serializer[Any]):
    user = serializers.IntegerField(min_value=1, max_value=MOST_ID)


class AnswerSerializer(serializers.Serializer[Any]):
    answer = serializers.CharField(max_length=ANSWER_LENGTH * SPARE, required=False, allow_blank=True, default="")


class CreateInviteSerializer(serializers.Serializer[Any]):
    """Without `expires_in_secs` it does not expire, without `max_uses` it is for any number of people."""

    expires_in_secs = serializers.IntegerField(min_value=60, max_value=365 * 86400, required=False, allow_null=True)
    max_uses = serializers.IntegerField(min_value=1, max_value=100_000, required=False, allow_null=True)


class DecideSerializer(serializers.Serializer[Any]):
    accept = serializers.BooleanField()


class PlaceSerializer(serializers.Serializer[Any]):
    """What is left out stays."""

    muted = serializers.BooleanField(required=False)
    pinned = serializers.BooleanField(required=False)


class ReadSerializer(serializers.Serializer[Any]):
    seq = serializers.IntegerField(min_value=0, max_value=MOST_ID)


class DirectSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    people = PersonSerializer(many=True)
    requested_by = serializers.IntegerField(allow_null=True)
    version = serializers.IntegerField()


class GroupBriefSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    title = serializers.CharField()
    picture = serializers.CharField(allow_null=True)
    version = serializers.IntegerField()


class DirectBriefSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    peer = PersonSerializer()
    request = serializers.ChoiceField(choices=DIRECT_REQUESTS)
    version = serializers.IntegerField()


class ConversationSerializer(serializers.Serializer[Any]):
    """A conversation in one's list: a group or a direct chat."""

    channel = serializers.CharField()
    group = GroupBriefSerializer(allow_null=True)
    dm = DirectBriefSerializer(allow_null=True)
    membership = MembershipSerializer()
    last_seq = serializers.IntegerField()
