"""Finds the topic of a channel (`kind:id`) and the handler of a method (`noun.verb`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from project.realtime.topics import Method, Methods, Topic

_topics: dict[str, Topic] = {}
_methods: dict[str, tuple[Methods, Method]] = {}


def install(owners: Sequence[Methods]) -> None:
    """Take over the table of channel kinds and methods (`project/wiring.py`).

    Raises ValueError for a name that comes twice.
    """
    _topics.clear()
    _methods.clear()
    for owner in owners:
        if isinstance(owner, Topic):
            if owner.kind in _topics:
                raise ValueError(f"two topics for {owner.kind}:")
            _topics[owner.kind] = owner
        for method in owner.methods.values():
            if method.name in _methods:
                raise ValueError(f"two methods {method.name}")
            _methods[method.name] = (owner, method)


def topic_of(channel: str) -> tuple[Topic, Any] | None:
    """The topic and the id of a channel, or None where the name is not of the grammar or the kind is unknown.

    A name without a colon belongs to the topic of the empty kind, where there is one.
    """
    kind, colon, id_text = channel.partition(":")
    topic = _topics.get(kind if colon else "")
    if topic is None:
        return None
    id = topic.read_id(id_text if colon else channel)
    return None if id is None else (topic, id)


def method_of(name: str) -> tuple[Methods, Method] | None:
    return _methods.get(name)


def has_methods() -> bool:
    return bool(_methods)


def personal_channels(user_id: int) -> list[str]:
    return [channel for topic in _topics.values() if (channel := topic.personal_channel(user_id))]
