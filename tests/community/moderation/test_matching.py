"""What rules find: evasions of every kind, and nothing in what people ordinarily say."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime, timedelta

import pytest

from community.moderation.errors import RuleInvalid
from community.moderation.matching import Ready, Seen, checked
from community.moderation.models import Rule
from community.moderation.text.links import hosts_in
from community.moderation.text.shapes import same_text, shape_of
from community.moderation.text.words import Words
from tests.community.moderation.corpus import EVASIONS, ORDINARY, WORDS

LISTED = Words(WORDS)


def test_what_is_written_round_a_word_is_found() -> None:
    for text in EVASIONS:
        for said in (text, f"hey {text}!", f"你好 {text} 。"):
            assert LISTED.find(shape_of(said)) is not None, said


def test_ordinary_words_are_let_be() -> None:
    assert len(set(ORDINARY)) >= 100
    found = {text: LISTED.find(shape_of(text)) for text in ORDINARY}
    assert {text: word for text, word in found.items() if word is not None} == {}


def test_no_rule_with_its_defaults_finds_anything_in_them() -> None:
    """One after the other, three seconds apart, by somebody who has been here for long; a link is found in links."""
    begin = datetime(2026, 11, 28, 20, tzinfo=UTC)
    rules = [Ready(Rule(scope="site", kind=kind, params=checked(kind, {}))) for kind in Rule.Kind.values]
    found = {}
    recent: list[tuple[datetime, str]] = []
    for number, text in enumerate(ORDINARY):
        at = begin + timedelta(seconds=3 * number)
        seen = Seen("show:1", 7, text, at, joined_at=begin - timedelta(days=2), recent=recent)
        found |= {(rule.kind, text): what for rule in rules if (what := rule.found_in(seen))}
        recent.insert(0, (at, text))
    assert len(found) == 5
    assert {kind for kind, _ in found} == {Rule.Kind.LINK}


def test_a_rule_from_before_a_bound_goes_on() -> None:
    at = datetime(2026, 11, 28, 20, tzinfo=UTC)
    rule = Ready(Rule(scope="site", kind="duplicate", params={"times": 60, "secs": 600, "least_length": 4}))
    assert rule.found_in(Seen("show:1", 7, "buy it", at, recent=[(at, "buy it")] * 49)) is None


def test_only_those_with_links_have_links() -> None:
    assert {text: hosts for text in ORDINARY if (hosts := hosts_in(text))} == {
        "图在这里 https://pics.example/a/1.jpg": ["pics.example", "pics.example"],
        "see https://en.wikipedia.org/wiki/Tea_ceremony#History": ["en.wikipedia.org", "en.wikipedia.org"],
        "my shop: tea-friends.example/items?id=42&ref=chat": ["tea-friends.example"],
        "github.com/rust-lang/rust is down again": ["github.com"],
        "官网 www.souk.example 可以查": ["www.souk.example"],
    }


@pytest.mark.parametrize(
    "piece", ["a.", "a-", "㏂", "⒈", "ﷺ", "a.aa.", "a dot ", "a 。", "http:", "!.", "中.", "a  ", "a [", "x(", "点com"]
)
def test_no_text_takes_long(piece: str) -> None:
    """Looked at under the lock of its conversation."""
    text = (piece * 2000)[:2000]
    began = time.process_time()
    hosts_in(text)
    same_text(text)
    LISTED.find(shape_of(text))
    assert time.process_time() - began < 0.2


def test_the_word_is_named_as_the_list_has_it() -> None:
    assert Words(WORDS).find(shape_of("some V.I.A.G.R.A here")) == "viagra"
    assert Words([]).find(shape_of("anything")) is None


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("see https://evil.example/x?y", ["evil.example"]),
        ("go to EVIL.com now", ["evil.com"]),
        ("evil . com", []),
        ("evil[.]com", ["evil.com"]),
        ("evil (dot) com", ["evil.com"]),
        ("evil。com", ["evil.com"]),
        ("ｅｖｉｌ．ｃｏｍ", ["evil.com"]),
        ("hxxp://bad.xyz", ["bad.xyz"]),
        ("I like it. Come in.", []),
        ("v2.0 is out, 3.5 stars", []),
        ("write to me@shop.example", []),
        ("价格 39.9 元", []),
        ("write to anna@post.shop.example, or an-na_@a.b.shop.example", []),
        ("@www.evil.com 看@www.evil.com", ["evil.com"]),
        ("see read-me.txt.evil.com-now", ["read-me.txt.evil.com"]),
        ("-evil.com, and a.b.good.cn", ["a.b.good.cn", "evil.com"]),
        ("evil dot com or evil点com", ["evil.com"]),
        ("a.b.c.d 1.2.3", []),
    ],
)
def test_links(text: str, hosts: list[str]) -> None:
    assert sorted(set(hosts_in(text))) == hosts


@pytest.mark.parametrize(
    ("kind", "params"),
    [
        ("keyword", {"words": "viagra"}),
        ("keyword", {"words": [""]}),
        ("keyword", {"words": ["\u200b"]}),
        ("keyword", {"words": ["x" * 61]}),
        ("flood", {"messages": 0}),
        ("flood", {"messages": True}),
        ("flood", {"secs": 10**6}),
        ("duplicate", {"times": 51}),
        ("new_account", {"only": "everything"}),
        ("mentions", {"least": 3}),
        ("nonsense", {}),
    ],
)
def test_a_rule_that_cannot_work_is_refused(kind: str, params: dict[str, object]) -> None:
    with pytest.raises(RuleInvalid):
        checked(kind, params)


@pytest.mark.once
def test_each_of_fifty_thousand_words_is_found() -> None:
    draw = random.Random(7)
    letters = "abcdefghijklmnopqrstuvwxyz天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏"
    listed = {"".join(draw.choices(letters, k=draw.randint(3, 12))) for _ in range(50_000)}
    words = Words(listed)
    for word in draw.sample(sorted(listed), 300):
        assert words.find(shape_of(f"한국어 {word} 문장")) in listed
    assert words.find(shape_of("한국어 문장")) is None
