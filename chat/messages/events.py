from dataclasses import dataclass
from typing import Any, ClassVar

from project.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSent(Event):
    """A message stands in its conversation. `message` as clients see it; messages order by its `seq`."""

    type: ClassVar[str] = "chat.sent"

    message: dict[str, Any]
    channel_to: str

    def channels(self) -> list[str]:
        return [self.channel_to]
