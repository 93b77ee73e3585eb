"""FLV tags of one publish session → fMP4 segments, by an ffmpeg process that copies the codecs."""

import asyncio
import logging
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable
from contextlib import suppress

from live.media.ffmpeg import ffmpeg
from live.media.folder import Folder
from live.media.playlist import Segment, parse
from live.media.rtmp import Tag, TagKind, file_header

log = logging.getLogger(__name__)

SEGMENT_SECS = 1
# How long the first tags wait for the other kind: ffmpeg must know at its start whether there is sound.
WAIT_FOR_BOTH_MS = 1000
WAIT_FOR_BOTH_TAGS = 400
PIPE_BYTES = 1 << 20
STALL_SECS = 15
EXIT_SECS = 5
POLL_SECS = 0.1
MOST_LOG_BYTES = 16_000


class PackagerFailed(Exception):
    """ffmpeg ended or stands still."""


class Packager:
    """`write` the tags, then `finish`. `on_segment` is called with the newest segment once the playlist has it."""

    def __init__(self, *, show_id: int, folder: Folder, on_segment: Callable[[Segment], None]) -> None:
        self._show_id = show_id
        self._folder = folder
        self._on_segment = on_segment
        self._session = folder.begin_session()
        self._list = folder.path / f"{self._session}.m3u8"
        self._waiting: list[Tag] = []
        self._process: Process | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._listed = 0
        self._list_stamp = 0

    @property
    def init_name(self) -> str:
        return f"{self._session}-init.mp4"

    async def write(self, tag: Tag) -> None:
        """Waits while ffmpeg is behind: the publisher is then slowed by TCP. Raises PackagerFailed."""
        if tag.kind is TagKind.SCRIPT and b"onMetaData" not in tag.body[:16]:
            return
        if self._process is None:
            self._waiting.append(tag)
            if not self._knows_kinds():
                return
            tags, self._waiting = self._waiting, []
            kinds = {waiting.kind for waiting in tags}
            await self._start(audio=TagKind.AUDIO in kinds, video=TagKind.VIDEO in kinds)
            await self._pipe(b"".join(waiting.as_bytes() for waiting in tags))
        else:
            await self._pipe(tag.as_bytes())

    async def finish(self) -> None:
        """Let ffmpeg write what it has, and list it."""
        if self._process is None:
            return
        if self._process.stdin:
            self._process.stdin.close()
        try:
            async with asyncio.timeout(EXIT_SECS):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._list_new_segments()
        self._list.unlink(missing_ok=True)

    def _knows_kinds(self) -> bool:
        media = [tag for tag in self._waiting if tag.kind is not TagKind.SCRIPT]
        if not media:
            return len(self._waiting) >= WAIT_FOR_BOTH_TAGS
        waited_ms = media[-1].timestamp - media[0].timestamp
        both = len({tag.kind for tag in media}) == 2
        return both or waited_ms >= WAIT_FOR_BOTH_MS or len(self._waiting) >= WAIT_FOR_BOTH_TAGS

    async def _start(self, *, audio: bool, video: bool) -> None:
        # No key and no address stands here: command lines can be read by everyone on the machine.
        self._process = await asyncio.create_subprocess_exec(
            *(ffmpeg(), "-hide_banner", "-nostats", "-loglevel", "warning"),
            *("-protocol_whitelist", "pipe,file", "-probesize", "2M", "-analyzeduration", "1000000"),
            *("-f", "flv", "-i", "pipe:0", "-map", "0:v:0?", "-map", "0:a:0?", "-c", "copy"),
            *("-max_interleave_delta", "2000000", "-f", "hls", "-hls_time", str(SEGMENT_SECS)),
            *("-hls_list_size", "30", "-hls_segment_type", "fmp4", "-hls_fmp4_init_filename", self.init_name),
            *("-hls_segment_filename", str(self._folder.path / f"{self._session}-%d.m4s")),
            *("-hls_flags", "temp_file+program_date_time+independent_segments+omit_endlist", str(self._list)),
            stdin=PIPE,
            stdout=DEVNULL,
            stderr=PIPE,
        )
        assert self._process.stdin
        self._process.stdin.transport.set_write_buffer_limits(high=PIPE_BYTES)
        self._tasks = [asyncio.create_task(self._follow()), asyncio.create_task(self._log())]
        await self._pipe(file_header(audio=audio, video=video))

    async def _pipe(self, data: bytes) -> None:
        assert self._process
        assert self._process.stdin
        self._process.stdin.write(data)
        try:
            async with asyncio.timeout(STALL_SECS):
                await self._process.stdin.drain()
        except (TimeoutError, ConnectionError) as error:
            raise PackagerFailed from error

    async def _follow(self) -> None:
        while True:
            await asyncio.sleep(POLL_SECS)
            self._list_new_segments()

    def _list_new_segments(self) -> None:
        try:
            stamp = self._list.stat().st_mtime_ns
            if stamp == self._list_stamp:
                return
            listed = parse(self._list.read_text())
        except (OSError, ValueError):
            return
        self._list_stamp = stamp
        fresh = list(listed.segments)[max(0, self._listed - listed.first_number) :]
        if fresh:
            self._listed = listed.first_number + len(listed.segments)
            self._folder.append(fresh)
            self._on_segment(fresh[-1])

    async def _log(self) -> None:
        assert self._process
        assert self._process.stderr
        seen = 0
        while data := await self._process.stderr.read(4096):
            # ffmpeg repeats itself about a broken stream: the beginning says it all.
            if seen < MOST_LOG_BYTES:
                for line in data.decode(errors="replace").splitlines():
                    log.warning("show %d: ffmpeg: %s", self._show_id, line[:300])
            seen += len(data)


def picture_size(init: bytes) -> tuple[int, int] | None:
    """Width and height from the sample entry of an fMP4 header (ISO/IEC 14496-12, 12.1.3)."""
    for codec in (b"avc1", b"avc3", b"hvc1", b"hev1", b"av01", b"vp09"):
        at = init.find(codec, init.find(b"stsd"))
        entry = init[at + 4 : at + 32]
        if at > 0 and len(entry) == 28:
            return int.from_bytes(entry[24:26], "big"), int.from_bytes(entry[26:28], "big")
    return None


async def read_size(packager: Packager, folder: Folder) -> tuple[int, int] | None:
    with suppress(OSError):
        return picture_size(await asyncio.to_thread((folder.path / packager.init_name).read_bytes))
    return None
