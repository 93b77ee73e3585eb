"""The media playlist of a show, over all its publish sessions. Source: RFC 8216 (HTTP Live Streaming), section 4.3.

ffmpeg can append to a playlist, but names one EXT-X-MAP for all of it: after a publisher came back with another codec
configuration the older segments, or the newer ones, could not be decoded. So each session has a list of its own, which
only we read, and the playlist that viewers get is written here.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

WINDOW_SECS = 12.0
MIN_SEGMENTS = 5
# What a viewer who comes now should not be shown first.
STALE_AFTER = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """`at` is the wall-clock time of its first frame; `is_break` when it does not continue the segment before it."""

    name: str
    init: str
    seconds: float
    at: datetime
    is_break: bool = False

    @property
    def ends_at(self) -> datetime:
        return self.at + timedelta(seconds=self.seconds)


@dataclass(slots=True, kw_only=True)
class Playlist:
    segments: deque[Segment] = field(default_factory=deque)
    first_number: int = 0
    breaks_before: int = 0
    target_secs: int = 1
    is_ended: bool = False

    def begin_session(self, *, at: datetime) -> None:
        """A publisher is about to send: what was there long before is no longer offered."""
        if self.segments and self.segments[-1].ends_at < at - STALE_AFTER:
            while self.segments:
                self._drop_first()
            self.target_secs = 1
        self.is_ended = False

    def append(self, segments: Iterable[Segment]) -> None:
        """Add segments; the first one of a later session is a break. The oldest ones leave the window."""
        for segment in segments:
            before = self.segments[-1].init if self.segments else ""
            is_break = before != segment.init and (bool(self.segments) or self.first_number > 0)
            self.segments.append(replace(segment, is_break=is_break))
            self.target_secs = max(self.target_secs, round(segment.seconds))
        while len(self.segments) > MIN_SEGMENTS and self._secs() - self.segments[0].seconds >= WINDOW_SECS:
            self._drop_first()

    def files(self) -> set[str]:
        return {name for segment in self.segments for name in (segment.name, segment.init)}

    def render(self) -> str:
        lines = [
            "#EXTM3U",
            "#EXT-X-VERSION:7",
            f"#EXT-X-TARGETDURATION:{self.target_secs}",
            f"#EXT-X-MEDIA-SEQUENCE:{self.first_number}",
            f"#EXT-X-DISCONTINUITY-SEQUENCE:{self.breaks_before}",
            "#EXT-X-INDEPENDENT-SEGMENTS",
        ]
        init = ""
        for segment in self.segments:
            if segment.is_break:
                lines.append("#EXT-X-DISCONTINUITY")
            if segment.init != init:
                init = segment.init
                lines.append(f'#EXT-X-MAP:URI="{init}"')
            moment = segment.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
            lines += [f"#EXT-X-PROGRAM-DATE-TIME:{moment}", f"#EXTINF:{segment.seconds:.6f},", segment.name]
        if self.is_ended:
            lines.append("#EXT-X-ENDLIST")
        return "\n".join(lines) + "\n"

    def _secs(self) -> float:
        return sum(segment.seconds for segment in self.segments)

    def _drop_first(self) -> None:
        self.breaks_before += self.segments.popleft().is_break
        self.first_number += 1


def parse(text: str) -> Playlist:
    """A playlist of ours or of ffmpeg. Raises ValueError for anything else."""
    playlist = Playlist()
    init, seconds, at, is_break = "", 0.0, None, False
    for line in text.splitlines():
        name, _, value = line.partition(":")
        match name:
            case "#EXT-X-TARGETDURATION":
                playlist.target_secs = int(value)
            case "#EXT-X-MEDIA-SEQUENCE":
                playlist.first_number = int(value)
            case "#EXT-X-DISCONTINUITY-SEQUENCE":
                playlist.breaks_before = int(value)
            case "#EXT-X-MAP":
                init = value.removeprefix('URI="').removesuffix('"')
            case "#EXT-X-PROGRAM-DATE-TIME":
                at = datetime.fromisoformat(value)
            case "#EXTINF":
                seconds = float(value.partition(",")[0])
            case "#EXT-X-DISCONTINUITY":
                is_break = True
            case "#EXT-X-ENDLIST":
                playlist.is_ended = True
            case _ if line and not line.startswith("#"):
                if at is None:
                    raise ValueError("a segment without its time")
                playlist.segments.append(Segment(name=line, init=init, seconds=seconds, at=at, is_break=is_break))
                at, is_break = None, False
    return playlist
