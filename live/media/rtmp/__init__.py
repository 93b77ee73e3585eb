"""RTMP without I/O: bytes in, typed messages and bytes out.

Source: "Adobe's Real Time Messaging Protocol", version 1.0 (21 December 2012), called *the spec* in this package.
"""

from live.media.rtmp.amf0 import AmfValue
from live.media.rtmp.client import ClientSession
from live.media.rtmp.errors import RtmpError
from live.media.rtmp.flv import FlvReader, Tag, TagKind, file_header
from live.media.rtmp.server import PublishRequested, ServerSession, Unpublished

__all__ = [
    "AmfValue",
    "ClientSession",
    "FlvReader",
    "PublishRequested",
    "RtmpError",
    "ServerSession",
    "Tag",
    "TagKind",
    "Unpublished",
    "file_header",
]
