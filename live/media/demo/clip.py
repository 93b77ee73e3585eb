"""The demo's minute of video: encoded once, kept in DATA_DIR, and played from memory."""

import asyncio
import logging
from asyncio.subprocess import DEVNULL, PIPE
from pathlib import Path

from django.conf import settings

from live.media.demo.poster import FPS, HEIGHT, LOOP_SECS, WIDTH, Poster
from live.media.ffmpeg import ffmpeg
from live.media.rtmp import FlvReader, RtmpError, Tag, TagKind, file_header

log = logging.getLogger(__name__)

# Raise it when the picture changes: clips of before are then not used again.
EDITION = 1
FRAMES = FPS * LOOP_SECS
# Whole numbers of hertz, and swells that divide a minute: the sound repeats without a click.
SOUND = "+".join(
    f"0.016*sin(2*PI*{hertz}*t)*(0.5+0.5*sin(2*PI*(t/{secs}+{turn})))"
    for hertz, secs, turn in ((110, 20, 0), (165, 15, 0.3), (220, 12, 0.6), (277, 30, 0.1), (330, 10, 0.8))
)


class Clip:
    """Grows while it is encoded; `tags` may be played as far as they go. `grown` wakes whoever waits for more."""

    def __init__(self) -> None:
        self.headers: list[Tag] = []
        self.tags: list[Tag] = []
        self.is_whole = False
        self.grown = asyncio.Event()

    def add(self, tag: Tag) -> None:
        if tag.kind is TagKind.SCRIPT or tag.is_codec_header:
            self.headers.append(tag)
        elif (tag.kind is TagKind.AUDIO or tag.is_video_frame) and tag.timestamp < LOOP_SECS * 1000:
            # The encoder pads the sound at the end; over the seam there must be no overlap.
            self.tags.append(tag)
        self.grown.set()

    def at_second(self, second: int) -> int:
        """The index of the key frame of a second, for a start or a return there."""
        for index, tag in enumerate(self.tags):
            if tag.is_video_frame and tag.body[0] >> 4 == 1 and tag.timestamp >= second * 1000:
                return index
        return 0


def clip_path() -> Path:
    return Path(settings.DATA_DIR) / "demo" / f"lantern-{EDITION}.flv"


def load() -> Clip | None:
    """The clip of an earlier run."""
    clip = Clip()
    try:
        for tag in FlvReader().receive(clip_path().read_bytes()):
            clip.add(tag)
    except (OSError, RtmpError):
        return None
    clip.is_whole = bool(clip.tags)
    return clip if clip.is_whole else None


async def encode(clip: Clip, *, frames: int = FRAMES) -> None:
    """Draw and encode into `clip`; a whole minute is kept. About 20 s of work on one core, once."""
    process = await asyncio.create_subprocess_exec(
        *(ffmpeg(), "-v", "error", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(FPS)),
        *("-i", "pipe:0", "-f", "lavfi", "-i", f"aevalsrc={SOUND}:s=44100:d={frames / FPS}"),
        *("-c:v", "libx264", "-preset", "veryfast", "-threads", "1", "-profile:v", "main", "-pix_fmt", "yuv420p"),
        *("-g", str(FPS), "-keyint_min", str(FPS), "-sc_threshold", "0", "-bf", "0", "-crf", "23"),
        *("-maxrate", "1500k", "-bufsize", "1500k", "-c:a", "aac", "-b:a", "64k", "-ac", "1"),
        *("-flush_packets", "1", "-f", "flv", "pipe:1"),
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
    )
    assert process.stdin
    assert process.stdout
    drawing = asyncio.create_task(_draw(process.stdin, frames))
    reader = FlvReader()
    try:
        while data := await process.stdout.read(64 * 1024):
            for tag in reader.receive(data):
                clip.add(tag)
        await drawing
    finally:
        drawing.cancel()
        if process.returncode is None:
            process.kill()
        await process.wait()
    clip.is_whole = True
    clip.grown.set()
    if frames == FRAMES:
        await asyncio.to_thread(_keep, clip)


async def _draw(pipe: asyncio.StreamWriter, frames: int) -> None:
    poster = await asyncio.to_thread(Poster)
    for number in range(frames):
        pipe.write(await asyncio.to_thread(poster.frame, number))
        await pipe.drain()
    pipe.close()


def _keep(clip: Clip) -> None:
    path = clip_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_bytes(
        file_header(audio=True, video=True) + b"".join(tag.as_bytes() for tag in [*clip.headers, *clip.tags])
    )
    part.replace(path)
    log.info("the demo's clip is kept in %s", path)
