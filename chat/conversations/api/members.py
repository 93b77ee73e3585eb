"""Members of a group over HTTP."""

from __future__ import annotations

from typing import Any

from django.http import QueryDict
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chat.conversations import selectors, services
from chat.conversations.api.requests import body, user_id
from chat.conversations.selectors import Place
from chat.conversations.serializers import MemberPageSerializer, MemberSerializer, RoleSerializer
from project.kernel.errors import Invalid
from project.kernel.ids import MOST_ID

PAGE_SIZE, MOST_IN_A_PAGE = 50, 100
LONGEST_NAME = 40


class Members(APIView):
    @extend_schema(
        operation_id="group_members",
        parameters=[
            OpenApiParameter("cursor", str),
            OpenApiParameter("page_size", int),
            OpenApiParameter("name", str, description="Those whose name begins like that."),
        ],
        responses=MemberPageSerializer,
    )
    def get(self, request: Request, group_id: int) -> Response:
        """The owner, managers, then the others in the order of joining. For members."""
        selectors.group_member(user_id=user_id(request), group_id=group_id)
        size = _page_size(request.query_params)
        name = request.query_params.get("name", "").strip()[:LONGEST_NAME]
        place = _place(request.query_params)
        page = selectors.members_after(group_id, place, most=size + 1, name=name)
        return Response(
            {
                "next": _next(request, page[size - 1]) if len(page) > size else None,
                "previous": None,
                "results": [selectors.member_card(member) for member in page[:size]],
            }
        )


class Member(APIView):
    @extend_schema(operation_id="group_members_appoint", request=RoleSerializer, responses=MemberSerializer)
    def patch(self, request: Request, group_id: int, member_user_id: int) -> Response:
        """Make somebody a manager, or a mere member again; for the owner."""
        role = body(request, RoleSerializer)["role"]
        member = services.appoint(
            appointed_by=user_id(request),
            group_id=group_id,
            user_id=member_user_id,
            manager=role == "manager",
        )
        return Response(selectors.member_card(member))

    @extend_schema(operation_id="group_members_remove", responses={204: None})
    def delete(self, request: Request, group_id: int, member_user_id: int) -> Response:
        """Take somebody out: a member for managers, a manager for the owner."""
        services.remove_member(removed_by=user_id(request), group_id=group_id, user_id=member_user_id)
        return Response(status=204)


def _page_size(params: QueryDict) -> int:
    asked = params.get("page_size", "")
    size = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 10 else 0
    return min(size, MOST_IN_A_PAGE) or PAGE_SIZE


def _place(params: QueryDict) -> Place | None:
    """Raises Invalid for a cursor that no page gave out."""
    cursor = params.get("cursor")
    if not cursor:
        return None
    numbers = cursor.split(".")
    if len(numbers) != 2 or not all(one.isascii() and one.isdecimal() and len(one) < 20 for one in numbers):
        raise Invalid(fields={"cursor": ["invalid"]})
    role, member_id = map(int, numbers)
    if role > max(selectors.ROLES) or member_id > MOST_ID:
        raise Invalid(fields={"cursor": ["invalid"]})
    return Place(role, member_id)


def _next(request: Request, last: Any) -> str:
    params = request.query_params.copy()
    params["cursor"] = f"{last.role}.{last.pk}"
    return request.build_absolute_uri(f"?{params.urlencode()}")
