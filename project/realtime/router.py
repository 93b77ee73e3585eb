"""Finds the topic of a channel (`kind:id`) and the handler of a method (`noun.verb`)."""

from __future__ import annotations

from collections.abc import Sequence

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


def topic_of(channel: str) -> tuple[Topic, int] | None:
    """The topic and the id of a channel, or None where the name is not of the grammar or the kind is unknown."""
    kind, colon, id_text = channel.partition(":")
    topic = _topics.get(kind)
    # isdecimal alone would take other digits than ASCII, and zeros in front would name one thing twice.
    if topic is None or not colon or not id_text.isascii() or not id_text.isdecimal() or len(id_text) > 18:
        return None
    return (topic, int(id_text)) if str(int(id_text)) == id_text else None


def method_of(name: str) -> tuple[Methods, Method] | None:
    return _methods.get(name)


def personal_channels(user_id: int) -> list[str]:
    return [f"{topic.kind}:{user_id}" for topic in _topics.values() if topic.personal]
