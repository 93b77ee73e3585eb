"""A channel kind with everything the protocol offers, and callers who are what their token says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from project import wiring
from project.kernel.errors import Forbidden
from project.realtime import identity, router
from project.realtime.codes import CloseCode
from project.realtime.identity import ExpiredToken, Identity, InvalidToken, TokenCaller
from project.realtime.topics import Caller, Methods, Params, Topic, logged_in, method


class SumParams(Params):
    left: int
    right: int


class HallTopic(Topic, kind="hall"):
    """Any hall may be entered but 403."""

    history_size = 20
    presence = True
    presence_list = True
    join_leave = True
    publish = True
    subscription_tokens = True

    async def join(self, *, caller: Caller, id: int) -> dict[str, Any]:
        if id == 403:
            raise Forbidden
        return {"hall": id}

    @method("sum.add")
    async def add(self, *, caller: Caller, params: SumParams) -> dict[str, int]:
        return {"sum": params.left + params.right}

    @method("sum.secret", requires=logged_in)
    async def secret(self, *, caller: Caller, params: Params) -> dict[str, int]:
        return {"of": caller.id}

    @method("sum.crash")
    async def crash(self, *, caller: Caller, params: Params) -> None:
        raise RuntimeError("on purpose")

    @method("sum.odd")
    async def odd(self, *, caller: Caller, params: Params) -> object:
        return object()


class OwnTopic(Topic, kind="own"):
    """What a user is subscribed to at connect."""

    personal = True

    async def join(self, *, caller: Caller, id: int) -> dict[str, Any]:
        return {"own": id}


async def _from_token(token: str) -> TokenCaller:
    """`<user id>`, or `<user id>@<when it ends>`."""
    user, _, ends = token.partition("@")
    if user == "old":
        raise ExpiredToken
    if not (user.isascii() and user.isdecimal()):
        raise InvalidToken
    return TokenCaller(Caller(user_id=int(user), session_id="s"), float(ends) if ends else None)


def _from_subscription_token(token: str, channel: str, caller: Caller) -> float | None:
    """`<channel>`, or `<channel>@<when it ends>`."""
    named, _, ends = token.partition("@")
    if named == "old":
        raise ExpiredToken
    if named != channel:
        raise InvalidToken
    return float(ends) if ends else None


async def _from_cookie(session_key: str) -> Caller | None:
    return None


@contextmanager
def installed(*topics: Methods) -> Iterator[None]:
    router.install(topics or [HallTopic(), OwnTopic()])
    identity.install(Identity(_from_token, _from_cookie, set, _from_subscription_token))
    try:
        yield
    finally:
        router.install(wiring.TOPICS)
        identity.install(wiring.IDENTITY)


class Written:
    """An outbound that keeps what it was given."""

    def __init__(self) -> None:
        self.backlog = 0
        self.payloads: list[bytes] = []
        self.closed: CloseCode | None = None

    def write(self, payload: bytes, frame: bytes | None = None) -> None:
        self.payloads.append(payload)

    async def drained(self) -> None: ...

    def close(self, code: CloseCode, goodbye: bytes) -> None:
        self.payloads.append(goodbye)
        self.closed = code
