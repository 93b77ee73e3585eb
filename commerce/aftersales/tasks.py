from celery import shared_task

from commerce.aftersales import services

BEAT = {
    "decide-due-aftersales": {"task": "commerce.aftersales.tasks.decide_due_cases", "schedule": 60.0},
    "complete-due-orders": {"task": "commerce.aftersales.tasks.complete_due_orders", "schedule": 600.0},
}


@shared_task
def decide_due_cases() -> None:
    services.decide_due()


@shared_task
def complete_due_orders() -> None:
    services.complete_due()
