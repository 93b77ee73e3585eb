from dataclasses import dataclass
from typing import Any, ClassVar

from project.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamChanged(Event):
    """Video of a show begins or stops: `playback` is `{"url", "live", "version"}`."""

    type: ClassVar[str] = "stream.changed"

    show_to: int
    playback: dict[str, Any]
    version: int

    def channels(self) -> list[str]:
        return [f"show:{self.show_to}"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamMeasured(Event):
    """How the picture comes in, for the studio: `health` as in the REST answer, None when nothing comes."""

    type: ClassVar[str] = "stream.measured"
    durable: ClassVar[bool] = False

    show_to: int
    health: dict[str, Any] | None

    def channels(self) -> list[str]:
        return [f"studio:{self.show_to}"]
