from typing import Any

from celery import shared_task

from commerce.search import services

SCAN_EVERY_SECS = 60.0


@shared_task(ignore_result=True)
def reindex_changed() -> None:
    services.reindex_changed()


BEAT: dict[str, Any] = {
    "reindex-changed-products": {"task": "commerce.search.tasks.reindex_changed", "schedule": SCAN_EVERY_SECS},
}
