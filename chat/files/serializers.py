"""Shapes of uploads over HTTP."""

from __future__ import annotations

from typing import Any, get_args

from rest_framework import serializers

from chat.files.cards import FileKind


class UploadFormSerializer(serializers.Serializer[Any]):
    """Pictures (JPEG, PNG, WebP) of up to 10 MB, other files of up to 20 MB."""

    file = serializers.FileField(max_length=1000, allow_empty_file=True)


class FileSerializer(serializers.Serializer[Any]):
    """`upload` is what `chat.send` takes along. `width` and `height` of a picture, in pixels."""

    kind = serializers.ChoiceField(choices=get_args(FileKind))
    upload = serializers.CharField()
    name = serializers.CharField()
    type = serializers.CharField()
    size = serializers.IntegerField()
    width = serializers.IntegerField(required=False)
    height = serializers.IntegerField(required=False)


class FileLinkSerializer(serializers.Serializer[Any]):
    """`url` reads the file until `expires_at`, in ms since the epoch."""

    file = FileSerializer()
    url = serializers.CharField()
    expires_at = serializers.IntegerField()
