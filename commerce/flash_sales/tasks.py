"""What beat starts every second. Rows that are due are scanned; no task waits in the broker for its time."""

from typing import Any

from celery import shared_task

from commerce.flash_sales import services


@shared_task(ignore_result=True, expires=5)
def turn_sales() -> None:
    """Open and close sales on time, release lapsed holds."""
    services.open_due_sales()
    services.release_lapsed_holds()
    services.close_due_sales()


BEAT: dict[str, Any] = {
    "turn-sales": {"task": "commerce.flash_sales.tasks.turn_sales", "schedule": 1.0},
}
