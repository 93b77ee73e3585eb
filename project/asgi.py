"""The ASGI application: HTTP to Django, one WebSocket path to the engine, which starts and ends with the server."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
_django = get_asgi_application()

from channels.routing import ProtocolTypeRouter  # noqa: E402

from project.realtime.consumer import RealtimeConsumer  # noqa: E402
from project.realtime.lifespan import lifespan  # noqa: E402

application = ProtocolTypeRouter({"http": _django, "websocket": RealtimeConsumer(), "lifespan": lifespan})
