"""Channels may be spread over many Redises; cache and queue are in one."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured


def one_redis(redis_url: str, broker_url: str | None) -> str:
    """The URL of a single Redis: the first of REDIS_URL, or the queue's where that is a cluster, which holds no queue.

    Raises ImproperlyConfigured where there is none.
    """
    first = redis_url.split(",")[0].strip()
    if "+cluster" not in first.partition("://")[0]:
        return first
    if not broker_url:
        raise ImproperlyConfigured("REDIS_URL is a cluster: name a single Redis for queue and cache, CELERY_BROKER_URL")
    return broker_url
