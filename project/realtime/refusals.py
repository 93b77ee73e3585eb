"""How a command can fail: with an error as its reply, or with the end of the connection."""

from __future__ import annotations

from project.realtime.codes import CloseCode, ErrorCode


class Refused(Exception):
    """A command gets this error as its reply."""

    def __init__(self, error: ErrorCode) -> None:
        super().__init__(error.message)
        self.error = error


class Closed(Exception):
    """The connection ends with this code."""

    def __init__(self, code: CloseCode) -> None:
        super().__init__(code.reason)
        self.code = code
