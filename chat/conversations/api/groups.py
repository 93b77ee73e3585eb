"""Groups over HTTP: found, look at, change, end."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.parsers import FormParser, JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chat.conversations import selectors, services
from chat.conversations.api.requests import body, user_id
from chat.conversations.pictures import MOST_BYTES
from chat.conversations.serializers import (
    AnnounceSerializer,
    ChangeGroupSerializer,
    CreateGroupSerializer,
    GroupDetailSerializer,
    GroupPreviewSerializer,
    UserIdSerializer,
)
from project.kernel.errors import Invalid

# The parts of a form around a file.
FORM_OVERHEAD_BYTES = 64 * 1024


class Groups(APIView):
    parser_classes = [JSONParser, MultiPartParser, FormParser]

    @extend_schema(operation_id="groups_create", request=CreateGroupSerializer, responses={201: GroupDetailSerializer})
    def post(self, request: Request) -> Response:
        """Found a group, as its owner."""
        _refuse_large(request)
        data = _with_picture(body(request, CreateGroupSerializer))
        group = services.create_group(founder_id=user_id(request), **data)
        return Response(_detail(request, group.pk), status=201)


class Group(APIView):
    parser_classes = [JSONParser, MultiPartParser, FormParser]

    @extend_schema(operation_id="groups_retrieve", responses=GroupDetailSerializer)
    def get(self, request: Request, group_id: int) -> Response:
        """For members."""
        return Response(_detail(request, group_id))

    @extend_schema(operation_id="groups_change", request=ChangeGroupSerializer, responses=GroupDetailSerializer)
    def patch(self, request: Request, group_id: int) -> Response:
        """For the owner and managers."""
        _refuse_large(request)
        data = _with_picture(body(request, ChangeGroupSerializer))
        services.change_group(changed_by=user_id(request), group_id=group_id, **data)
        return Response(_detail(request, group_id))


class GroupPreview(APIView):
    @extend_schema(operation_id="groups_preview", responses=GroupPreviewSerializer)
    def get(self, request: Request, group_id: int) -> Response:
        """For whoever may join without an invite."""
        group = selectors.group_from_outside(user_id=user_id(request), group_id=group_id)
        return Response(selectors.preview_of(group, user_id=user_id(request)))


class Announcement(APIView):
    @extend_schema(operation_id="groups_announce", request=AnnounceSerializer, responses=GroupDetailSerializer)
    def put(self, request: Request, group_id: int) -> Response:
        """For the owner and managers."""
        text = body(request, AnnounceSerializer)["text"]
        services.announce(announced_by=user_id(request), group_id=group_id, text=text)
        return Response(_detail(request, group_id))


class Transfer(APIView):
    @extend_schema(operation_id="groups_transfer", request=UserIdSerializer, responses=GroupDetailSerializer)
    def post(self, request: Request, group_id: int) -> Response:
        """Hand the group over to another member; for the owner."""
        heir = body(request, UserIdSerializer)["user"]
        services.transfer(transferred_by=user_id(request), group_id=group_id, user_id=heir)
        return Response(_detail(request, group_id))


class Dissolve(APIView):
    @extend_schema(operation_id="groups_dissolve", request=None, responses={204: None})
    def post(self, request: Request, group_id: int) -> Response:
        """End the group for good; for the owner."""
        services.dissolve(dissolved_by=user_id(request), group_id=group_id)
        return Response(status=204)


def _detail(request: Request, group_id: int) -> Any:
    return selectors.group_detail(selectors.group_member(user_id=user_id(request), group_id=group_id))


def _refuse_large(request: Request) -> None:
    """Said before the body is taken apart, and kept on the disk. Raises Invalid."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES + FORM_OVERHEAD_BYTES:
        raise Invalid(fields={"picture": ["too_large"]}, detail={"most_bytes": MOST_BYTES})


def _with_picture(data: dict[str, Any]) -> dict[str, Any]:
    """What the services take, out of validated input."""
    if "picture" not in data:
        return data
    if data["picture"] is None:
        return {**data, "remove_picture": True}
    return {**data, "picture_size": data["picture"].size}
