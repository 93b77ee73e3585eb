"""A socket that speaks the protocol in JSON, and notes when what it is told came."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import msgspec
from websockets.asyncio.client import ClientConnection


class Socket:
    def __init__(self, raw: ClientConnection) -> None:
        self._raw = raw
        self._id = 0
        self.pushes: list[dict[str, Any]] = []

    async def ask(self, name: str, params: dict[str, Any]) -> dict[str, Any]:
        self._id += 1
        await self._raw.send(msgspec.json.encode({"id": self._id, name: params}).decode())
        while True:
            for line in await self._read():
                if line.get("id") == self._id:
                    return line

    async def push(self, kind: str) -> tuple[dict[str, Any], float]:
        """The next push of a kind, and when it came."""
        async with asyncio.timeout(10):
            while True:
                for push in self.pushes:
                    if kind in push:
                        self.pushes.remove(push)
                        return push[kind], time.monotonic()
                await self._read()

    async def event(self, type: str) -> tuple[dict[str, Any], float]:
        """The next event of a type, and when it came; those before it are dropped."""
        while True:
            pub, at = await self.push("pub")
            if pub["data"]["type"] == type:
                return pub["data"], at

    async def rpc(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        """The result, or `{"error": …}`."""
        answer = await self.ask("rpc", {"method": method, "data": params})
        return {"error": answer["error"]["message"]} if "error" in answer else answer["rpc"]["data"]

    async def _read(self) -> list[dict[str, Any]]:
        lines = [msgspec.json.decode(line) for line in str(await self._raw.recv()).split("\n")]
        self.pushes += [line["push"] for line in lines if "push" in line]
        return [line for line in lines if "id" in line]

    async def say(self, channel: str, key: str) -> str:
        """What became of it: `sent`, or the word of the refusal."""
        return str((await self.rpc("chat.send", {"channel": channel, "text": key, "key": key})).get("error", "sent"))


async def a_second_after(began: float) -> None:
    """When a promise of a second is due."""
    await asyncio.sleep(max(0, began + 1 - time.monotonic()))
