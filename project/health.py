"""For those who watch the server: is the process alive, can it work, what has it counted."""

from __future__ import annotations

import logging
from collections.abc import Iterable

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from project.kernel.clock import now
from project.realtime import draining, outbox
from project.realtime.addresses import addresses
from project.realtime.metrics import SoukCollector
from project.realtime.models import OutboxBatch

log = logging.getLogger(__name__)

REDIS_TIMEOUT_SECS = 1


@require_safe
@never_cache
def alive(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def ready(request: HttpRequest) -> HttpResponse:
    """200 when everything answers, else 503; each part is `ok` or `down`. A server that ends is not ready."""
    if draining.under_way():
        return JsonResponse({"status": "draining"}, status=503)
    parts = {
        "database": "ok" if _database_answers() else "down",
        "redis": "ok" if _redis_answers() else "down",
    }
    is_ready = set(parts.values()) == {"ok"}
    return JsonResponse({"status": "ok" if is_ready else "unavailable", **parts}, status=200 if is_ready else 503)


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        log.warning("the database does not answer: %r", error)
        connection.close()
        return False
    return True


def _redis_answers() -> bool:
    """Every shard; of a cluster, one of the nodes that are known."""
    return all(any(_answers(url) for url in shard.urls) for shard in addresses(settings.REDIS_URL))


def _answers(redis_url: str) -> bool:
    client = redis.Redis.from_url(
        redis_url, socket_connect_timeout=REDIS_TIMEOUT_SECS, socket_timeout=REDIS_TIMEOUT_SECS
    )
    try:
        return bool(client.ping())
    except redis.RedisError as error:
        log.warning("Redis does not answer: %r", error)
        return False
    finally:
        client.close()


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' text format, of this process or, with PROMETHEUS_MULTIPROC_DIR, of all that share the folder."""
    token = settings.METRICS_TOKEN
    if token and not constant_time_compare(request.headers.get("Authorization", ""), f"Bearer {token}"):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    return HttpResponse(generate_latest(_registry), content_type=CONTENT_TYPE_LATEST)


class OutboxCollector(Collector):
    """Asks the database, which is the same for all processes: only when somebody wants to know."""

    def collect(self) -> Iterable[Metric]:
        rows = GaugeMetricFamily(
            "souk_outbox_left_behind", "Batches of events that were committed some seconds ago and not published yet."
        )
        try:
            waiting = OutboxBatch.objects.filter(created_at__lt=now() - outbox.LEFT_BEHIND_AFTER)
            rows.add_metric([], waiting.count())
        except DatabaseError as error:
            log.warning("the outbox is not counted: %r", error)
            connection.close()
        yield rows


_registry = CollectorRegistry()
_registry.register(SoukCollector())
_registry.register(OutboxCollector())
