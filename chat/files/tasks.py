from typing import Any

from celery import shared_task

from chat.files import services

BEAT: dict[str, Any] = {
    "forget-unattached-uploads": {"task": "chat.files.tasks.forget_unattached", "schedule": 600.0},
}


@shared_task
def forget_unattached() -> None:
    services.forget_unattached()
