from typing import Any

from celery import shared_task

from community.social import services

BEAT: dict[str, Any] = {
    "tell-of-followers": {"task": "community.social.tasks.tell_of_followers", "schedule": 2.0},
}


@shared_task
def tell_of_followers() -> None:
    services.tell_of_followers()
