"""Shapes of the list of one's conversations over HTTP: as on the wire, times in ms since the epoch."""

from __future__ import annotations

from typing import Any, get_args

from rest_framework import serializers

from chat.conversations.cards import LineWord
from chat.conversations.serializers import ConversationSerializer
from chat.files.serializers import FileSerializer
from chat.messages.cards import Attached, Emoji, RoomRole
from community.accounts.serializers import PersonSerializer
from project.serializers import BilingualSerializer


class AuthorSerializer(PersonSerializer):
    role = serializers.ChoiceField(choices=get_args(RoomRole), allow_null=True)


class QuotedMessageSerializer(serializers.Serializer[Any]):
    seq = serializers.IntegerField()
    author = PersonSerializer()
    text = serializers.CharField(allow_blank=True)
    recalled = serializers.BooleanField()
    version = serializers.IntegerField()
    attached = serializers.ChoiceField(choices=get_args(Attached), required=False)


class SharedCardSerializer(serializers.Serializer[Any]):
    """As it was when it was shared. `amount` in minor units of `currency`."""

    about = serializers.CharField()
    title = BilingualSerializer()
    picture = serializers.CharField(allow_null=True)
    amount = serializers.IntegerField(allow_null=True)
    currency = serializers.CharField(allow_null=True)


class GroupLineSerializer(serializers.Serializer[Any]):
    """What the group says by itself: the author has done it, to these people if to any."""

    what = serializers.ChoiceField(choices=get_args(LineWord))
    people = PersonSerializer(many=True)
    title = serializers.CharField(allow_blank=True)


class PreviewSerializer(serializers.Serializer[Any]):
    """What the first link in the text leads to: text, empty where the page says nothing."""

    url = serializers.CharField()
    title = serializers.CharField()
    text = serializers.CharField(allow_blank=True)
    site = serializers.CharField(allow_blank=True)


class MentionSerializer(serializers.Serializer[Any]):
    """In UTF-16 code units of the text. `user` is null where everybody is mentioned."""

    user = serializers.IntegerField(allow_null=True)
    start = serializers.IntegerField()
    length = serializers.IntegerField()


class MessageSerializer(serializers.Serializer[Any]):
    """What is not so is left out, from `version` on; without a `version`, it is the first."""

    id = serializers.IntegerField()
    seq = serializers.IntegerField()
    author = AuthorSerializer()
    text = serializers.CharField(allow_blank=True)
    key = serializers.CharField()
    at = serializers.IntegerField()
    change = serializers.IntegerField()
    version = serializers.IntegerField(required=False)
    reply = QuotedMessageSerializer(required=False)
    reactions = serializers.DictField(child=serializers.IntegerField(), required=False)
    mentions = MentionSerializer(many=True, required=False)
    file = FileSerializer(required=False)
    card = SharedCardSerializer(required=False)
    line = GroupLineSerializer(required=False)
    preview = PreviewSerializer(required=False)
    edited_at = serializers.IntegerField(required=False)
    pinned_at = serializers.IntegerField(required=False)
    recalled = serializers.BooleanField(required=False)


class PageSerializer(serializers.Serializer[Any]):
    """`messages`: the newest last. `reacted`: one's own reactions to them, by message id."""

    messages = MessageSerializer(many=True)
    reacted = serializers.DictField(child=serializers.ListField(child=serializers.ChoiceField(get_args(Emoji))))


class ChangesSerializer(PageSerializer):
    """In the order of their last change. `more`: ask again from the last one's."""

    more = serializers.BooleanField()


class PageQuerySerializer(serializers.Serializer[Any]):
    """`before` or `after` the message of this number; without either, the last ones."""

    before = serializers.IntegerField(required=False, min_value=1, max_value=2**53)
    after = serializers.IntegerField(required=False, min_value=0, max_value=2**53)
    limit = serializers.IntegerField(default=50, min_value=1, max_value=100)


class ChangesQuerySerializer(serializers.Serializer[Any]):
    since = serializers.IntegerField(min_value=0, max_value=2**53)
    limit = serializers.IntegerField(default=100, min_value=1, max_value=200)


class ListedSerializer(ConversationSerializer):
    last_message = MessageSerializer(allow_null=True)
    unread = serializers.IntegerField()
    mentions = serializers.ListField(child=serializers.IntegerField())


class FoundMessageSerializer(serializers.Serializer[Any]):
    channel = serializers.CharField()
    message = MessageSerializer()


class MentionsSerializer(serializers.Serializer[Any]):
    """The newest first. `next`: the `before` of the next page, or null at the end."""

    mentions = FoundMessageSerializer(many=True)
    next = serializers.IntegerField(allow_null=True)


class MentionsQuerySerializer(serializers.Serializer[Any]):
    """`before`: the `next` of the page before."""

    before = serializers.IntegerField(required=False, min_value=1, max_value=2**53)
    limit = serializers.IntegerField(default=30, min_value=1, max_value=100)


class SearchQuerySerializer(serializers.Serializer[Any]):
    """`before`: the `next` of the page before."""

    q = serializers.CharField(min_length=1, max_length=100)
    before = serializers.IntegerField(required=False, min_value=1, max_value=2**53)
    limit = serializers.IntegerField(default=30, min_value=1, max_value=50)


class FoundMessagesSerializer(serializers.Serializer[Any]):
    """The newest first. `next`: the `before` of the next page, or null at the end; before that, a page may be short, or
    empty.
    """

    found = FoundMessageSerializer(many=True)
    next = serializers.IntegerField(allow_null=True)


class ConversationListSerializer(serializers.Serializer[Any]):
    """`requests`: direct chats that strangers asked for. `unread` counts none of these, and of what is muted the
    mentions alone.
    """

    conversations = ListedSerializer(many=True)
    requests = ListedSerializer(many=True)
    unread = serializers.IntegerField()
