"""What the views of moderation ask of a request."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.serializers import Serializer

from community.moderation.selectors import rights
from project.kernel.errors import Invalid, NotFound


def caller_id(request: Request) -> int:
    assert request.user.pk is not None
    return request.user.pk


def body(request: Request, shape: type[Serializer[Any]], *, partial: bool = False) -> dict[str, Any]:
    """Raises DRF's ValidationError."""
    asked = shape(data=request.data, partial=partial)
    asked.is_valid(raise_exception=True)
    return dict(asked.validated_data)


def number(request: Request, name: str, *, least: int, most: int, default: int | None = None) -> int | None:
    """A number of the query. Raises Invalid."""
    given = request.query_params.get(name)
    if given is None:
        return default
    if not given.isascii() or not given.isdecimal() or len(given) > 18 or not least <= int(given) <= most:
        raise Invalid(fields={name: ["out_of_range"]})
    return int(given)


def text(request: Request, name: str, *, most: int) -> str | None:
    """Raises Invalid."""
    given = request.query_params.get(name)
    if given is not None and (not given or "\x00" in given or len(given) > most):
        raise Invalid(fields={name: ["invalid"]})
    return given


def choice(request: Request, name: str, choices: tuple[str, ...], default: str | None = None) -> str | None:
    """Raises Invalid."""
    given = request.query_params.get(name, default)
    if given is not None and given not in choices:
        raise Invalid(fields={name: ["invalid_choice"]})
    return given


def scope_asked(request: Request) -> str | None:
    """The scope that is asked for, of those that the caller moderates; None: all of them, for moderators.

    Raises NotFound, Forbidden, LoginRequired.
    """
    given = request.query_params.get("scope")
    if given is None:
        rights.moderator(caller_id(request))
    elif "\x00" in given or len(given) > 64:
        raise NotFound
    else:
        rights.moderator_in(caller_id(request), given)
    return given
