"""Why a channel did not get everything that was sent to it."""

from __future__ import annotations


class Undelivered(Exception):
    """Raised by `receive` behind all messages that did arrive. The channel has then left its groups, and is empty:
    who goes on receiving enters them anew and looks at the state of things; a consumer ends, and its client comes
    back."""

    def __init__(self, channel: str) -> None:
        super().__init__(channel)
        self.channel = channel


class ChannelOverflow(Undelivered):
    """More messages waited than the channel's capacity."""


class PositionLost(Undelivered):
    """Redis may have lost messages: it began anew, or more were missed than it keeps."""
