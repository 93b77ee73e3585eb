"""Lists by cursor: pages that neither repeat nor skip a row while rows are added in front of them."""

from __future__ import annotations

from typing import Any, Generic, TypeVar, cast

from django.db.models import Model
from rest_framework import pagination
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from project.kernel.errors import Invalid
from project.kernel.ids import MOST_ID
from project.kernel.queries import compiled

M = TypeVar("M", bound=Model)


class KeptPages(Generic[M]):
    """What pages by id are cut from, in place of a query set that is put together anew for each: `older` gives the rows
    below an id, newest first, and `newer` those above one, oldest first; both take `values` after the id.
    """

    def __init__(self, older: compiled[..., M, M], newer: compiled[..., M, M], *values: Any) -> None:
        self._older, self._newer, self._values = older, newer, values
        self._is_forward = True
        self._position: str | None = None

    # What the framework asks of a query set, in this order.

    def order_by(self, ordering: str) -> KeptPages[M]:
        self._is_forward = ordering == "-pk"
        return self

    def filter(self, *, pk__lt: str | None = None, pk__gt: str | None = None) -> KeptPages[M]:
        self._position = pk__lt or pk__gt
        return self

    def __getitem__(self, part: slice) -> list[M]:
        position = MOST_ID * self._is_forward if self._position is None else int(self._position)
        rows = self._older if self._is_forward else self._newer
        return rows.first(part.stop, min(max(position, 0), MOST_ID), *self._values)[part.start :]


class CursorPagination(pagination.CursorPagination):
    """Newest first: `{"next": url | null, "previous": url | null, "results": […]}`; `?page_size=` up to 100.

    A view that orders by something else names another unique integer field. Raises Invalid for a cursor that no page
    gave out.
    """

    page_size = 30
    max_page_size = 100
    page_size_query_param = "page_size"
    ordering = "-pk"

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        url = {"type": "string", "format": "uri", "nullable": True}
        properties = {"next": url, "previous": url, "results": schema}
        return {"type": "object", "required": list(properties), "properties": properties}

    def decode_cursor(self, request: Request) -> Any:
        try:
            cursor = cast(Any, super().decode_cursor(request))
            if cursor is not None and cursor.position is not None:
                int(cursor.position)
        except (NotFound, ValueError):
            raise Invalid(fields={"cursor": ["invalid"]}) from None
        return cursor
