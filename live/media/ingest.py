"""The RTMP listener: one asyncio server that takes publishers' video and makes HLS of it.

Nothing here knows Django's requests; the database is reached through the bounded pool. A stream key is held no longer
than it takes to look it up, and is in no log, no path, no command line and no error.
"""

import asyncio
import logging
import time
from asyncio import StreamReader, StreamWriter
from contextlib import suppress

from live.media import folder, services
from live.media.errors import KeyUnknown, PublishRefused
from live.media.folder import Folder
from live.media.health import Meter
from live.media.packager import Packager, PackagerFailed, read_size
from live.media.playlist import Segment
from live.media.rtmp import PublishRequested, RtmpError, ServerSession, Tag, TagKind, Unpublished
from live.media.services import Lease
from project.kernel.clock import now
from project.kernel.database import database
from project.kernel.ids import new_key

log = logging.getLogger(__name__)

APP = "live"
HANDSHAKE_SECS = 10
IDLE_SECS = 15
STOP_SECS = 10
READ_BYTES = 64 * 1024
MOST_CONNECTIONS = 200
WATCH_EVERY_SECS = 1.0
REPORT_EVERY_SECS = 2.0
CLEAN_EVERY_SECS = 600
KEEP_ENDED_SECS = 600


class Publication:
    """One publisher while it publishes: from its lease to the last segment."""

    def __init__(self, *, lease: Lease, session: ServerSession, reader: StreamReader, writer: StreamWriter) -> None:
        self.lease = lease
        self.has_segment = False
        self._session = session
        self._reader = reader
        self._writer = writer
        self._folder = Folder(lease.show_id)
        self._packager = Packager(show_id=lease.show_id, folder=self._folder, on_segment=self._listed)
        self._meter = Meter(connected_at=now())
        self._media_at = time.monotonic()

    async def run(self) -> None:
        """Until the publisher ends, falls silent, breaks the protocol, or is cut. Raises what `_carry` raises."""
        reports = asyncio.create_task(self._report())
        try:
            await self._carry()
        finally:
            reports.cancel()
            await asyncio.gather(reports, return_exceptions=True)
            await self._packager.finish()

    def cut(self) -> None:
        """Say so and hang up: `run` then ends by itself."""
        with suppress(RtmpError):
            self._session.refuse(code="NetStream.Publish.Rejected", description="This stream key is no longer valid")
            self._writer.write(self._session.outgoing())
        self._writer.close()

    async def _carry(self) -> None:
        while data := await self._read():
            for event in self._session.receive(data):
                match event:
                    case Tag():
                        await self._take(event)
                    case Unpublished():
                        return
            await send(self._session, self._writer)
            if time.monotonic() - self._media_at > IDLE_SECS:
                raise TimeoutError

    async def _read(self) -> bytes:
        async with asyncio.timeout(IDLE_SECS):
            return await self._reader.read(READ_BYTES)

    async def _take(self, tag: Tag) -> None:
        arrived = time.monotonic()
        if tag.kind is not TagKind.SCRIPT:
            self._media_at = arrived
        self._meter.saw(tag, at=arrived)
        await self._packager.write(tag)

    def _listed(self, segment: Segment) -> None:
        self.has_segment = True
        self._meter.segment_secs = segment.seconds

    async def _report(self) -> None:
        while True:
            await asyncio.sleep(REPORT_EVERY_SECS)
            if self.has_segment and self._meter.size is None:
                self._meter.size = await read_size(self._packager, self._folder)
            health = self._meter.read() if self.has_segment else None
            try:
                await database(services.publisher_seen, lease=self.lease, health=health)
            except Exception:
                log.exception("show %d: could not report", self.lease.show_id)


