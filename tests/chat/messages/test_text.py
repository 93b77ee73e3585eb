import pytest

from chat.messages.errors import TextEmpty, TextTooLong
from chat.messages.text import checked, tidy_line


def cleaned(text: str) -> str:
    return checked(tidy_line(text), most=200)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("  hello  ", "hello"),
        ("two\nlines\tand  gaps", "two lines and gaps"),
        ("e\u0301", "\u00e9"),
        ("a\x00b\x1bc\x7f", "abc"),
        ("\u202egnp.exe", "gnp.exe"),
        ("👩\u200d👩\u200d👧", "👩\u200d👩\u200d👧"),
        ("加薇X", "加薇X"),
        ("好" * 200, "好" * 200),
        ("half \ud83da pair", "half a pair"),
    ],
)
def test_text_is_made_plain(typed: str, said: str) -> None:
    assert cleaned(typed) == said


@pytest.mark.parametrize("typed", ["", "   ", "\n\t", "\x00\x07", "\u200b\u200b", "\u202e", "\u200d"])
def test_a_text_of_nothing_is_refused(typed: str) -> None:
    with pytest.raises(TextEmpty):
        cleaned(typed)


def test_length_counts_what_is_kept() -> None:
    assert cleaned("好" * 200 + "\n\n\x00") == "好" * 200
    with pytest.raises(TextTooLong) as refused:
        cleaned("好" * 201)
    assert refused.value.detail == {"max_length": 200}
