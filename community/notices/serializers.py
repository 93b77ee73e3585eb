"""Shapes of the inbox over HTTP."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from community.notices.kinds import KINDS

MOST_SEQ = 2**63 - 1


class NoticePersonSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    display_name = serializers.CharField()
    avatar = serializers.CharField(allow_null=True)


class NoticeTitleSerializer(serializers.Serializer[Any]):
    zh = serializers.CharField()
    en = serializers.CharField()


class InboxNoticeSerializer(serializers.Serializer[Any]):
    """As `notice.added` has it on the socket. `at` and `until` in ms since the epoch."""

    id = serializers.IntegerField()
    seq = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=KINDS)
    people = NoticePersonSerializer(many=True)
    count = serializers.IntegerField()
    about = serializers.CharField(allow_blank=True)
    title = NoticeTitleSerializer(allow_null=True)
    text = serializers.CharField(allow_blank=True)
    word = serializers.CharField(allow_blank=True)
    until = serializers.IntegerField(allow_null=True)
    at = serializers.IntegerField()
    read = serializers.BooleanField()


class InboxSerializer(serializers.Serializer[Any]):
    unread = serializers.IntegerField()
    version = serializers.IntegerField()


class ReadThroughSerializer(serializers.Serializer[Any]):
    """`through`: the `seq` of the newest notice that was on the screen."""

    through = serializers.IntegerField(min_value=0, max_value=MOST_SEQ)


class SwitchSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=KINDS)
    on = serializers.BooleanField()
    may_be_off = serializers.BooleanField()


class SwitchChangeSerializer(serializers.Serializer[Any]):
    on = serializers.BooleanField()
