"""Shapes of the accounts' REST answers and requests."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from community.accounts.names import NameRefused, clean_bio, clean_display_name


class DisplayNameField(serializers.CharField):
    """1–40 characters, trimmed, no control characters."""

    def run_validation(self, data: Any = serializers.empty) -> str:
        if isinstance(data, str):
            try:
                return clean_display_name(data)
            except NameRefused as refusal:
                raise serializers.ValidationError(refusal.code, code=refusal.code) from None
        name: str = super().run_validation(data)
        return name


class BioField(serializers.CharField):
    """At most 160 characters on one line; may be empty."""

    def run_validation(self, data: Any = serializers.empty) -> str:
        if isinstance(data, str):
            try:
                return clean_bio(data)
            except NameRefused as refusal:
                raise serializers.ValidationError(refusal.code, code=refusal.code) from None
        bio: str = super().run_validation(data)
        return bio


class PersonSerializer(serializers.Serializer[Any]):
    """What everyone may see of a user."""

    id = serializers.IntegerField()
    display_name = serializers.CharField()
    avatar = serializers.CharField(allow_null=True)


class NamedSerializer(serializers.Serializer[Any]):
    q = serializers.CharField(min_length=1, max_length=40, help_text="What is in the name.")


class UserSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    email = serializers.EmailField()
    display_name = serializers.CharField()
    avatar = serializers.CharField(allow_null=True)
    bio = serializers.CharField(allow_blank=True)
    roles = serializers.ListField(child=serializers.ChoiceField(choices=["host", "moderator", "staff"]))


class MeSerializer(serializers.Serializer[Any]):
    """`user` is null for a guest."""

    user = UserSerializer(allow_null=True)


class ProfileChangeSerializer(serializers.Serializer[Any]):
    """What is left out stays; an `avatar` of null removes it."""

    display_name = DisplayNameField(required=False)
    bio = BioField(required=False, allow_blank=True)
    avatar = serializers.FileField(required=False, allow_null=True, allow_empty_file=True)


class TokenSerializer(serializers.Serializer[Any]):
    token = serializers.CharField()
    expires_in = serializers.IntegerField(help_text="seconds")


class DemoAccountSerializer(serializers.Serializer[Any]):
    email = serializers.EmailField()
    password = serializers.CharField()
    role = serializers.CharField()


class ConfigSerializer(serializers.Serializer[Any]):
    """What a client needs to know of this server before anyone is logged in."""

    demo = serializers.BooleanField()
    demo_accounts = DemoAccountSerializer(many=True)
    rtmp_url = serializers.CharField()
    default_currency = serializers.CharField()
