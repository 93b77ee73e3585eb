"""Shapes of the list of one's conversations over HTTP: as on the wire, times in ms since the epoch."""

from __future__ import annotations

from typing import Any, get_args

from rest_framework import serializers

from chat.conversations.serializers import ConversationSerializer
from chat.messages.cards import RoomRole
from community.accounts.serializers import PersonSerializer


class AuthorSerializer(PersonSerializer):
    role = serializers.ChoiceField(choices=get_args(RoomRole), allow_null=True)


class MessageSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    seq = serializers.IntegerField()
    author = AuthorSerializer()
    text = serializers.CharField()
    key = serializers.CharField()
    at = serializers.IntegerField()


class ListedSerializer(ConversationSerializer):
    last_message = MessageSerializer(allow_null=True)
    unread = serializers.IntegerField()


class ConversationListSerializer(serializers.Serializer[Any]):
    """`requests`: direct chats that strangers asked for. `unread` counts neither these nor what is muted."""

    conversations = ListedSerializer(many=True)
    requests = ListedSerializer(many=True)
    unread = serializers.IntegerField()
