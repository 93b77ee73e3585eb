"""How well a publisher's picture comes in, computed from its tags."""

from collections import deque
from datetime import datetime

from live.media.cards import Health
from live.media.rtmp import Tag

WINDOW_SECS = 5.0


class Meter:
    """Fed with each tag and its time of arrival (seconds of a monotonic clock)."""

    def __init__(self, *, connected_at: datetime) -> None:
        self._connected_at = connected_at
        self._arrivals: deque[tuple[float, int]] = deque()
        self._frames: deque[tuple[float, int]] = deque()
        self._usual_step_ms = 0.0
        self._least_lag: float | None = None
        self._lag = 0.0
        self._dropped = 0
        self.size: tuple[int, int] | None = None
        self.segment_secs = 0.0

    def saw(self, tag: Tag, *, at: float) -> None:
        self._arrivals.append((at, len(tag.body)))
        _forget(self._arrivals, before=at - WINDOW_SECS)
        if tag.is_codec_header or tag.kind.name == "SCRIPT":
            return
        # How much later than its place in the stream it came; the best so far counts as "on time".
        lag = at - tag.timestamp / 1000
        self._least_lag = lag if self._least_lag is None else min(lag, self._least_lag)
        self._lag = lag - self._least_lag
        if tag.is_video_frame:
            self._saw_frame(tag.timestamp, at)

    def read(self) -> Health:
        width, height = self.size or (None, None)
        return Health(
            bitrate_kbps=self._bitrate_kbps(),
            fps=self._fps(),
            width=width,
            height=height,
            dropped_frames=self._dropped,
            connected_at=self._connected_at.isoformat(),
            # What viewers are behind the encoder, before their players' buffer: uplink delay and one segment.
            latency_ms=round((self._lag + self.segment_secs) * 1000),
        )

    def _saw_frame(self, timestamp: int, at: float) -> None:
        step = timestamp - self._frames[-1][1] if self._frames else 0
        self._frames.append((at, timestamp))
        _forget(self._frames, before=at - WINDOW_SECS)
        if not 0 < step < 5000:
            return
        if self._usual_step_ms and step > 1.7 * self._usual_step_ms:
            # An encoder that falls behind leaves frames out; their time stays empty.
            self._dropped += round(step / self._usual_step_ms) - 1
        else:
            weight = 0.05 if self._usual_step_ms else 1.0
            self._usual_step_ms += weight * (step - self._usual_step_ms)

    def _bitrate_kbps(self) -> int:
        if len(self._arrivals) < 2:
            return 0
        secs = max(self._arrivals[-1][0] - self._arrivals[0][0], 0.5)
        return round(sum(size for _, size in self._arrivals) * 8 / 1000 / secs)

    def _fps(self) -> float:
        if len(self._frames) < 2:
            return 0.0
        span_ms = self._frames[-1][1] - self._frames[0][1]
        return round((len(self._frames) - 1) * 1000 / span_ms, 1) if span_ms > 0 else 0.0


def _forget(entries: deque[tuple[float, int]], *, before: float) -> None:
    while entries and entries[0][0] < before:
        entries.popleft()
