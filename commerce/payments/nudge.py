"""A task is started when its work has been committed. Beat looks for the same work: a lost nudge only delays it."""

from __future__ import annotations

import logging

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)

# Nobody waits for a broker that is away: kombu would try for six seconds.
AT_ONCE = {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0, "socket_connect_timeout": 1}


def nudge_on_commit(task: str) -> None:
    transaction.on_commit(lambda: _send(task), robust=True)


def _send(task: str) -> None:
    if task not in current_app.tasks:
        # By name, since tasks stand above services; a process that is no worker has not looked for them yet.
        current_app.loader.import_default_modules()
    try:
        with current_app.connection(transport_options=AT_ONCE) as connection:
            current_app.tasks[task].apply_async(connection=connection, retry=False)  # type: ignore[call-arg]
    except OperationalError as error:
        log.warning("%s waits for beat: %r", task, error)
