from typing import Any

from celery import shared_task

from community.notices import services

# Then another run goes on: one worker is not taken for minutes.
MOST_PIECES = 20

BEAT: dict[str, Any] = {
    "deliver-broadcasts": {"task": "community.notices.tasks.deliver", "schedule": 1.0},
    "forget-old-notices": {"task": "community.notices.tasks.forget_old", "schedule": 600.0},
}


@shared_task
def deliver() -> None:
    services.deliver(most_pieces=MOST_PIECES)


@shared_task
def forget_old() -> None:
    services.forget_old()
