"""uvicorn's HTTP class, with an end to what a client may send beside bodies."""

from __future__ import annotations

from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# As h11 has it, uvicorn's other parser.
MOST_HEAD_BYTES = 64 * 1024


class BoundedHttp(HttpToolsProtocol):
    """httptools gathers headers and trailers for as long as they come; who sends more than MOST_HEAD_BYTES from which
    neither a request nor a piece of a body comes gets 400."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._gathered_bytes = 0

    def data_received(self, data: bytes) -> None:
        self._gathered_bytes += len(data)
        super().data_received(data)
        if self._gathered_bytes > MOST_HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response("The head of the request is too long.")

    def on_headers_complete(self) -> None:
        self._gathered_bytes = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._gathered_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._gathered_bytes = 0
        super().on_message_complete()
