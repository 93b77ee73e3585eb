from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticatedOrReadOnly
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from community.moderation.api.barring import NotBanned
from live.shelf import selectors, services
from live.shelf.serializers import ItemChangeSerializer, NewItemSerializer, ShelfItemSerializer, ShelfOrderSerializer
from live.shows.selectors import show, show_run_by


class Shelf(APIView):
    permission_classes = [IsAuthenticatedOrReadOnly, NotBanned]

    @extend_schema(operation_id="shelf_list", responses=ShelfItemSerializer(many=True))
    def get(self, request: Request, show_id: int) -> Response:
        """The whole shelf, by number."""
        show(show_id)
        return Response(ShelfItemSerializer(selectors.shelf_of(show_id), many=True).data)

    @extend_schema(operation_id="shelf_add", request=NewItemSerializer, responses={201: ShelfItemSerializer})
    def post(self, request: Request, show_id: int) -> Response:
        show_run_by(request.user, show_id)
        item = services.add_item(show_id=show_id, product_id=_given(NewItemSerializer, request)["product"])
        return Response(ShelfItemSerializer(selectors.item_card(item.pk)).data, status=201)


class Item(APIView):
    @extend_schema(operation_id="shelf_change", request=ItemChangeSerializer, responses=ShelfItemSerializer)
    def patch(self, request: Request, show_id: int, item_id: int) -> Response:
        show_run_by(request.user, show_id)
        sold_out = _given(ItemChangeSerializer, request)["sold_out"]
        services.set_sold_out(show_id=show_id, item_id=item_id, sold_out=sold_out)
        return Response(ShelfItemSerializer(selectors.item_card(item_id)).data)

    @extend_schema(operation_id="shelf_remove", responses={204: None})
    def delete(self, request: Request, show_id: int, item_id: int) -> Response:
        show_run_by(request.user, show_id)
        services.remove_item(show_id=show_id, item_id=item_id)
        return Response(status=204)


class Order(APIView):
    @extend_schema(operation_id="shelf_order", request=ShelfOrderSerializer, responses=ShelfItemSerializer(many=True))
    def put(self, request: Request, show_id: int) -> Response:
        """Number the items anew, in the order given."""
        show_run_by(request.user, show_id)
        services.reorder(show_id=show_id, item_ids=_given(ShelfOrderSerializer, request)["items"])
        return Response(ShelfItemSerializer(selectors.shelf_of(show_id), many=True).data)


def _given(serializer: type[Serializer[Any]], request: Request) -> dict[str, Any]:
    data = serializer(data=request.data)
    data.is_valid(raise_exception=True)
    return dict(data.validated_data)
