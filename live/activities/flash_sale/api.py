from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce.catalog.selectors import cards_of
from commerce.catalog.serializers import ProductCardSerializer
from live.activities.flash_sale.selectors import products_of
from live.activities.offering import group_to_offer_in

MOST = 200


class SellableProducts(APIView):
    @extend_schema(operation_id="groups_sellable_products", responses=ProductCardSerializer(many=True))
    def get(self, request: Request, group_id: int) -> Response:
        """What the caller may launch a flash sale of in the group, the latest put on a shelf first. For the owner and
        managers who are hosts, and staff among them."""
        assert request.user.pk is not None
        group_to_offer_in(user_id=request.user.pk, group_id=group_id)
        cards = cards_of(list(products_of(request.user)[:MOST]))
        return Response(ProductCardSerializer(cards, many=True).data)
