"""What is shown of a picture or a file."""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

FileKind = Literal["image", "file"]


class FileCard(TypedDict):
    """`upload` is its name to the server, `name` what its owner calls it, `size` in bytes; of a picture, `width` and
    `height` in pixels.
    """

    kind: FileKind
    upload: str
    name: str
    type: str
    size: int
    width: NotRequired[int]
    height: NotRequired[int]


class FileLink(TypedDict):
    """`url` lets whoever has it read the file until `expires_at` (ms since the epoch)."""

    file: FileCard
    url: str
    expires_at: int
