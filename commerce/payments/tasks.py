from celery import shared_task

from commerce.payments.sandbox import delivery
from commerce.payments.services import attempts, closing, reconciliation, refunds, top_ups, webhooks

BEAT = {
    "end-lapsed-payments": {"task": "commerce.payments.tasks.end_lapsed_payments", "schedule": 5.0},
    "close-due-orders": {"task": "commerce.payments.tasks.close_due_orders", "schedule": 3.0},
    "process-left-webhooks": {"task": "commerce.payments.tasks.process_left_webhooks", "schedule": 10.0},
    "send-refunds": {"task": "commerce.payments.tasks.send_refunds", "schedule": 5.0},
    "deliver-sandbox-events": {"task": "commerce.payments.tasks.deliver_sandbox_events", "schedule": 2.0},
    # Looks for days that are due; each knows when it is tried again.
    "reconcile-payments": {"task": "commerce.payments.tasks.reconcile_payments", "schedule": 60.0},
}


@shared_task
def end_lapsed_payments() -> None:
    attempts.fail_lapsed()
    top_ups.end_lapsed()


@shared_task
def close_due_orders() -> None:
    closing.close_due_orders()


@shared_task
def process_left_webhooks() -> None:
    webhooks.process_left()


@shared_task
def send_refunds() -> None:
    refunds.send_refunds()


@shared_task
def deliver_sandbox_events() -> None:
    delivery.deliver_due()


@shared_task
def reconcile_payments() -> None:
    reconciliation.reconcile_due()
