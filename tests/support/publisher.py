"""ffmpeg as a host's encoder: a test pattern with a tone, by RTMP."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import imageio_ffmpeg
from django.conf import settings

from project.server.parent import die_with_parent


def ffmpeg() -> str:
    return settings.FFMPEG or shutil.which("ffmpeg") or str(imageio_ffmpeg.get_ffmpeg_exe())


class Publisher:
    def __init__(self, *, server: str, key: str, log: Path, size: str = "360x640", fps: int = 24) -> None:
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [
                    *(ffmpeg(), "-hide_banner", "-nostdin", "-re"),
                    *("-f", "lavfi", "-i", f"testsrc2=size={size}:rate={fps}"),
                    *("-f", "lavfi", "-i", "sine=frequency=440:sample_rate=44100"),
                    *("-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-pix_fmt", "yuv420p"),
                    *("-g", str(2 * fps), "-b:v", "800k", "-c:a", "aac", "-b:a", "64k", "-f", "flv", f"{server}/{key}"),
                ],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                preexec_fn=die_with_parent(),
            )

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def stop(self) -> None:
        """As an encoder that ends the stream in good order."""
        if self.is_running:
            self._process.terminate()
        self._process.wait(20)

    def kill(self) -> None:
        """As a machine that loses its power."""
        self._process.kill()
        self._process.wait(20)
