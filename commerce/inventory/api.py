"""The seller's side of the stock, for staff. A change is made once a key, however often it is sent."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import IsAdminUser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce.catalog.models import Sku
from commerce.idempotency.api import idempotent
from commerce.inventory import selectors, services
from commerce.inventory.models import StockMovement
from commerce.inventory.serializers import (
    AlertAtSerializer,
    MovementSerializer,
    OpenAlertsSerializer,
    StockChangeSerializer,
    StockSerializer,
)
from project.kernel.errors import Invalid
from project.pagination import CursorPagination
from project.request_keys import IDEMPOTENCY_KEY, key_of

FILTERS = ("all", "low")


class StockList(GenericAPIView[Sku]):
    permission_classes = [IsAdminUser]
    serializer_class = StockSerializer
    pagination_class = CursorPagination

    def get_queryset(self) -> QuerySet[Sku]:
        which = self.request.query_params.get("filter", "all")
        if which not in FILTERS:
            raise Invalid(fields={"filter": ["invalid_choice"]})
        return selectors.stocked_skus(low=which == "low", text=self.request.query_params.get("q", "").strip())

    @extend_schema(
        operation_id="studio_stock_list",
        parameters=[
            OpenApiParameter("filter", str, enum=FILTERS, description="`low`: those with an open alert."),
            OpenApiParameter("q", str, description="A part of the code or of a title."),
        ],
        responses=StockSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """SKUs with their stock, newest first."""
        page = self.paginate_queryset(self.get_queryset()) or []
        return self.get_paginated_response(StockSerializer(selectors.stock_rows(page), many=True).data)


class OpenAlerts(APIView):
    permission_classes = [IsAdminUser]

    @extend_schema(operation_id="studio_stock_alerts", responses=OpenAlertsSerializer)
    def get(self, request: Request) -> Response:
        """How many alerts are open."""
        return Response(OpenAlertsSerializer({"open": selectors.stocked_skus(low=True).count()}).data)


class StockDetail(APIView):
    permission_classes = [IsAdminUser]

    @extend_schema(operation_id="studio_stock_retrieve", responses=StockSerializer)
    def get(self, request: Request, sku_id: int) -> Response:
        return Response(StockSerializer(selectors.stock_row(sku_id)).data)

    @extend_schema(operation_id="studio_stock_set_alert", request=AlertAtSerializer, responses=StockSerializer)
    def patch(self, request: Request, sku_id: int) -> Response:
        """Ask to be told when few units are free."""
        asked = AlertAtSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        services.set_alert(sku_id=sku_id, alert_at=asked.validated_data["alert_at"])
        return Response(StockSerializer(selectors.stock_row(sku_id)).data)


class Movements(GenericAPIView[StockMovement]):
    permission_classes = [IsAdminUser]
    serializer_class = MovementSerializer
    pagination_class = CursorPagination

    @extend_schema(operation_id="studio_stock_movements", responses=MovementSerializer(many=True))
    def get(self, request: Request, sku_id: int) -> Response:
        """Every change of a SKU's stock, newest first."""
        page = self.paginate_queryset(selectors.movements_of(sku_id)) or []
        return self.get_paginated_response(MovementSerializer(page, many=True).data)


class Receive(APIView):
    permission_classes = [IsAdminUser]

    @extend_schema(
        operation_id="studio_stock_receive",
        parameters=[IDEMPOTENCY_KEY],
        request=StockChangeSerializer,
        responses=StockSerializer,
    )
    @idempotent("stock_receive", atomic=True)
    def post(self, request: Request, sku_id: int) -> Response:
        """Units arrived."""
        return _change(request, sku_id, services.receive)


class WriteOff(APIView):
    permission_classes = [IsAdminUser]

    @extend_schema(
        operation_id="studio_stock_write_off",
        parameters=[IDEMPOTENCY_KEY],
        request=StockChangeSerializer,
        responses=StockSerializer,
    )
    @idempotent("stock_write_off", atomic=True)
    def post(self, request: Request, sku_id: int) -> Response:
        """Units are gone without having been sold."""
        return _change(request, sku_id, services.write_off)


def _change(request: Request, sku_id: int, move: Callable[..., StockMovement]) -> Response:
    asked = StockChangeSerializer(data=request.data)
    asked.is_valid(raise_exception=True)
    data = asked.validated_data
    move(
        sku_id=sku_id,
        quantity=data["quantity"],
        reference=_reference(request),
        reason=data["reason"],
        by_id=request.user.pk,
    )
    return Response(StockSerializer(selectors.stock_row(sku_id)).data)


def _reference(request: Request) -> str:
    """Of this person's key; hashed, since a reference holds no more than 64 characters."""
    return f"studio:{hashlib.sha256(f'{request.user.pk}:{key_of(request)}'.encode()).hexdigest()[:40]}"
