"""Django's HTTP side under ASGI, on a bounded pool of threads that live as long as the process.

Django's own handler gives each request a thread of its own, and with it new connections: to PostgreSQL a request cost
15 ms before it asked anything, and what 20 at once left behind was more than the server takes.

A few requests are worked on at a time, so that each is done soon after it was begun: those that compute take turns with
all others that do, after each statement that they ask. At 20 checkouts at once, one of twenty took 188 ms on 16 threads
and 128 ms on four. Who is not done soon waits for somebody else, a provider of payments perhaps or a lock: it does not
count any more, and the threads beyond are for such.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from tempfile import SpooledTemporaryFile
from typing import IO, Any, cast

from django.conf import settings
from django.core import signals
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.http.response import FileResponse, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.urls import set_script_prefix

from project.kernel.counting import Reading

Headers = list[tuple[bytes, bytes]]

# Ten times what a checkout takes.
SOON_SECS = 0.25
# The largest file that chats take, with the form around it; as in deploy/nginx.
MOST_BYTES = 21 * 1024 * 1024
TOO_LARGE = {"error": {"code": "body_too_large", "detail": {"most_bytes": MOST_BYTES}}}

_pool = ThreadPoolExecutor(settings.HTTP_THREADS, thread_name_prefix="http")
_waiting: set[_Place] = set()
Reading("souk_http_queue", "Requests that wait for their turn.", lambda: len(_waiting) + _pool._work_queue.qsize())


class _TooLarge(Exception):
    """Of a body more came than anything here takes."""


class _Place:
    """One of those that there are, for a request: until it is given back, or `SOON_SECS` are over."""

    def __init__(self, places: asyncio.Semaphore) -> None:
        self._places = places
        self._ending: asyncio.TimerHandle | None = None

    async def take(self) -> None:
        _waiting.add(self)
        try:
            await self._places.acquire()
        finally:
            _waiting.discard(self)
        self._ending = asyncio.get_running_loop().call_later(SOON_SECS, self.give_back)

    def give_back(self) -> None:
        if self._ending:
            self._ending.cancel()
            self._ending = None
            self._places.release()


class HttpHandler(ASGIHandler):
    """A request is read by the event loop and answered by one thread, from the first middleware to the last."""

    def __init__(self) -> None:
        # Not ASGIHandler's own, which would load the middleware for the event loop.
        super(ASGIHandler, self).__init__()
        self.load_middleware()
        self._places = asyncio.Semaphore(settings.HTTP_AT_ONCE)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        except _TooLarge:
            # What else comes is not read.
            refusal = JsonResponse(TOO_LARGE, status=413, headers={"Connection": "close"})
            await send({"type": "http.response.start", "status": refusal.status_code, "headers": _headers(refusal)})
            await send({"type": "http.response.body", "body": refusal.content})
            return
        loop, place = asyncio.get_running_loop(), _Place(self._places)
        try:
            await place.take()
        except asyncio.CancelledError:
            body.close()
            raise
        try:
            response, content = await loop.run_in_executor(_pool, self._answer, scope, body)
        finally:
            place.give_back()
        await send({"type": "http.response.start", "status": response.status_code, "headers": _headers(response)})
        if content is not None:
            await send({"type": "http.response.body", "body": content})
            return
        chunks = iter(cast(StreamingHttpResponse, response))
        try:
            while (chunk := await loop.run_in_executor(_pool, next, chunks, None)) is not None:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body"})
        finally:
            await loop.run_in_executor(_pool, response.close)

    async def read_body(self, receive: Any) -> IO[bytes]:
        """Raises RequestAborted and _TooLarge, as soon as too much has come."""
        body = SpooledTemporaryFile(settings.FILE_UPLOAD_MAX_MEMORY_SIZE)  # noqa: SIM115  (whoever answers closes it)
        try:
            more = True
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise RequestAborted
                body.write(message.get("body", b""))
                if body.tell() > MOST_BYTES:
                    raise _TooLarge
                more = message.get("more_body", False)
        except BaseException:
            body.close()
            raise
        body.seek(0)
        return cast(IO[bytes], body)

    def _answer(self, scope: Any, body: IO[bytes]) -> tuple[HttpResponseBase, bytes | None]:
        """The response, closed already, with all of its content; None for one that is still to be read."""
        set_script_prefix(get_script_prefix(scope))
        signals.request_started.send(sender=type(self), scope=scope)
        with body:
            request, refusal = self.create_request(scope, body)
            response = self.get_response(request) if request else cast(HttpResponse, refusal)
            if isinstance(response, FileResponse):
                response.block_size = self.chunk_size
            if response.streaming:
                return response, None
            content: bytes = cast(HttpResponse, response).content
            response.close()
            return response, content


def _headers(response: HttpResponseBase) -> Headers:
    # Names as Django writes them: the server sends what it gets.
    found = [(name.encode("ascii"), value.encode("latin1")) for name, value in response.items()]
    return [*found, *((b"Set-Cookie", morsel.OutputString().encode("ascii")) for morsel in response.cookies.values())]
