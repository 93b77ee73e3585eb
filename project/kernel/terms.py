"""How a text becomes terms, the same for what is indexed and for what is asked.

Chinese (and kana, hangul) has no spaces: each run of it gives its pairs of neighbouring characters, and in the short
texts of a product its single characters too. Everything else is split into words, without accents.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

TERM_LENGTH = 40

_CJK = "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
_CHARACTER = re.compile(f"[{_CJK}]")
_RUNS = re.compile(f"(?P<cjk>[{_CJK}]+)|(?P<word>[^\\W_{_CJK}]+)")


def folded(text: str) -> str:
    """NFKC and case fold, white space reduced to single spaces."""
    return " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).split())


def indexed_terms(text: str, *, characters: bool = True) -> set[str]:
    """All terms under which a text can be found; each character of its Chinese is one when that is asked for."""
    found: set[str] = set()
    for run, is_word in _runs(text):
        found.update([run] if is_word else _pairs(run) or [run])
        if characters and not is_word:
            found.update(run)
    return found


def query_terms(text: str) -> list[tuple[str, bool]]:
    """The terms that must all match, each once in the order of the text; True with a word that has a spelling."""
    found: dict[str, bool] = {}
    for run, is_word in _runs(text):
        for term in [run] if is_word else (_pairs(run) or [run]):
            found.setdefault(term, is_word and has_spelling(run))
    return list(found.items())


def last_word(text: str) -> tuple[str, str]:
    """What stands before the word that is being typed at the end of a text, and the word; `""` when it ends otherwise.

    >>> last_word("Celadon cu")
    ('celadon ', 'cu')
    """
    text = folded(text)
    for found in _RUNS.finditer(text):
        if found.end() == len(text) and found["word"]:
            return text[: found.start()], _plain(found["word"])
    return text, ""


def is_word(term: str) -> bool:
    return not _CHARACTER.match(term)


def has_spelling(word: str) -> bool:
    """False for numbers and model names, where another digit is another thing."""
    return word.isalpha() and is_word(word)


def _runs(text: str) -> Iterator[tuple[str, bool]]:
    for found in _RUNS.finditer(folded(text)):
        word = found["word"]
        yield (_plain(word), True) if word else (found["cjk"], False)


def _plain(word: str) -> str:
    """`café` is `cafe`; what is too long for a term loses its end."""
    if word.isascii():
        return word[:TERM_LENGTH]
    letters = (letter for letter in unicodedata.normalize("NFD", word) if not unicodedata.combining(letter))
    return "".join(letters)[:TERM_LENGTH]


def _pairs(run: str) -> list[str]:
    return [run[at : at + 2] for at in range(len(run) - 1)]
