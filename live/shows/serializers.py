from __future__ import annotations

from datetime import UTC
from typing import Any

from rest_framework import serializers

from community.accounts.serializers import PersonSerializer
from community.social.serializers import FeedItemSerializer
from live.shows.models import Show


class ShowCardSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    title = serializers.CharField()
    cover = serializers.CharField(allow_null=True)
    state = serializers.ChoiceField(choices=Show.State.choices)
    host = PersonSerializer()
    scheduled_at = serializers.DateTimeField(allow_null=True, default_timezone=UTC)
    started_at = serializers.DateTimeField(allow_null=True, default_timezone=UTC)
    ended_at = serializers.DateTimeField(allow_null=True, default_timezone=UTC)
    viewers = serializers.IntegerField()
    likes = serializers.IntegerField()


class ShowNewsSerializer(FeedItemSerializer):
    """A show that was announced, is on air or is over; `at`: since when it is."""

    kind = serializers.ChoiceField(choices=["show"])
    show = ShowCardSerializer()


class ShowInputSerializer(serializers.Serializer[Any]):
    title = serializers.CharField(max_length=80)
    scheduled_at = serializers.DateTimeField(required=False, allow_null=True, default_timezone=UTC)
    cover = serializers.FileField(required=False, max_length=255)


def given(data: dict[str, Any]) -> dict[str, Any]:
    """What the services take, out of validated input."""
    found: dict[str, Any] = {name: data[name] for name in ("title", "scheduled_at", "cover") if name in data}
    if "cover" in found:
        found["cover_size"] = found["cover"].size
    return found
