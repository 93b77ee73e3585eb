"""What rules find: evasions of every kind, and nothing in what people ordinarily say."""

from __future__ import annotations

import random

import pytest

from community.moderation.errors import RuleInvalid
from community.moderation.matching import checked
from community.moderation.text.links import hosts_in
from community.moderation.text.shapes import shape_of
from community.moderation.text.words import Words

WORDS = ["viagra", "free money", "微信", "加薇信", "赌博", "ass", "scam"]

EVASIONS = [
    "VIAGRA",
    "ｖｉａｇｒａ",
    "v\u200bi\u200ba\u200bg\u200br\u200ba",
    "v\u00adiagra",
    "v.i.a.g.r.a",
    "v i a g r a",
    "v-i-a-g-r-a",
    "v*i*a*g*r*a",
    "via-gra",
    "via.gra",
    "vi_agra",
    "v1agra",
    "vi@gra",
    "viaaaaagra",
    "v\u0301i\u0308a\u0327g\u030ara",
    "𝐯𝐢𝐚𝐠𝐫𝐚",
    "𝓿𝓲𝓪𝓰𝓻𝓪",
    "ⓥⓘⓐⓖⓡⓐ",
    "🅥🅘🅐🅖🅡🅐",
    "🇻🇮🇦🇬🇷🇦",
    "vіаgrа",
    "νιαgrα",
    "\u202evi\u202cagra",
    "get FREE   MONEY now",
    "free\u00a0money",
    "fr33 m0ney",
    "微.信",
    "微 信",
    "微\u200b信",
    "微*信",
    "加 薇 信",
    "賭博",
    "賭-博",
    "⾦ 赌博",
    "ＡＳＳ",
    "sсаm",
    "s c a m",
]

ORDINARY = [
    "加薇X",
    "这款是 XL 码吗，iPhone 15 也能用？",
    "我叫薇薇，来自 Tokyo",
    "他很微妙。信不信由你",
    "微波炉和信封都有",
    "the classic glass, please pass it",
    "I scampered home with my scampi",
    "This costs 501 and that 1,299.00",
    "Free shipping; money back within 7 days",
    "well-known brand, top-quality, a.m. and p.m.",
    "Москва, привет всем! Как дела?",
    "Καλημέρα σας, τι κάνετε;",
    "안녕하세요 여러분",
    "こんにちは、セールはいつですか？",
    "मुझे यह पसंद है",
    "สวัสดีครับ ราคาเท่าไหร่",
    "ขอบคุณ 555",
    "A B C D 四个尺码都有",
    "¥39 ¥89，第 3 件 8 折！！！",
    "哈哈哈哈哈哈哈",
    "666 主播加油",
    "👍👍🎉 ❤️",
    "我的博客写过赌气的故事，博主很好",
    "naïve café, über résumé",
]


@pytest.mark.parametrize("text", EVASIONS)
def test_what_is_written_round_a_word_is_found(text: str) -> None:
    assert Words(WORDS).find(shape_of(f"hey {text}!")) is not None
    assert Words(WORDS).find(shape_of(text)) is not None


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_words_are_let_be(text: str) -> None:
    assert Words(WORDS).find(shape_of(text)) is None


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
