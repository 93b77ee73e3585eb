import asyncio
import signal
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from live.media.ingest import Ingest
from project.kernel.database import close_pool


class Command(BaseCommand):
    help = "Take RTMP from publishers and make HLS of it, until SIGINT or SIGTERM."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=settings.RTMP_HOST)
        parser.add_argument("--port", type=int, default=settings.RTMP_PORT)

    def handle(self, *, host: str, port: int, **options: Any) -> None:
        asyncio.run(serve(host=host, port=port))
        close_pool()


async def serve(*, host: str, port: int) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    ingest = Ingest(host=host, port=port)
    await ingest.start()
    await stopped.wait()
    await ingest.stop()
