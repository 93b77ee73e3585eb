"""Words of a list in a text, however long the list is: Aho and Corasick, "Efficient string matching", 1975."""

from __future__ import annotations

from collections.abc import Iterable

import ahocorasick

from community.moderation.text.shapes import Shape, shape_of


class Words:
    """Words, or phrases, that are looked for by their shape. One that begins or ends with a Latin letter or a digit has
    to stand by itself there: `ass` is not in `class`. One with spaces is found without them, too: this is how pinyin is
    listed, `wei xin`."""

    def __init__(self, words: Iterable[str]) -> None:
        self._automaton = ahocorasick.Automaton()
        for word in words:
            forms = shape_of(word).forms
            for form in {*forms, *(form.replace(" ", "") for form in forms)}:
                if form:
                    self._automaton.add_word(form, (len(form), word))
        self._is_empty = len(self._automaton) == 0
        if not self._is_empty:
            self._automaton.make_automaton()

    def find(self, shape: Shape) -> str | None:
        """The first word that is in the text, as it stands in the list."""
        if self._is_empty:
            return None
        for text in shape.forms:
            for end, (length, word) in self._automaton.iter(text):
                if _stands(text, end - length + 1, end + 1):
                    return str(word)
        return None


def _stands(text: str, start: int, end: int) -> bool:
    before = start > 0 and _is_latin(text[start]) and _is_latin(text[start - 1])
    after = end < len(text) and _is_latin(text[end - 1]) and _is_latin(text[end])
    return not before and not after


def _is_latin(char: str) -> bool:
    return char.isascii() and char.isalnum()
