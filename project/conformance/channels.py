"""Channels without a meaning: whoever is connected may enter, publish, and see who is there."""

from __future__ import annotations

from typing import Any

from project.realtime.codes import PERMISSION_DENIED
from project.realtime.refusals import Refused
from project.realtime.topics import Caller, Methods, Topic

LONGEST_NAME = 255


class PlainTopic(Topic, kind=""):
    """Names without a namespace; `#<user>` is that user's own channel, entered by the server at connect."""

    history_size = 100
    history_secs = 300
    presence = True
    presence_list = True
    join_leave = True
    publish = True
    inside_only = False
    subscription_tokens = True

    def read_id(self, text: str) -> str | None:
        return text if text.isascii() and text.isprintable() and 0 < len(text) <= LONGEST_NAME else None

    def personal_channel(self, user_id: Any) -> str | None:
        return f"#{user_id}"

    async def join(self, *, caller: Caller, id: str) -> None:
        if id.startswith("#") and id != f"#{caller.name}":
            raise Refused(PERMISSION_DENIED)


class Namespace(PlainTopic, kind="recovery"):
    """The same behind a name and a colon, without channels of users."""

    def personal_channel(self, user_id: Any) -> None:
        return None

    async def join(self, *, caller: Caller, id: str) -> None:
        return None


class SmallHistory(Namespace, kind="smallhistory"):
    history_size = 2


class Bench(Namespace, kind="bench"):
    """For load tools: nothing is kept, nobody is counted or announced."""

    history_size = 0
    presence = False
    presence_list = False
    join_leave = False


TOPICS: list[Methods] = [PlainTopic(), Namespace(), SmallHistory(), Bench()]
