"""An application with a Channels consumer of each kind, for servers in processes of their own."""

from __future__ import annotations

import os
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings.test")
django.setup()

from asgiref.sync import async_to_sync  # noqa: E402
from channels.generic.websocket import (  # noqa: E402
    AsyncJsonWebsocketConsumer,
    AsyncWebsocketConsumer,
    JsonWebsocketConsumer,
    WebsocketConsumer,
)
from channels.layers import get_channel_layer  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.urls import path  # noqa: E402

GROUP = "chat"


class AsyncText(AsyncWebsocketConsumer):  # type: ignore[misc]
    """Joins by hand, as Channels' tutorial does."""

    async def connect(self) -> None:
        await self.channel_layer.group_add(GROUP, self.channel_name)
        await self.accept()

    async def disconnect(self, code: int) -> None:
        await self.channel_layer.group_discard(GROUP, self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if text_data == "name?":
            await self.send(self.channel_name)
        elif text_data == "crash":
            raise RuntimeError("on purpose")
        else:
            await self.channel_layer.group_send(GROUP, {"type": "chat.message", "text": text_data})

    async def chat_message(self, event: dict[str, Any]) -> None:
        await self.send(event["text"])


class AsyncJson(AsyncJsonWebsocketConsumer):  # type: ignore[misc]
    groups = [GROUP]

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        await self.channel_layer.group_send(GROUP, {"type": "chat.message", "text": content["text"]})

    async def chat_message(self, event: dict[str, Any]) -> None:
        await self.send_json({"text": event["text"]})


class SyncText(WebsocketConsumer):  # type: ignore[misc]
    def connect(self) -> None:
        async_to_sync(self.channel_layer.group_add)(GROUP, self.channel_name)
        self.accept()

    def disconnect(self, code: int) -> None:
        async_to_sync(self.channel_layer.group_discard)(GROUP, self.channel_name)

    def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        async_to_sync(self.channel_layer.group_send)(GROUP, {"type": "chat.message", "text": text_data})

    def chat_message(self, event: dict[str, Any]) -> None:
        self.send(event["text"])


class SyncJson(JsonWebsocketConsumer):  # type: ignore[misc]
    groups = [GROUP]

    def receive_json(self, content: Any, **kwargs: Any) -> None:
        async_to_sync(self.channel_layer.group_send)(GROUP, {"type": "chat.message", "text": content["text"]})

    def chat_message(self, event: dict[str, Any]) -> None:
        self.send_json({"text": event["text"]})


class Thumbnails:
    """What `runworker` would run: it says to a group what it was given."""

    def __init__(self, worker: str) -> None:
        self.worker = worker

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        layer = get_channel_layer()
        while True:
            message = await receive()
            await layer.group_send(GROUP, {"type": "chat.message", "text": f"{self.worker} {message['n']}"})


application = ProtocolTypeRouter(
    {
        "websocket": URLRouter(
            [
                path("async-text", AsyncText.as_asgi()),
                path("async-json", AsyncJson.as_asgi()),
                path("sync-text", SyncText.as_asgi()),
                path("sync-json", SyncJson.as_asgi()),
            ]
        )
    }
)
