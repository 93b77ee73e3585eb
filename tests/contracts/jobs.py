"""Celery tasks that speak to Channels consumers."""

from __future__ import annotations

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer

from project.celery import app


@app.task
def announce(text: str) -> None:
    async_to_sync(get_channel_layer().group_send)("chat", {"type": "chat.message", "text": text})


@app.task
def tell(channel: str, text: str) -> None:
    async_to_sync(get_channel_layer().send)(channel, {"type": "chat.message", "text": text})
