"""Shows over HTTP. A single show, which also tells where to watch it, is in `live.room.api`."""

from __future__ import annotations

from typing import cast

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.parsers import FormParser, JSONParser, MultiPartParser
from rest_framework.permissions import IsAuthenticatedOrReadOnly
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from community.accounts.models import User
from community.moderation.api.barring import NotBanned
from live.shows import selectors, services
from live.shows.models import Show
from live.shows.serializers import ShowCardSerializer, ShowInputSerializer, given
from project.kernel.errors import Invalid
from project.pagination import CursorPagination

MOST_ID_DIGITS = 18


class ShowList(GenericAPIView[Show]):
    permission_classes = [IsAuthenticatedOrReadOnly, NotBanned]
    parser_classes = [JSONParser, MultiPartParser, FormParser]
    serializer_class = ShowCardSerializer
    pagination_class = CursorPagination

    def get_queryset(self) -> QuerySet[Show]:
        shows = selectors.shows()
        if (host := self.request.query_params.get("host")) is not None:
            if not (host.isascii() and host.isdecimal() and len(host) <= MOST_ID_DIGITS):
                raise Invalid(fields={"host": ["invalid"]})
            shows = shows.filter(host=int(host))
        state = self.request.query_params.get("state")
        if state is None:
            return shows
        if state not in Show.State.values:
            raise Invalid(fields={"state": ["invalid_choice"]})
        return shows.filter(state=state)

    @extend_schema(
        operation_id="shows_list",
        parameters=[OpenApiParameter("state", str, enum=Show.State.values), OpenApiParameter("host", int)],
        responses=ShowCardSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """Shows, newest first."""
        page = self.paginate_queryset(self.get_queryset()) or []
        return self.get_paginated_response(ShowCardSerializer(selectors.show_cards(page), many=True).data)

    @extend_schema(operation_id="shows_create", request=ShowInputSerializer, responses={201: ShowCardSerializer})
    def post(self, request: Request) -> Response:
        """Schedule a show of one's own; hosts only."""
        data = ShowInputSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        show = services.create_show(host=cast(User, request.user), **given(data.validated_data))
        return Response(ShowCardSerializer(selectors.show_card(show)).data, status=201)


class MyShows(GenericAPIView[Show]):
    serializer_class = ShowCardSerializer
    pagination_class = CursorPagination

    def get_queryset(self) -> QuerySet[Show]:
        return selectors.shows_hosted_by(cast(User, self.request.user))

    @extend_schema(operation_id="shows_mine", responses=ShowCardSerializer(many=True))
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(self.get_queryset()) or []
        return self.get_paginated_response(ShowCardSerializer(selectors.show_cards(page), many=True).data)


class GoLive(APIView):
    @extend_schema(operation_id="shows_go_live", request=None, responses=ShowCardSerializer)
    def post(self, request: Request, show_id: int) -> Response:
        selectors.show_run_by(request.user, show_id)
        show = services.go_live(show_id=show_id)
        return Response(ShowCardSerializer(selectors.show_card(show)).data)


class End(APIView):
    @extend_schema(operation_id="shows_end", request=None, responses=ShowCardSerializer)
    def post(self, request: Request, show_id: int) -> Response:
        selectors.show_run_by(request.user, show_id)
        show = services.end_show(show_id=show_id)
        return Response(ShowCardSerializer(selectors.show_card(show)).data)
