from dataclasses import dataclass
from typing import ClassVar

from chat.messages.cards import MessageCard
from project.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSent(Event):
    """A message stands in its conversation; messages order by their `seq`."""

    type: ClassVar[str] = "chat.sent"

    message: MessageCard
    channel_to: str

    def channels(self) -> list[str]:
        return [self.channel_to]
