from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chat.conversations.selectors import groups_run_by
from commerce.promotions.selectors import droppable
from commerce.promotions.serializers import DroppableCouponSerializer
from live.activities.coupon_drop.serializers import DropGroupSerializer
from live.activities.offering import group_to_offer_in
from live.shows.selectors import show_run_by

MOST = 50


class DroppableCoupons(APIView):
    @extend_schema(operation_id="shows_droppable_coupons", responses=DroppableCouponSerializer(many=True))
    def get(self, request: Request, show_id: int) -> Response:
        """Coupons that can be dropped in the show, the newest first. For its host and the staff."""
        show_run_by(request.user, show_id)
        return Response(DroppableCouponSerializer(droppable()[:MOST], many=True).data)


class GroupDroppableCoupons(APIView):
    @extend_schema(operation_id="groups_droppable_coupons", responses=DroppableCouponSerializer(many=True))
    def get(self, request: Request, group_id: int) -> Response:
        """Coupons that the caller may drop in the group, the newest first. For the owner and managers who are hosts,
        and staff among them."""
        assert request.user.pk is not None
        group_to_offer_in(user_id=request.user.pk, group_id=group_id)
        return Response(DroppableCouponSerializer(droppable()[:MOST], many=True).data)


class DropGroups(APIView):
    @extend_schema(operation_id="shows_drop_groups", responses=DropGroupSerializer(many=True))
    def get(self, request: Request, show_id: int) -> Response:
        """Groups whose members a drop in the show may be for: those that the caller owns or manages."""
        show_run_by(request.user, show_id)
        assert request.user.pk is not None
        rows = [{"id": group.pk, "title": group.title} for group in groups_run_by(request.user.pk)[:MOST]]
        return Response(DropGroupSerializer(rows, many=True).data)
