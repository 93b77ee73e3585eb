from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from chat.messages import services
from chat.messages.cards import SendReply
from project.realtime.topics import Caller, Methods, Params, logged_in, method


class SendParams(Params):
    channel: Annotated[str, Meta(max_length=64)]
    text: Annotated[str, Meta(max_length=4096)]
    # Made by the client, once a message: a repeated send is the same message.
    key: Annotated[str, Meta(max_length=64, pattern="^[!-~]+$")]


class ChatMethods(Methods):
    """Saying something, wherever one may: rooms of shows, and one day groups and direct chats."""

    @method("chat.send", requires=logged_in)
    async def send(self, *, caller: Caller, params: SendParams) -> SendReply:
        message = await services.send(channel=params.channel, author_id=caller.id, text=params.text, key=params.key)
        return {"message": message}
