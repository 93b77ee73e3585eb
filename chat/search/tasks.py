from typing import Any

from celery import shared_task

from chat.search import services

BEAT: dict[str, Any] = {
    "index-messages": {"task": "chat.search.tasks.index_said", "schedule": 1.0},
}


@shared_task
def index_said() -> None:
    services.index_said()
