"""A buyer's own orders over HTTP, where somebody else's are not there; the studio's, for staff. How an order is
cancelled: `commerce.payments`."""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import IsAdminUser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce.orders import selectors, services
from commerce.orders.models import Order
from commerce.orders.serializers import (
    CountsSerializer,
    InvoiceSerializer,
    OrderSerializer,
    StudioOrderRowSerializer,
    StudioOrderSerializer,
)
from project.kernel.errors import Invalid
from project.pagination import CursorPagination

State = Order.State
# What a seller looks for, and the states of it; none: any.
FILTERS: dict[str, tuple[str, ...]] = {
    "all": (),
    "unpaid": (State.PENDING_PAYMENT,),
    "to_ship": (State.PAID,),
    "shipped": (State.SHIPPED,),
    "received": (State.RECEIVED, State.COMPLETED),
    "closed": (State.CLOSED,),
}
MOST_TEXT = 60


class OrderList(GenericAPIView[Order]):
    serializer_class = OrderSerializer
    pagination_class = CursorPagination
    queryset = Order.objects.none()

    def get_queryset(self) -> QuerySet[Order]:
        assert self.request.user.pk is not None
        orders = selectors.orders_of(self.request.user.pk)
        state = self.request.query_params.get("state")
        if state is None:
            return orders
        if state not in Order.State.values:
            raise Invalid(fields={"state": ["invalid_choice"]})
        return orders.filter(state=state)

    @extend_schema(
        operation_id="orders_list",
        responses=OrderSerializer(many=True),
        parameters=[OpenApiParameter("state", str, enum=Order.State.values)],
    )
    def get(self, request: Request) -> Response:
        """The caller's orders, newest first."""
        page = self.paginate_queryset(self.get_queryset()) or []
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


class OrderCounts(APIView):
    @extend_schema(operation_id="orders_counts", responses=CountsSerializer)
    def get(self, request: Request) -> Response:
        """How many of the caller's orders are in each state: what there is to pay, to receive, to review."""
        assert request.user.pk is not None
        return Response(CountsSerializer(selectors.counts_of(request.user.pk)).data)


class OrderDetail(APIView):
    @extend_schema(operation_id="orders_retrieve", responses=OrderSerializer)
    def get(self, request: Request, number: str) -> Response:
        assert request.user.pk is not None
        return Response(OrderSerializer(selectors.own_order(buyer_id=request.user.pk, number=number)).data)


class OrderInvoice(APIView):
    open_to_banned = True

    @extend_schema(operation_id="orders_invoice", request=InvoiceSerializer, responses=OrderSerializer)
    def put(self, request: Request, number: str) -> Response:
        """Ask for an invoice; asked again, the last one counts."""
        asked = InvoiceSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        assert request.user.pk is not None
        order = selectors.own_order(buyer_id=request.user.pk, number=number)
        with transaction.atomic():
            services.request_invoice(order=services.lock_order(order_id=order.pk), invoice=dict(asked.validated_data))
        return Response(OrderSerializer(selectors.own_order(buyer_id=request.user.pk, number=number)).data)


class StudioOrderList(GenericAPIView[Order]):
    permission_classes = [IsAdminUser]
    serializer_class = StudioOrderRowSerializer
    pagination_class = CursorPagination
    queryset = Order.objects.none()

    def get_queryset(self) -> QuerySet[Order]:
        asked = self.request.query_params.get("filter", "all")
        text = self.request.query_params.get("q", "").strip()
        if asked not in FILTERS:
            raise Invalid(fields={"filter": ["invalid_choice"]})
        if len(text) > MOST_TEXT:
            raise Invalid(fields={"q": ["max_length"]})
        found = selectors.orders_for_staff()
        if states := FILTERS[asked]:
            found = found.filter(state__in=states)
        return selectors.search_orders(found, text) if text else found

    @extend_schema(
        operation_id="studio_orders_list",
        parameters=[
            OpenApiParameter("filter", str, enum=list(FILTERS), description="`received`: completed ones too."),
            OpenApiParameter(
                "q", str, description="How the number begins, or a part of the buyer's name or of a title."
            ),
        ],
        responses=StudioOrderRowSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """All orders, newest first."""
        page = self.paginate_queryset(self.get_queryset()) or []
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


class StudioOrderDetail(APIView):
    permission_classes = [IsAdminUser]

    @extend_schema(operation_id="studio_orders_retrieve", responses=StudioOrderSerializer)
    def get(self, request: Request, number: str) -> Response:
        return Response(StudioOrderSerializer(selectors.order_for_staff(number)).data)
