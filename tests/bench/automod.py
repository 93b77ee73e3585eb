"""Looking at a message for fifty thousand words: what is done under the lock of its conversation."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import cache
from random import Random
from statistics import quantiles
from typing import TYPE_CHECKING

from tests.bench.figures import Figures
from tests.bench.servers import House

if TYPE_CHECKING:
    from community.moderation.matching import Ready

WORDS = 50_000
TIMES = 20
WARM_UP = 200
SEED = 5
LETTERS = "abcdefghijklmnopqrstuvwxyz天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏"

TABLE = "automod, 50,000 words"
SAID, EVADING, LONG = "what people say", "what is written round a word", "a message of 2,000 characters"


def measure(house: House, figures: Figures) -> None:
    """One round, by the CPU of this process alone."""
    from chat.messages.models import TEXT_LENGTH
    from tests.community.moderation.corpus import EVASIONS, ORDINARY

    rule = _rule()
    long = [("，".join(ORDINARY[number:] + ORDINARY))[:TEXT_LENGTH] for number in range(10)]
    for row, texts in ((SAID, ORDINARY), (EVADING, EVASIONS), (LONG, long)):
        for text in texts[:WARM_UP]:
            _look(rule, text)
        took_ms = [_look(rule, text) * 1000 for _ in range(TIMES) for text in texts]
        hundredths = quantiles(took_ms, n=100, method="inclusive")
        figures.add(TABLE, row, p50_ms=hundredths[49], p95_ms=hundredths[94], p99_ms=hundredths[98])


def _look(rule: Ready, text: str) -> float:
    """Seconds of CPU, from a text to the verdict."""
    from community.moderation.matching import Seen

    began = time.thread_time()
    rule.found_in(Seen("show:1", 7, text, datetime(2026, 11, 28, tzinfo=UTC)))
    return time.thread_time() - began


@cache
def _rule() -> Ready:
    from community.moderation.matching import Ready, checked
    from community.moderation.models import Rule
    from tests.community.moderation.corpus import WORDS as LISTED

    draw = Random(SEED)
    words = {*LISTED}
    while len(words) < WORDS:
        words.add("".join(draw.choices(LETTERS, k=draw.randint(3, 12))))
    return Ready(Rule(scope="site", kind="keyword", params=checked("keyword", {"words": sorted(words)})))
