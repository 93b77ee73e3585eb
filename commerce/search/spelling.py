"""Words that are nearly the same, by symmetric deletion: two words within distance d have a form in common once up to
d letters are deleted from each, so that the neighbours of a word are found by equality alone. Deletions are made of the
first letters only, as in SymSpell with its prefix length of 7.

Source: Wolf Garbe, "1000x Faster Spelling Correction algorithm" (2012) and SymSpell, https://github.com/wolfgarbe/SymSpell;
the distance is optimal string alignment (insert, delete, replace, swap neighbours).
"""

from __future__ import annotations

PREFIX = 7
# Below these lengths of what is asked, a word with one or two other letters is another word.
ONE_FROM, TWO_FROM = 4, 8


def tolerance(word: str) -> int:
    """How many mistakes a word that is asked for may have."""
    return 2 if len(word) >= TWO_FROM else 1 if len(word) >= ONE_FROM else 0


def keys_of_query(word: str) -> set[str]:
    """The forms under which a misspelt word meets its neighbours; none for a word too short to be corrected."""
    return _deletions(word[:PREFIX], tolerance(word)) if tolerance(word) else set()


def keys_of_known(word: str) -> set[str]:
    """The forms under which a known word is found, by queries that have up to two letters more or fewer."""
    if len(word) < ONE_FROM - 1:
        return set()
    return _deletions(word[:PREFIX], 2 if len(word) >= TWO_FROM - 2 else 1)


def distance(word: str, known: str) -> int:
    """Optimal string alignment distance."""
    return _distances(word, known)[-1]


def distance_to_start(word: str, known: str) -> int:
    """From a word that is still being typed to what it comes nearest to of the ways `known` begins."""
    return min(_distances(word, known))


def _distances(left: str, right: str) -> list[int]:
    """From `left` to each beginning of `right`, the empty one first and the whole last."""
    before: list[int] = []
    last = list(range(len(right) + 1))
    for i, letter in enumerate(left, 1):
        row = [i]
        for j, other in enumerate(right, 1):
            cost = min(last[j] + 1, row[-1] + 1, last[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == right[j - 2] and left[i - 2] == other:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last


def _deletions(word: str, depth: int) -> set[str]:
    found = layer = {word}
    for _ in range(depth):
        layer = {form[:at] + form[at + 1 :] for form in layer for at in range(len(form))}
        found = found | layer
    return found
