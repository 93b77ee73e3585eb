"""What an app gives to the engine: its channel kinds (`Topic`) and its methods (`@method`)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, get_type_hints

import msgspec

from project.kernel.errors import LoginRequired


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who is at the other end of a connection: a user with a session, or a guest with an id of this connection.

    `client` is the connection itself, of which one caller may have several.
    """

    user_id: int | None = None
    session_id: str = ""
    guest_id: str = ""
    client: str = field(default="", compare=False)

    @property
    def is_guest(self) -> bool:
        return self.user_id is None

    @property
    def id(self) -> int:
        """The user's id. Raises LoginRequired for a guest."""
        if self.user_id is None:
            raise LoginRequired
        return self.user_id

    @property
    def name(self) -> str:
        """The user as clients know them; empty for a guest."""
        return "" if self.user_id is None else str(self.user_id)

    @property
    def person(self) -> str:
        """One name a person, on however many connections: presence counts these."""
        return f"u{self.user_id}" if self.user_id is not None else f"g{self.guest_id}"


Guard = Callable[[Caller], None]
Handler = Callable[..., Awaitable[Any]]


def logged_in(caller: Caller) -> None:
    """Raises LoginRequired for a guest."""
    if caller.is_guest:
        raise LoginRequired


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    name: str
    params: type[msgspec.Struct]
    requires: Guard | None
    attribute: str


class Params(msgspec.Struct, forbid_unknown_fields=False, kw_only=True):
    """Base of a method's parameters: a msgspec Struct, whose types and `msgspec.Meta` bounds are checked on arrival."""


def method(name: str, *, requires: Guard | None = None) -> Callable[[Handler], Handler]:
    """Make a coroutine of a Topic the RPC method `noun.verb`; it takes `caller` and `params` (a `Params`)."""

    def mark(handler: Handler) -> Handler:
        handler.__rpc__ = (name, requires)  # type: ignore[attr-defined]
        return handler

    return mark


class Methods:
    """RPC methods that belong together. A `Topic` is one with a channel kind."""

    methods: ClassVar[dict[str, Method]]

    def __init_subclass__(cls) -> None:
        cls.methods = {}
        for attribute, handler in vars(cls).items():
            if marked := getattr(handler, "__rpc__", None):
                name, requires = marked
                params = get_type_hints(handler)["params"]
                cls.methods[name] = Method(name=name, params=params, requires=requires, attribute=attribute)


class Topic(Methods):
    """A channel kind: `class SaleTopic(Topic, kind="sale")`. `join` is the only door."""

    kind: ClassVar[str]
    # Publications kept for recovery, and for how long after the last one. Size 0: nothing is kept or recovered.
    history_size: ClassVar[int] = 300
    history_secs: ClassVar[int] = 300
    # Count the people in the channel (`presence_stats`).
    presence: ClassVar[bool] = False
    # Tell who is in the channel (`presence`), and push who comes and goes: for small channels.
    presence_list: ClassVar[bool] = False
    join_leave: ClassVar[bool] = False
    # Whoever is in the channel may publish to it (`publish`).
    publish: ClassVar[bool] = False
    # Presence and history are for those in the channel.
    inside_only: ClassVar[bool] = True
    # A subscription token that a client sends is verified, and ends the subscription when it expires.
    subscription_tokens: ClassVar[bool] = False
    # Subscribed by the server for every caller that is logged in (`user:<id>`).
    personal: ClassVar[bool] = False
    # Something of what is kept may not be for everyone: `withheld` says what.
    withholds: ClassVar[bool] = False

    def __init_subclass__(cls, *, kind: str) -> None:
        super().__init_subclass__()
        cls.kind = kind

    def read_id(self, text: str) -> Any | None:
        """What stands behind the colon of a channel's name, read; None when no channel has such a name."""
        # isdecimal alone would take other digits than ASCII, and zeros in front would name one thing twice.
        if not text.isascii() or not text.isdecimal() or len(text) > 18:
            return None
        return int(text) if str(int(text)) == text else None

    def personal_channel(self, user_id: int) -> str | None:
        """The channel of this kind that a user is subscribed to at connect."""
        return f"{self.kind}:{user_id}" if self.personal else None

    async def join(self, *, caller: Caller, id: Any) -> Mapping[str, Any] | None:
        """Decide whether this caller may enter, and answer a snapshot (JSON, a TypedDict) of the thing, or None.

        Called after the stream's top was read: an event may then already be in the snapshot, but is never missing
        from both. Raises a DomainError (NotFound, Forbidden, …) to refuse.
        """
        raise NotImplementedError

    def withheld(self, snapshot: Any) -> Callable[[bytes], bool] | None:
        """Which publications (their data, JSON) of the past are not for a caller whom `join` has answered `snapshot`.

        Who would recover one of them starts from the snapshot instead, and in the history they are left out. None: all
        is for this caller.
        """
        return None

    async def sees_presence(self, *, caller: Caller, id: Any) -> bool:
        """Whether a caller who is in the channel may learn who, or how many, are there."""
        return True

    async def entered(self, *, id: Any) -> None:
        """The first connection of this process entered the channel: start what counts or sums for it."""

    async def left(self, *, id: Any) -> None:
        """The last connection of this process left the channel."""
