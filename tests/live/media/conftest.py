import asyncio
import subprocess
import time
from pathlib import Path

import pytest

from live.media import delivery
from live.media.ffmpeg import ffmpeg
from live.media.ingest import Ingest


@pytest.fixture(autouse=True)
def hls_root(settings, tmp_path):
    settings.HLS_ROOT = tmp_path / "hls"
    delivery.forget()
    return settings.HLS_ROOT


def encode(path: Path, *options: str) -> Path:
    subprocess.run([ffmpeg(), "-v", "error", "-y", *options, "-f", "flv", path], check=True, timeout=60)
    return path


PICTURE = ("-f", "lavfi", "-i", "testsrc2=s=192x336:r=25")
SOUND = ("-f", "lavfi", "-i", "sine=r=44100")
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-b:v", "200k", "-g", "25", "-pix_fmt", "yuv420p")


@pytest.fixture(scope="session")
def clip(tmp_path_factory):
    """20 s of picture and sound, a key frame each second."""
    path = tmp_path_factory.mktemp("clips") / "both.flv"
    return encode(path, *PICTURE, *SOUND, "-t", "20", *H264, "-c:a", "aac")


@pytest.fixture(scope="session")
def silent_clip(tmp_path_factory):
    return encode(tmp_path_factory.mktemp("clips") / "silent.flv", *PICTURE, "-t", "10", *H264)


@pytest.fixture(scope="session")
def sound_clip(tmp_path_factory):
    return encode(tmp_path_factory.mktemp("clips") / "sound.flv", *SOUND, "-t", "10", "-c:a", "aac")


@pytest.fixture
async def ingest():
    listener = Ingest(host="127.0.0.1", port=0)
    await listener.start()
    yield listener
    await listener.stop()


class Publisher:
    """A real ffmpeg that pushes a clip at its own speed to the listener."""

    def __init__(self, process):
        self.process = process
        self.said = ""

    async def ended(self, *, within=20):
        _, said = await asyncio.wait_for(self.process.communicate(), within)
        self.said = said.decode()
        return self.process.returncode

    async def stop(self):
        if self.process.returncode is None:
            self.process.kill()
        await self.process.communicate()


@pytest.fixture
async def publish(ingest):
    """`await publish(clip, key)`: starts publishing."""
    publishers = []

    async def start(clip, key, *, app="live"):
        process = await asyncio.create_subprocess_exec(
            *(ffmpeg(), "-v", "error", "-re", "-i", str(clip), "-c", "copy", "-f", "flv"),
            f"rtmp://127.0.0.1:{ingest.port}/{app}/{key}",
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        publishers.append(Publisher(process))
        return publishers[-1]

    yield start
    for publisher in publishers:
        await publisher.stop()


@pytest.fixture
def eventually():
    async def wait(condition, *, within=30):
        """Until `condition()` is true; what it answered."""
        until = time.monotonic() + within
        while True:
            answer = condition()
            if asyncio.iscoroutine(answer):
                answer = await answer
            if answer:
                return answer
            assert time.monotonic() < until, "it did not happen in time"
            await asyncio.sleep(0.05)

    return wait
