"""Streams the clip into a show, as a host's encoder would: same listener, same key check."""

import asyncio
import logging
import time
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from dataclasses import replace

from django.db import DatabaseError

from live.media import services
from live.media.demo.clip import Clip
from live.media.demo.poster import LOOP_SECS
from live.media.models import Stream
from live.media.rtmp import ClientSession, RtmpError, Tag
from live.media.selectors import has_publisher
from live.shows.models import Show
from project.kernel.database import database

log = logging.getLogger(__name__)

RETRY_SECS = 2
LOOK_EVERY_SECS = 5
# Whoever makes a key of their own for the demo's show gets this long to come with it.
GIVE_WAY_SECS = 600
CONNECT_SECS = 10
LATE_SECS = 2


class Refused(Exception):
    pass


class DemoStream:
    """`run` streams until it is cancelled, through restarts of the listener. The key is kept in memory only."""

    def __init__(self, *, clip: Clip, host: str, port: int, show_id: int | None = None) -> None:
        self._clip = clip
        self._host, self._port = host, port
        self._show_id = show_id
        self._key = ""
        self._gave_way_at = -float(GIVE_WAY_SECS)

    async def run(self) -> None:
        while True:
            try:
                show_id = await database(self._show_to_stream)
                if show_id is None:
                    await asyncio.sleep(LOOK_EVERY_SECS)
                    continue
                await self._publish(show_id)
            except DatabaseError as error:
                log.warning("the demo waits for the database: %s", type(error).__name__)
            except (OSError, RtmpError, Refused, TimeoutError, asyncio.IncompleteReadError) as error:
                log.info("the demo's stream ended (%s); once more", type(error).__name__)
            await asyncio.sleep(RETRY_SECS)

    def _show_to_stream(self) -> int | None:
        """The show to stream into now, with a key for it in `_key`. None: there is none, or it is not our turn."""
        shows = Show.objects.filter(state=Show.State.LIVE).order_by("pk")
        show = (shows.filter(pk=self._show_id) if self._show_id else shows).first()
        if show is None:
            return None
        stream = Stream.objects.filter(show=show).first()
        if self._key and stream and stream.key_hash == services.hash_of(self._key):
            return show.pk
        if self._key and stream and stream.key_hash:
            log.info("show %d has another key: the demo gives way", show.pk)
            self._key, self._gave_way_at = "", time.monotonic()
        if stream and has_publisher(stream) and self._gave_way_at > 0:
            self._gave_way_at = time.monotonic()
        if time.monotonic() - self._gave_way_at < GIVE_WAY_SECS:
            return None
        self._key = services.rotate_key(show=show).key
        return show.pk

    async def _publish(self, show_id: int) -> None:
        session = ClientSession(app="live", url=f"rtmp://{self._host}:{self._port}/live", key=self._key)
        reader, writer = await asyncio.open_connection(self._host, self._port)
        try:
            async with asyncio.timeout(CONNECT_SECS):
                await _shake_hands(session, reader, writer)
            log.info("the demo streams into show %d", show_id)
            listening = asyncio.create_task(_listen(session, reader))
            try:
                async for tag in paced(self._clip):
                    if listening.done():
                        raise ConnectionResetError
                    session.send(tag)
                    writer.write(session.outgoing())
                    # Not wait_for: in Python 3.11 it loses a cancellation that meets the end of what it waits for.
                    async with asyncio.timeout(CONNECT_SECS):
                        await writer.drain()
            finally:
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)
        finally:
            writer.close()


async def paced(clip: Clip) -> AsyncIterator[Tag]:
    """The clip's tags for ever, each at its time, with one timeline. The dial shows the second of the wall clock."""
    await _grows_past(clip, 0)
    for tag in clip.headers:
        yield tag
    index = clip.at_second(int(time.time()) % LOOP_SECS) if clip.is_whole else 0
    shift: int | None = None  # from the clip's time to the stream's, ms
    began = time.monotonic()
    last = 0
    while True:
        await _grows_past(clip, index)
        if index >= len(clip.tags):
            # Round again. A first round that was drawn as it was sent began anywhere: now the dial can be set right.
            index, shift = clip.at_second(round(time.time()) % LOOP_SECS), None
            last += 40
        tag = clip.tags[index]
        if shift is None:
            shift = last - tag.timestamp
        due = began + (tag.timestamp + shift) / 1000
        late = time.monotonic() - due
        if late > LATE_SECS:
            began += late  # drawing was slower, or the machine slept: no rush to catch up
        elif late < 0:
            await asyncio.sleep(-late)
        index += 1
        last = max(last, tag.timestamp + shift)
        yield replace(tag, timestamp=max(0, tag.timestamp + shift))


async def _grows_past(clip: Clip, index: int) -> None:
    while index >= len(clip.tags) and not clip.is_whole:
        clip.grown.clear()
        await clip.grown.wait()


async def _shake_hands(session: ClientSession, reader: StreamReader, writer: StreamWriter) -> None:
    while not session.is_publishing:
        writer.write(session.outgoing())
        await writer.drain()
        data = await reader.read(4096)
        if session.refusal or not data:
            raise Refused
        session.receive(data)
        if session.refusal:
            raise Refused


async def _listen(session: ClientSession, reader: StreamReader) -> None:
    while data := await reader.read(4096):
        session.receive(data)
