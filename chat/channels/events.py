from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from chat.messages.cards import MessageCard
from project.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationTouched(Event):
    """Something was said in a conversation of this person, a direct chat or a group that is not large: for the list.

    Said at most twice a second; a `message` with a smaller `seq` is older. Whoever does not know the conversation looks
    it up.
    """

    type: ClassVar[str] = "conversation.touched"
    durable: ClassVar[bool] = False

    channel: str
    message: MessageCard
    user_to: int

    def channels(self) -> list[str]:
        return [f"user:{self.user_to}"]
