from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from community.notices.cards import NoticeTitle


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a notice says, as `NoticeCard` has it; `people` by id, the last ones first, and `until` in ms."""

    people: list[int]
    count: int = 1
    about: str = ""
    title: NoticeTitle | None = None
    text: str = ""
    word: str = ""
    until: int | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)
