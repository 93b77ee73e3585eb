from celery import shared_task
from django.conf import settings

from commerce.shipping.services import shipments

BEAT = {
    "receive-due-orders": {"task": "commerce.shipping.tasks.receive_due_orders", "schedule": 600.0},
    "move-simulated-parcels": {"task": "commerce.shipping.tasks.move_simulated_parcels", "schedule": 5.0},
}


@shared_task
def receive_due_orders() -> None:
    shipments.receive_due()


@shared_task
def move_simulated_parcels() -> None:
    if settings.DEMO:
        shipments.move_simulated()
