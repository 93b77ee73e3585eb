from __future__ import annotations

import pytest

from project.kernel.errors import ERRORS, DomainError


def test_every_error_has_a_word_and_a_number_of_its_own() -> None:
    numbers = [error.number for error in ERRORS.values()]
    assert len(numbers) == len(set(numbers))
    assert all(400 <= number <= 1999 for number in numbers)
    assert all(word == error.code and word.isidentifier() for word, error in ERRORS.items())


def test_a_word_or_number_that_is_taken_is_refused() -> None:
    with pytest.raises(TypeError, match="taken"):
        type("Twin", (DomainError,), {"code": "invalid", "number": 1999})
    with pytest.raises(TypeError, match="taken"):
        type("Twin", (DomainError,), {"code": "a_twin", "number": 400})
    with pytest.raises(TypeError, match="not in 400"):
        type("Far", (DomainError,), {"code": "far", "number": 2000})
    assert not {"a_twin", "far"} & ERRORS.keys()
