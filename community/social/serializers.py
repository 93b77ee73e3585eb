"""Shapes of people over HTTP."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from rest_framework import serializers

from community.accounts.selectors import card
from community.social.selectors import Row


class RelationSerializer(serializers.Serializer[Any]):
    """What somebody is to the caller. `request`: an open one, and which way it goes."""

    following = serializers.BooleanField()
    followed_by = serializers.BooleanField()
    friends = serializers.BooleanField()
    request = serializers.ChoiceField(choices=["sent", "received"], allow_null=True)
    blocked = serializers.BooleanField()


class PersonCardSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    display_name = serializers.CharField()
    avatar = serializers.CharField(allow_null=True)


class PersonProfileSerializer(PersonCardSerializer):
    """`relation` is null for a guest and for oneself."""

    bio = serializers.CharField(allow_blank=True)
    is_host = serializers.BooleanField()
    followers = serializers.IntegerField()
    following = serializers.IntegerField()
    relation = RelationSerializer(allow_null=True)


class PersonRowSerializer(serializers.Serializer[Any]):
    """Somebody in a list, since when, and what else the two are to each other."""

    person = PersonCardSerializer()
    relation = RelationSerializer()
    since = serializers.DateTimeField(default_timezone=UTC)


class FeedItemSerializer(serializers.Serializer[Any]):
    """What every kind of news shows: who, and when. Each kind adds what it is about."""

    at = serializers.DateTimeField(default_timezone=UTC)
    person = PersonCardSerializer()


def row_data(row: Row) -> dict[str, Any]:
    return {"person": card(row.relation.user), "relation": row.relation.card, "since": row.since}
