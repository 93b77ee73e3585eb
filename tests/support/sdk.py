"""The published Python SDK in tests."""

from __future__ import annotations

import asyncio

from centrifuge import Client


async def leave(*clients: Client) -> None:
    """Disconnect, and wait until the sockets are closed: the SDK closes them in the background."""
    connections = [client._conn for client in clients]
    await asyncio.gather(*[client.disconnect() for client in clients])
    await asyncio.gather(*[connection.wait_closed() for connection in connections if connection is not None])
    await asyncio.gather(*[task for client in clients for task in client._background_tasks], return_exceptions=True)
