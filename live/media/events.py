from dataclasses import dataclass
from typing import ClassVar

from live.media.cards import Health, Playback
from project.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamChanged(Event):
    """Video of a show begins or stops."""

    type: ClassVar[str] = "stream.changed"

    show_to: int
    playback: Playback
    version: int

    def channels(self) -> list[str]:
        return [f"show:{self.show_to}"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamMeasured(Event):
    """How the picture comes in, for the studio; `health` is null when nothing comes."""

    type: ClassVar[str] = "stream.measured"
    durable: ClassVar[bool] = False

    show_to: int
    health: Health | None

    def channels(self) -> list[str]:
        return [f"studio:{self.show_to}"]
