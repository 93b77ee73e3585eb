"""One's own inbox over HTTP."""

from __future__ import annotations

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from community.notices import selectors, services
from community.notices.kinds import KINDS
from community.notices.models import Notice
from community.notices.serializers import (
    InboxNoticeSerializer,
    InboxSerializer,
    ReadThroughSerializer,
    SwitchChangeSerializer,
    SwitchSerializer,
)
from project.pagination import CursorPagination


def _caller_id(request: Request) -> int:
    assert request.user.pk is not None
    return request.user.pk


def _inbox(request: Request) -> Response:
    return Response(InboxSerializer(selectors.inbox_of(_caller_id(request))).data)


class BySeq(CursorPagination):
    ordering = "-seq"


class Notices(GenericAPIView[Notice]):
    serializer_class = InboxNoticeSerializer
    pagination_class = BySeq
    queryset = Notice.objects.none()

    def get_queryset(self) -> QuerySet[Notice]:
        return selectors.notices_of(_caller_id(self.request))

    @extend_schema(operation_id="notices_list", responses=InboxNoticeSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The caller's notices, those with the latest news first."""
        page = self.paginate_queryset(self.get_queryset()) or []
        return self.get_paginated_response(InboxNoticeSerializer(selectors.notice_cards(page), many=True).data)


class ReadOne(APIView):
    open_to_banned = True

    @extend_schema(operation_id="notices_read", request=None, responses=InboxSerializer)
    def post(self, request: Request, notice_id: int) -> Response:
        services.mark_read(user_id=_caller_id(request), notice_id=notice_id)
        return _inbox(request)


class ReadAll(APIView):
    open_to_banned = True

    @extend_schema(operation_id="notices_read_all", request=ReadThroughSerializer, responses=InboxSerializer)
    def post(self, request: Request) -> Response:
        """All as far as the caller has seen them: what came since stays unread."""
        asked = ReadThroughSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        services.mark_all_read(user_id=_caller_id(request), through=asked.validated_data["through"])
        return _inbox(request)


class Settings(APIView):
    @extend_schema(operation_id="notices_settings", responses=SwitchSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Which kinds of notices the caller gets."""
        switches = selectors.switches_of(_caller_id(request))
        return Response(SwitchSerializer([one._asdict() for one in switches], many=True).data)


class Setting(APIView):
    @extend_schema(
        operation_id="notices_switch",
        request=SwitchChangeSerializer,
        responses=SwitchSerializer(many=True),
        parameters=[OpenApiParameter("kind", str, OpenApiParameter.PATH, enum=KINDS)],
    )
    def put(self, request: Request, kind: str) -> Response:
        """Whether the caller gets notices of this kind from now on."""
        asked = SwitchChangeSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        services.switch(user_id=_caller_id(request), kind=kind, on=asked.validated_data["on"])
        switches = selectors.switches_of(_caller_id(request))
        return Response(SwitchSerializer([one._asdict() for one in switches], many=True).data)
