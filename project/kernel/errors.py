"""Errors that a caller can act on: one class a reason. Adapters (HTTP, RPC) translate them once, by `code`.

`number` is the code of the Centrifuge error that an RPC answers (400–1999); `ERRORS` is the one table of all of them.
"""

from __future__ import annotations

from typing import Any, ClassVar

ERRORS: dict[str, type[DomainError]] = {}


class DomainError(Exception):
    """Base of all errors with a stable code word. `detail` is JSON that explains it over HTTP."""

    code: ClassVar[str]
    number: ClassVar[int]
    status: ClassVar[int] = 409
    temporary: ClassVar[bool] = False

    def __init__(self, *, detail: dict[str, Any] | None = None) -> None:
        super().__init__(self.code)
        self.detail = detail

    def __init_subclass__(cls) -> None:
        if not 400 <= cls.number <= 1999:
            raise TypeError(f"{cls.code}: {cls.number} is not in 400–1999")
        if cls.code in ERRORS or any(known.number == cls.number for known in ERRORS.values()):
            raise TypeError(f"{cls.code} or {cls.number} is taken: see project.kernel.errors.ERRORS")
        ERRORS[cls.code] = cls


class Invalid(DomainError):
    """The input has a bad form. `fields` names what is wrong: `{"title": ["required"]}`."""

    code = "invalid"
    number = 400
    status = 400

    def __init__(self, *, fields: dict[str, list[str]] | None = None, detail: dict[str, Any] | None = None) -> None:
        super().__init__(detail=detail)
        self.fields = fields or {}


class LoginRequired(DomainError):
    """A guest, or a session that is over, asks for what needs a person."""

    code = "login_required"
    number = 401
    status = 401


class Forbidden(DomainError):
    """This person may not do it."""

    code = "forbidden"
    number = 403
    status = 403


class NotFound(DomainError):
    """There is no such thing, or none that this person may see."""

    code = "not_found"
    number = 404
    status = 404


class Conflict(DomainError):
    """It does not fit the state that the thing is in. `detail` says which."""

    code = "conflict"
    number = 409


class ChangedMeanwhile(DomainError):
    """What is there is not what was seen: somebody else has changed it since. Nothing was changed; look again."""

    code = "changed_meanwhile"
    number = 412


class TooFast(DomainError):
    """More at once than one person may. Nothing was done; try again in a moment."""

    code = "too_fast"
    number = 429
    status = 429
    temporary = True


class NotOpen(DomainError):
    """What is claimed cannot be had yet, or no longer."""

    code = "not_open"
    number = 420


class SoldOut(DomainError):
    """Nothing is left now. Units whose hold lapses come back."""

    code = "sold_out"
    number = 421


class Busy(DomainError):
    """The server has more of this work than it can take. Nothing was done; try again in a moment."""

    code = "busy"
    number = 503
    status = 503
    temporary = True


class KeyReused(DomainError):
    """The same idempotency key came with another body."""

    code = "key_reused"
    number = 422
    status = 422


class InProgress(DomainError):
    """The first request with this idempotency key has not been answered yet."""

    code = "in_progress"
    number = 425
    status = 409
    temporary = True
