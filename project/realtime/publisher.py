"""Publishing from synchronous code (services after commit, Celery, the admin): one Redis script a channel and batch."""

from __future__ import annotations

from collections.abc import Sequence


def publish(channel: str, payloads: Sequence[bytes], *, batch_id: str | None = None) -> None:
    """Append `payloads` (JSON objects) to the channel's stream and push them. Raises RedisError."""
    raise NotImplementedError


def publish_ephemeral(channel: str, payloads: Sequence[bytes]) -> None:
    raise NotImplementedError
