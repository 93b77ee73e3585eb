"""The ASGI application: HTTP to Django, one WebSocket path to the engine, which starts and ends with the server."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
django.setup(set_prefix=False)

from channels.routing import ProtocolTypeRouter  # noqa: E402

from project.http import HttpHandler  # noqa: E402
from project.realtime.consumer import RealtimeConsumer  # noqa: E402
from project.realtime.lifespan import lifespan  # noqa: E402

application = ProtocolTypeRouter({"http": HttpHandler(), "websocket": RealtimeConsumer(), "lifespan": lifespan})
