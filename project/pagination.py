"""Lists by cursor: pages that neither repeat nor skip a row while rows are added in front of them."""

from __future__ import annotations

from typing import Any, cast

from rest_framework import pagination
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from project.kernel.errors import Invalid


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