class Ingest:
    """`start`, then `stop`. `port` is the one it listens on (useful when it was asked for 0)."""

    def __init__(self, *, host: str, port: int) -> None:
        self._host = host
        self.port = port
        self._server: asyncio.Server | None = None
        self._connections: dict[asyncio.Task[None], StreamWriter] = {}
        self._publications: dict[int, Publication] = {}
        self._watcher: asyncio.Task[None] | None = None
        self._cleaned_at = 0.0

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._connected, self._host, self.port, limit=READ_BYTES)
        self.port = self._server.sockets[0].getsockname()[1]
        self._watcher = asyncio.create_task(self._watch())
        log.info("taking RTMP on %s:%d", self._host, self.port)

    async def stop(self) -> None:
        """Hang up, write the last segments and free the keys. Who starts again within the grace is not missed."""
        if self._server is None or self._watcher is None:
            return
        self._server.close()
        self._watcher.cancel()
        # Not cancelled: each ends by itself when it is hung up on, with its last segment written.
        for writer in self._connections.values():
            writer.transport.abort()
        if self._connections:
            await asyncio.wait(self._connections, timeout=STOP_SECS)
        await asyncio.gather(self._watcher, return_exceptions=True)
        await self._server.wait_closed()

    async def _connected(self, reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        if len(self._connections) >= MOST_CONNECTIONS:
            writer.transport.abort()
            return
        self._connections[task] = writer
        try:
            await self._converse(reader, writer)
        except RtmpError as error:
            log.info("a publisher broke the protocol: %s", error)
        except (OSError, TimeoutError):
            log.info("a publisher's connection was lost")
        except PackagerFailed:
            log.warning("a publisher was cut: ffmpeg ended or stands still")
        except Exception:
            log.exception("a publisher's connection failed")
        finally:
            del self._connections[task]
            writer.close()

    async def _converse(self, reader: StreamReader, writer: StreamWriter) -> None:
        session = ServerSession()
        async with asyncio.timeout(HANDSHAKE_SECS):
            request = await self._publish_request(session, reader, writer)
            lease = await self._admit(request, session) if request else None
        if lease is None:
            await send(session, writer)
            return
        log.info("show %d: publishing", lease.show_id)
        try:
            await send(session, writer)
            publication = Publication(lease=lease, session=session, reader=reader, writer=writer)
            self._publications[lease.show_id] = publication
            await publication.run()
        finally:
            self._publications.pop(lease.show_id, None)
            await database(services.publisher_gone, lease=lease)
            await self._close_if_over(lease.show_id)
            log.info("show %d: no longer publishing", lease.show_id)

    async def _publish_request(
        self, session: ServerSession, reader: StreamReader, writer: StreamWriter
    ) -> PublishRequested | None:
        while data := await reader.read(READ_BYTES):
            events = list(session.receive(data))
            await send(session, writer)
            for event in events:
                if isinstance(event, PublishRequested):
                    return event
        return None

    async def _admit(self, request: PublishRequested, session: ServerSession) -> Lease | None:
        try:
            if request.app != APP:
                raise KeyUnknown
            lease = await database(services.publisher_connected, key=request.key, publisher=new_key())
        except PublishRefused as refusal:
            log.info("a publisher was refused: %s", refusal.status)
            session.refuse(code=refusal.status, description="This stream key is not valid now")
            return None
        session.accept()
        return lease

    async def _watch(self) -> None:
        while True:
            try:
                await self._look()
            except Exception:
                log.exception("could not look after the streams")
            await asyncio.sleep(WATCH_EVERY_SECS)

    async def _look(self) -> None:
        publications = list(self._publications.values())
        if publications:
            for lease in await database(services.leases_lost, [publication.lease for publication in publications]):
                if publication := self._publication_of(lease):
                    log.info("show %d: the publisher is cut", lease.show_id)
                    publication.cut()
        if ready := [publication.lease.show_id for publication in publications if publication.has_segment]:
            for show_id in await database(services.begin_playback, show_ids=ready):
                log.info("show %d: on air", show_id)
        for show_id in await database(services.end_stale_playback):
            log.info("show %d: no picture", show_id)
            await self._close_if_over(show_id)
        if time.monotonic() - self._cleaned_at > CLEAN_EVERY_SECS:
            self._cleaned_at = time.monotonic()
            for show_id in await database(services.shows_over, folder.unused_for(KEEP_ENDED_SECS)):
                folder.remove(show_id)

    async def _close_if_over(self, show_id: int) -> None:
        over = await database(services.shows_over, [show_id])
        if over and show_id not in self._publications:
            folder.close(show_id)

    def _publication_of(self, lease: Lease) -> Publication | None:
        publication = self._publications.get(lease.show_id)
        return publication if publication and publication.lease == lease else None


async def send(session: ServerSession, writer: StreamWriter) -> None:
    if data := session.outgoing():
        writer.write(data)
        async with asyncio.timeout(IDLE_SECS):
            await writer.drain()
