"""The folder of a show's segments, `HLS_ROOT/<show id>/`, with the playlist that viewers read."""

import re
import shutil
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from django.conf import settings

from live.media.playlist import Playlist, Segment, parse
from project.kernel.clock import now, now_ms

INDEX = "index.m3u8"
# A session is named by its first millisecond, in hexadecimal: unique, so that browsers may keep segments for ever.
FILE_NAME = re.compile(r"index\.m3u8|[0-9a-f]{8,16}-(?:init\.mp4|[0-9]{1,9}\.m4s)")
# A viewer may still ask for what has left the playlist (RFC 8216, 6.2.2).
KEEP_SECS = 60
SWEEP_EVERY_SECS = 10


def folder_path(show_id: int) -> Path:
    return Path(settings.HLS_ROOT) / str(int(show_id))


def url_of(show_id: int) -> str:
    return f"/media/live/{show_id}/{INDEX}"


class Folder:
    """One writer at a time: whoever holds the show's publisher lease."""

    def __init__(self, show_id: int) -> None:
        self.path = folder_path(show_id)
        self.path.mkdir(parents=True, exist_ok=True)
        self._playlist = self._read()
        self._swept_at = 0.0

    def begin_session(self) -> str:
        """Continue the playlist; returns the name of the new session."""
        self._playlist.begin_session(at=now())
        return f"{now_ms():x}"

    def append(self, segments: Sequence[Segment]) -> None:
        self._playlist.append(segments)
        self._write()
        if time.monotonic() - self._swept_at > SWEEP_EVERY_SECS:
            self._swept_at = time.monotonic()
            self._sweep()

    def _read(self) -> Playlist:
        try:
            return parse((self.path / INDEX).read_text())
        except (OSError, ValueError):
            return Playlist()

    def _write(self) -> None:
        write_whole(self.path / INDEX, self._playlist.render())

    def _sweep(self) -> None:
        keep = self._playlist.files() | {INDEX}
        before = time.time() - KEEP_SECS
        for path in self.path.iterdir():
            with suppress(OSError):
                if path.name not in keep and path.stat().st_mtime < before:
                    path.unlink()


def close(show_id: int) -> None:
    """The show is over: players stop asking for more. Nothing happens without a playlist."""
    path = folder_path(show_id) / INDEX
    with suppress(OSError, ValueError):
        playlist = parse(path.read_text())
        if not playlist.is_ended:
            playlist.is_ended = True
            write_whole(path, playlist.render())


def unused_for(secs: float) -> list[int]:
    """Shows whose folder nobody has written to for so long."""
    before = time.time() - secs
    with suppress(OSError):
        paths = [path for path in Path(settings.HLS_ROOT).iterdir() if path.name.isdecimal()]
        return [int(path.name) for path in paths if path.stat().st_mtime < before]
    return []


def remove(show_id: int) -> None:
    shutil.rmtree(folder_path(show_id), ignore_errors=True)


def write_whole(path: Path, text: str) -> None:
    """Readers see the old file or the new one, never half of it."""
    part = path.with_suffix(".part")
    part.write_text(text)
    part.replace(path)
