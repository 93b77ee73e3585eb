from __future__ import annotations

from typing import Any

from rest_framework import serializers


class DropGroupSerializer(serializers.Serializer[Any]):
    """A group whose members a drop may be for."""

    id = serializers.IntegerField()
    title = serializers.CharField()
