from typing import Any

from celery import shared_task

from chat.links import services

BEAT: dict[str, Any] = {
    "look-at-links": {"task": "chat.links.tasks.look_at_links", "schedule": 1.0},
    "forget-old-links": {"task": "chat.links.tasks.forget_old", "schedule": 3600.0},
}


@shared_task
def look_at_links() -> None:
    for link_id in services.take_links():
        look_at.delay(link_id)
    services.show_links()


@shared_task
def look_at(link_id: int) -> None:
    services.look_at(link_id)
    services.show_links()


@shared_task
def forget_old() -> None:
    services.forget_old()
