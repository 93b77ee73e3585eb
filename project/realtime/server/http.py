"""uvicorn's HTTP class, with an end to how long a request's head may be."""

from __future__ import annotations

from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# As h11 has it, uvicorn's other parser.
MOST_HEAD_BYTES = 64 * 1024


class BoundedHttp(HttpToolsProtocol):
    """httptools gathers headers for as long as they come; who sends more than MOST_HEAD_BYTES of them gets 400."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._is_in_head = self._is_in_body = False
        self._head_bytes = 0

    def data_received(self, data: bytes) -> None:
        if self._is_in_body:
            # A head that begins behind this body counts from the next data on.
            self._head_bytes = 0
        else:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._is_in_head and self._head_bytes > MOST_HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response("The head of the request is too long.")

    def on_message_begin(self) -> None:
        self._is_in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._is_in_head, self._is_in_body, self._head_bytes = False, True, 0
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._is_in_body = False
        super().on_message_complete()
