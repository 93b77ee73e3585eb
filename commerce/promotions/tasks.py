"""What beat starts every second. Rows that are due are scanned; no task waits in the broker for its time."""

from typing import Any

from celery import shared_task

from commerce.promotions import services


@shared_task(ignore_result=True, expires=5)
def turn_drops() -> None:
    """Open and close drops on time."""
    services.open_due_drops()
    services.close_due_drops()


BEAT: dict[str, Any] = {
    "turn-drops": {"task": "commerce.promotions.tasks.turn_drops", "schedule": 1.0},
}
