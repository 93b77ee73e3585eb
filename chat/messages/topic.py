from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from chat.messages import changes, services, typing
from chat.messages.cards import Emoji, Mention, SendReply
from project.kernel.database import database
from project.realtime.topics import Caller, Methods, Params, logged_in, method

Seq = Annotated[int, Meta(ge=1, le=2**53)]
Channel = Annotated[str, Meta(max_length=64)]
Text = Annotated[str, Meta(max_length=8192)]
# Where the text, as it is sent, mentions somebody.
Mentions = Annotated[list[Mention], Meta(max_length=50)]


class SendParams(Params):
    """`reply_to`: the number (`seq`) of a message in the same channel. With an `upload` of one's own, or the `card` of
    something that one may show (`product:12`), the text may be empty.
    """

    channel: Channel
    text: Text
    # Made by the client, once a message: a repeated send is the same message.
    key: Annotated[str, Meta(max_length=64, pattern="^[!-~]+$")]
    reply_to: Seq | None = None
    mentions: Mentions = []
    upload: Annotated[str, Meta(max_length=32)] | None = None
    card: Annotated[str, Meta(max_length=64, pattern="^[a-z]+:[0-9A-Za-z]+$")] | None = None


class EditParams(Params):
    channel: Channel
    seq: Seq
    text: Text
    mentions: Mentions = []


class MessageParams(Params):
    channel: Channel
    seq: Seq


class ReactParams(Params):
    channel: Channel
    seq: Seq
    emoji: Emoji


class TypingParams(Params):
    channel: Channel


class ChatMethods(Methods):
    """Saying something, wherever one may, and what becomes of it: rooms of shows, groups, direct chats."""

    @method("chat.send", requires=logged_in)
    async def send(self, *, caller: Caller, params: SendParams) -> SendReply:
        message = await services.send(
            channel=params.channel,
            author_id=caller.id,
            text=params.text,
            key=params.key,
            reply_to=params.reply_to,
            mentions=params.mentions,
            upload=params.upload,
            about=params.card,
        )
        return {"message": message}

    @method("chat.edit", requires=logged_in)
    async def edit(self, *, caller: Caller, params: EditParams) -> SendReply:
        message = await database(
            changes.edit_message,
            channel=params.channel,
            user_id=caller.id,
            seq=params.seq,
            text=params.text,
            mentions=params.mentions,
        )
        return {"message": message}

    @method("chat.recall", requires=logged_in)
    async def recall(self, *, caller: Caller, params: MessageParams) -> SendReply:
        message = await database(changes.recall_message, channel=params.channel, user_id=caller.id, seq=params.seq)
        return {"message": message}

    @method("chat.react", requires=logged_in)
    async def react(self, *, caller: Caller, params: ReactParams) -> SendReply:
        return await self._react(caller, params, added=True)

    @method("chat.unreact", requires=logged_in)
    async def unreact(self, *, caller: Caller, params: ReactParams) -> SendReply:
        return await self._react(caller, params, added=False)

    async def _react(self, caller: Caller, params: ReactParams, *, added: bool) -> SendReply:
        message = await database(
            changes.react,
            channel=params.channel,
            user_id=caller.id,
            seq=params.seq,
            emoji=params.emoji,
            added=added,
        )
        return {"message": message}

    @method("chat.pin", requires=logged_in)
    async def pin(self, *, caller: Caller, params: MessageParams) -> SendReply:
        return await self._pin(caller, params, pinned=True)

    @method("chat.unpin", requires=logged_in)
    async def unpin(self, *, caller: Caller, params: MessageParams) -> SendReply:
        return await self._pin(caller, params, pinned=False)

    async def _pin(self, caller: Caller, params: MessageParams, *, pinned: bool) -> SendReply:
        message = await database(
            changes.pin_message, channel=params.channel, user_id=caller.id, seq=params.seq, pinned=pinned
        )
        return {"message": message}

    @method("chat.typing", requires=logged_in)
    async def typing(self, *, caller: Caller, params: TypingParams) -> None:
        """Say that one is writing, at most every three seconds; heard by those who have the chat open."""
        await typing.tell(channel=params.channel, user_id=caller.id)
