from celery import shared_task

from commerce.idempotency import services

BEAT = {
    "forget-idempotency-keys": {"task": "commerce.idempotency.tasks.forget_idempotency_keys", "schedule": 3600.0},
}


@shared_task
def forget_idempotency_keys() -> None:
    services.forget_old()
