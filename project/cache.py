"""The cache: Django's Redis cache, for counts that only shed load. Without Redis it forgets instead of failing."""

from __future__ import annotations

import logging
from typing import Any

from django.core.cache.backends import redis
from redis.exceptions import RedisError

log = logging.getLogger(__name__)


class RedisCache(redis.RedisCache):
    def add(self, *args: Any, **kwargs: Any) -> bool:
        try:
            return bool(super().add(*args, **kwargs))
        except RedisError as error:
            log.warning("no cache: %r", error)
            return True

    def incr(self, *args: Any, **kwargs: Any) -> int:
        try:
            return int(super().incr(*args, **kwargs))
        except RedisError as error:
            log.warning("no cache: %r", error)
            return 0

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        try:
            return super().get(key, default, version)
        except RedisError as error:
            log.warning("no cache: %r", error)
            return default

    def set(self, *args: Any, **kwargs: Any) -> None:
        try:
            super().set(*args, **kwargs)
        except RedisError as error:
            log.warning("no cache: %r", error)

    def delete(self, *args: Any, **kwargs: Any) -> bool:
        try:
            return bool(super().delete(*args, **kwargs))
        except RedisError as error:
            log.warning("no cache: %r", error)
            return False

    def clear(self) -> None:
        """Refused: it would empty the whole Redis database, with histories and queues."""
        raise NotImplementedError
