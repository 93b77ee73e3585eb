from typing import Any

from celery import shared_task
from django.core.cache import cache

from commerce.search import services

SCAN_EVERY_SECS = 60.0
# A worker that is killed leaves the key for so long.
SCAN_AT_MOST_SECS = 900
SCANNING = "search-scanning"


@shared_task(ignore_result=True, expires=SCAN_EVERY_SECS)
def reindex_changed() -> None:
    # The first scan of a large shop takes minutes: meanwhile another one would do the same again.
    if cache.add(SCANNING, True, timeout=SCAN_AT_MOST_SECS):
        try:
            services.reindex_changed()
        finally:
            cache.delete(SCANNING)


BEAT: dict[str, Any] = {
    "reindex-changed-products": {"task": "commerce.search.tasks.reindex_changed", "schedule": SCAN_EVERY_SECS},
}
