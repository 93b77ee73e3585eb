from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.parsers import FormParser, JSONParser, MultiPartParser
from rest_framework.permissions import IsAuthenticatedOrReadOnly
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce.flash_sales.selectors import sales_in
from commerce.promotions.selectors import drops_in
from commerce.promotions.serializers import DropSerializer
from community.moderation.api.barring import NotBanned
from live.media.selectors import playback_of
from live.room import selectors
from live.room.serializers import SaleSerializer, ShowSerializer, StatsSerializer
from live.shows import services
from live.shows.models import Show as ShowModel
from live.shows.selectors import channel_of, show, show_card, show_run_by, viewers_of
from live.shows.serializers import ShowInputSerializer, given


class Show(APIView):
    permission_classes = [IsAuthenticatedOrReadOnly, NotBanned]
    parser_classes = [JSONParser, MultiPartParser, FormParser]

    @extend_schema(operation_id="shows_retrieve", responses=ShowSerializer)
    def get(self, request: Request, show_id: int) -> Response:
        return Response(_detail(show(show_id)))

    @extend_schema(operation_id="shows_change", request=ShowInputSerializer, responses=ShowSerializer)
    def patch(self, request: Request, show_id: int) -> Response:
        show_run_by(request.user, show_id)
        data = ShowInputSerializer(data=request.data, partial=True)
        data.is_valid(raise_exception=True)
        return Response(_detail(services.update_show(show_id=show_id, **given(data.validated_data))))


class Sales(APIView):
    @extend_schema(operation_id="shows_sales", responses=SaleSerializer(many=True))
    def get(self, request: Request, show_id: int) -> Response:
        """All flash sales of the show, closed ones too, oldest first. For the host, moderators and staff."""
        selectors.studio_for(request.user, show_id)
        return Response(SaleSerializer(sales_in(channel_of(show_id), running_only=False), many=True).data)


class Drops(APIView):
    @extend_schema(operation_id="shows_drops", responses=DropSerializer(many=True))
    def get(self, request: Request, show_id: int) -> Response:
        """All coupon drops of the show, closed ones too, oldest first. For the host, moderators and staff."""
        selectors.studio_for(request.user, show_id)
        return Response(DropSerializer(drops_in(channel_of(show_id), running_only=False), many=True).data)


class Stats(APIView):
    @extend_schema(operation_id="shows_stats", responses=StatsSerializer)
    def get(self, request: Request, show_id: int) -> Response:
        """The figures of the show and its course by the minute. For the host, moderators and staff."""
        viewers = viewers_of(selectors.studio_for(request.user, show_id))
        return Response(StatsSerializer(selectors.studio_snapshot(show_id, viewers=viewers)).data)


def _detail(show: ShowModel) -> dict[str, Any]:
    return dict(ShowSerializer({**show_card(show), "playback": playback_of(show.pk)}).data)
