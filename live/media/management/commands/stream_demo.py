import asyncio
import os
import signal
from argparse import ArgumentParser
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from live.media.demo import clip as clips
from live.media.demo.stream import DemoStream
from project.kernel.database import close_pool


class Command(BaseCommand):
    help = "Stream a generated moving picture with a clock into a live show, until SIGINT or SIGTERM."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--show", type=int, help="the show's id; without it, the first one that is live")
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=settings.RTMP_PORT)

    def handle(self, *, show: int | None, host: str, port: int, **options: Any) -> None:
        # Drawing takes a core for a while on the first start; everything else goes first.
        os.nice(10)
        with suppress(asyncio.CancelledError):
            asyncio.run(stream(show_id=show, host=host, port=port))
        close_pool()


async def stream(*, show_id: int | None, host: str, port: int) -> None:
    task = asyncio.current_task()
    assert task
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    clip = clips.load()
    async with asyncio.TaskGroup() as group:
        if clip is None:
            clip = clips.Clip()
            group.create_task(clips.encode(clip))
        group.create_task(DemoStream(clip=clip, host=host, port=port, show_id=show_id).run())
