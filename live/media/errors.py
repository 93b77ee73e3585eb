"""Why a publisher is turned away. RTMP answers have code words of their own, so these are no DomainErrors."""

from typing import ClassVar


class PublishRefused(Exception):
    status: ClassVar[str]


class KeyUnknown(PublishRefused):
    """No show that is not over has this key."""

    status = "NetStream.Publish.Denied"


class AlreadyPublishing(PublishRefused):
    """Someone publishes with this key now."""

    status = "NetStream.Publish.BadName"
