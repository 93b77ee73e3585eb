from celery import shared_task

from commerce.orders import idempotency

BEAT = {
    "forget-idempotency-keys": {"task": "commerce.orders.tasks.forget_idempotency_keys", "schedule": 3600.0},
}


@shared_task
def forget_idempotency_keys() -> None:
    idempotency.forget_old()
