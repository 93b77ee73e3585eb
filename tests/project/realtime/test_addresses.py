"""Which Redis holds a channel."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from project.realtime.addresses import addresses, choose
from project.settings.redis_urls import one_redis

THREE = "redis://a:6379/0, redis://b:6379/0,unix:///run/c.sock"
CHANNELS = [f"show:{number}" for number in range(3000)]


def places(redis_url: str, channels: list[str]) -> list[str]:
    shards = addresses(redis_url)
    return [shards[choose(shards, channel)].name for channel in channels]


def test_channels_are_spread_evenly() -> None:
    found = places(THREE, CHANNELS)
    assert set(found) == {"a:6379/0", "b:6379/0", ":6379/run/c.sock"}
    assert all(900 < found.count(name) < 1100 for name in set(found))


def test_neither_order_nor_password_moves_a_channel() -> None:
    again = "unix:///run/c.sock,rediss://user:secret@b:6379/0,redis://:other@a"
    assert places(again, CHANNELS) == places(THREE, CHANNELS)


def test_one_more_takes_only_its_share() -> None:
    before, after = places(THREE, CHANNELS), places(THREE + ",redis://d:6379/0", CHANNELS)
    moved = {new for old, new in zip(before, after, strict=True) if old != new}
    assert moved == {"d:6379/0"}
    assert 600 < after.count("d:6379/0") < 900


def test_the_nodes_of_a_cluster_are_one_shard() -> None:
    (found,) = addresses("redis+cluster://a:7000,rediss+cluster://user:pass@b:7001")
    assert found.is_cluster
    assert found.urls == ("redis://a:7000", "rediss://user:pass@b:7001")
    assert found.hosts == [("a", 7000), ("b", 7001)]


def test_a_cluster_beside_another_redis_is_refused() -> None:
    with pytest.raises(ValueError, match="do not go together"):
        addresses("redis+cluster://a:7000,redis://b:6379/0")


def test_cache_and_queue_are_in_one_redis() -> None:
    assert one_redis(THREE, None) == "redis://a:6379/0"
    assert one_redis("redis+cluster://a:7000", "redis://q:6379/0") == "redis://q:6379/0"
    with pytest.raises(ImproperlyConfigured, match="CELERY_BROKER_URL"):
        one_redis("redis+cluster://a:7000", None)
