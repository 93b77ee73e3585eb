"""WebSocket frames as a server sends them (RFC 6455, section 5.2): whole and unmasked."""

from __future__ import annotations

from project.realtime.codes import CloseCode

# A final frame of text or binary data, a close, and the answer to a ping.
TEXT, BINARY, CLOSE, PONG = 0x81, 0x82, 0x88, 0x8A


def server_frame(payload: bytes, opcode: int = TEXT) -> bytes:
    size = len(payload)
    if size < 126:
        return bytes((opcode, size)) + payload
    if size < 65_536:
        return bytes((opcode, 126)) + size.to_bytes(2, "big") + payload
    return bytes((opcode, 127)) + size.to_bytes(8, "big") + payload


def close_frame(code: CloseCode) -> bytes:
    return server_frame(code.code.to_bytes(2, "big") + code.reason.encode()[:120], CLOSE)
