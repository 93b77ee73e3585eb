"""What others see of a stream."""

from __future__ import annotations

from typing import TypedDict


class Playback(TypedDict):
    """Where to watch now; `url` is null while there is nothing to watch. A smaller `version` is older."""

    url: str | None
    live: bool
    version: int


class Health(TypedDict):
    """How the picture comes in. `connected_at` is ISO 8601; `latency_ms`: how far viewers are behind the encoder."""

    bitrate_kbps: int
    fps: float
    width: int | None
    height: int | None
    dropped_frames: int
    connected_at: str
    latency_ms: int
