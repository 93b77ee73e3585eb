"""The tables of error and close codes as a page (`docs/errors.md`), written from the classes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from project import errors_http
from project.kernel.errors import DomainError
from project.realtime import codes
from project.realtime.codes import CloseCode, ErrorCode
from project.wire_types import doc_of

PAGE = """\
<!-- Written by `make types` from the classes of the server. Do not change it by hand. -->
# Codes

## Refusals

A refusal has a stable word. Over HTTP it is `code` in `{{"error": {{"code", "detail"?, "fields"?}}}}`, under the status
given here. Over the socket a method or a subscription is answered with the error `{{"code": number, "message": word}}`.
Where "again" says yes, the same request may succeed in a moment.

{refusals}

HTTP alone also answers {http_only}.
Accounts (`/_allauth/`) answer in the form of [allauth](https://docs.allauth.org/en/latest/headless/):
`{{"errors": [{{"code", "param"?}}]}}`.

## Errors of the engine

Numbers below 400 are those of [Centrifuge](https://centrifugal.dev/docs/server/codes): the request itself could not be
served.

{engine}

## Close codes

Why the server closes a connection. Below 3500, and from 4000 to 4499, a client connects again; otherwise it stays away.

{close}

## Ends of a subscription

Why the server ends one subscription and leaves the connection open. From 2500 on, a client subscribes again, with
recovery.

{ends}
"""


def code_tables(errors: Iterable[type[DomainError]]) -> str:
    """The text of `docs/errors.md`."""
    refusals = [
        [f"`{cls.code}`", cls.number, cls.status, _yes(cls.temporary), doc_of(cls)]
        for cls in sorted(errors, key=lambda cls: cls.number)
    ]
    engine = [[error.code, error.message, _yes(error.temporary)] for error in _all(ErrorCode)]
    close = [[one.code, one.reason, _yes(one.reconnect)] for one in _all(CloseCode) if one.code >= 3000]
    ends = [[one.code, one.reason, _yes(one.code >= 2500)] for one in _all(CloseCode) if one.code < 3000]
    return PAGE.format(
        refusals=_table(["word", "number", "HTTP", "again", "meaning"], refusals),
        http_only=", ".join(f"`{word}` ({status})" for word, status in sorted(errors_http.HTTP_ONLY.items())),
        engine=_table(["number", "message", "again"], engine),
        close=_table(["code", "reason", "connects again"], close),
        ends=_table(["code", "reason", "subscribes again"], ends),
    )


def _all(kind: type[Any]) -> list[Any]:
    return sorted(value for value in vars(codes).values() if isinstance(value, kind))


def _yes(value: bool) -> str:
    return "yes" if value else ""


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)
