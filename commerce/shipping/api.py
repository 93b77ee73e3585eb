"""Address book, regions, promises and parcels over HTTP; the studio's side; the door for carriers' webhooks."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.db.models import QuerySet
from django.utils.decorators import method_decorator
from django.views.decorators.cache import cache_control
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import AllowAny, IsAdminUser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce.idempotency.api import idempotent
from commerce.orders.models import Order
from commerce.orders.selectors import own_order
from commerce.orders.serializers import OrderSerializer, line_of
from commerce.shipping import regions, selectors
from commerce.shipping.carriers.offered import carriers
from commerce.shipping.models import FreightTemplate, Shipment
from commerce.shipping.serializers import (
    AddressChangeSerializer,
    AddressInputSerializer,
    BookAddressSerializer,
    CarrierSerializer,
    FreightTemplateChangeSerializer,
    FreightTemplateSerializer,
    NoticeSerializer,
    OrderToShipSerializer,
    PromiseQuerySerializer,
    PromiseSerializer,
    RegionSerializer,
    ShipmentSerializer,
    ShipSerializer,
    details_of,
)
from commerce.shipping.services import addresses, shipments, templates
from community.accounts.selectors import card
from project.kernel.errors import NotFound
from project.pagination import CursorPagination
from project.request_keys import IDEMPOTENCY_KEY, key_of

DAY_SECS = 24 * 3600


def _user_id(request: Request) -> int:
    assert request.user.pk is not None
    return request.user.pk


class AddressList(APIView):
    @extend_schema(operation_id="addresses_list", responses=BookAddressSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The caller's address book, the default first, then the newest; twenty at most."""
        return Response(BookAddressSerializer(selectors.addresses_of(_user_id(request)), many=True).data)

    @extend_schema(
        operation_id="addresses_create", request=AddressInputSerializer, responses={201: BookAddressSerializer}
    )
    def post(self, request: Request) -> Response:
        asked = AddressInputSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        data = asked.validated_data
        address = addresses.add_address(
            owner_id=_user_id(request),
            details=details_of(data),
            label=data.get("label", ""),
            is_default=data.get("is_default", False),
        )
        return Response(BookAddressSerializer(address).data, status=status.HTTP_201_CREATED)


class AddressDetail(APIView):
    @extend_schema(operation_id="addresses_retrieve", responses=BookAddressSerializer)
    def get(self, request: Request, address_id: int) -> Response:
        address = selectors.own_address(owner_id=_user_id(request), address_id=address_id)
        return Response(BookAddressSerializer(address).data)

    @extend_schema(operation_id="addresses_update", request=AddressChangeSerializer, responses=BookAddressSerializer)
    def patch(self, request: Request, address_id: int) -> Response:
        """Change what is given; what comes of it must be a whole address."""
        owner_id = _user_id(request)
        known = selectors.own_address(owner_id=owner_id, address_id=address_id)
        change = AddressChangeSerializer(data=request.data)
        change.is_valid(raise_exception=True)
        asked = AddressInputSerializer(data={**known.details, "label": known.label, **change.validated_data})
        asked.is_valid(raise_exception=True)
        address = addresses.change_address(
            owner_id=owner_id,
            address_id=address_id,
            details=details_of(asked.validated_data),
            label=asked.validated_data["label"],
        )
        return Response(BookAddressSerializer(address).data)

    @extend_schema(operation_id="addresses_delete", responses={204: None})
    def delete(self, request: Request, address_id: int) -> Response:
        addresses.remove_address(owner_id=_user_id(request), address_id=address_id)
        return Response(status=status.HTTP_204_NO_CONTENT)


class AddressDefault(APIView):
    @extend_schema(operation_id="addresses_make_default", request=None, responses=BookAddressSerializer)
    def post(self, request: Request, address_id: int) -> Response:
        address = addresses.make_default(owner_id=_user_id(request), address_id=address_id)
        return Response(BookAddressSerializer(address).data)


@method_decorator(cache_control(public=True, max_age=DAY_SECS), name="get")
class RegionList(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="regions_list",
        parameters=[OpenApiParameter("parent", str, description="A code; without it, the provinces.")],
        responses=RegionSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """The regions of China right under one."""
        children = regions.children_of(request.query_params.get("parent") or None)
        if children is None:
            raise NotFound
        rows = [{"code": each.code, "name": each.name, "has_children": bool(each.children)} for each in children]
        return Response(RegionSerializer(rows, many=True).data)


class Promise(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="shipping_promise",
        parameters=[
            OpenApiParameter("product", int, required=True),
            OpenApiParameter("region", str, description="A code of a region, or its text: `上海市 徐汇区`."),
        ],
        responses=PromiseSerializer,
    )
    def get(self, request: Request) -> Response:
        """When a product is sent, when it arrives, and what that costs."""
        asked = PromiseQuerySerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        region = asked.validated_data.get("region", "")
        place = region if regions.exists(region) else regions.place_of({"region": region})
        promise = selectors.promise_of(product_id=asked.validated_data["product"], place=place)
        return Response(PromiseSerializer(promise).data)


class OrderShipments(APIView):
    @extend_schema(operation_id="orders_shipments", responses=ShipmentSerializer(many=True))
    def get(self, request: Request, number: str) -> Response:
        """The parcels of an order of the caller's, oldest first."""
        order = own_order(buyer_id=_user_id(request), number=number)
        cards = selectors.shipments_of([order.pk]).get(order.pk, [])
        return Response(ShipmentSerializer(cards, many=True).data)


class OrderReceive(APIView):
    open_to_banned = True

    @extend_schema(operation_id="orders_receive", request=None, responses=OrderSerializer)
    def post(self, request: Request, number: str) -> Response:
        """The caller has the goods of an order that was shipped."""
        return Response(OrderSerializer(shipments.receive(buyer_id=_user_id(request), number=number)).data)


class CarrierWebhook(APIView):
    # The signature says who it is.
    authentication_classes = ()
    permission_classes = ()

    @extend_schema(operation_id="shipping_webhook", request=OpenApiTypes.OBJECT, responses=NoticeSerializer)
    def post(self, request: Request, carrier: str) -> Response:
        """What a carrier saw of a parcel, signed over the raw body."""
        shipments.receive_notice(carrier_code=carrier, body=request._request.body, headers=request.headers)
        return Response({"received": True})


class CarrierList(APIView):
    @extend_schema(operation_id="shipping_carriers", responses=CarrierSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Who carries parcels, for sellers and for buyers who send something back."""
        rows = [{"code": each.code, "name": each.name, "makes_numbers": each.makes_numbers} for each in carriers()]
        return Response(CarrierSerializer(rows, many=True).data)


class OldestFirst(CursorPagination):
    ordering = "pk"


class OrdersToShip(GenericAPIView[Order]):
    permission_classes = (IsAdminUser,)
    serializer_class = OrderToShipSerializer
    pagination_class = OldestFirst
    queryset = Order.objects.none()

    def get_queryset(self) -> QuerySet[Order]:
        return selectors.orders_to_ship()

    @extend_schema(operation_id="studio_shipping_to_ship", responses=OrderToShipSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Paid orders of which not all is on its way, oldest first; staff only."""
        page = self.paginate_queryset(self.get_queryset()) or []
        ids = [order.pk for order in page]
        shipped, parcels = selectors.shipped_units(ids), selectors.shipments_of(ids)
        rows = [
            {
                "number": order.number,
                "paid_at": order.paid_at,
                "buyer": card(order.buyer),
                "address": order.address,
                "invoice": order.invoice,
                "lines": [
                    {
                        **line_of(line, order.currency),
                        "shipped": shipped.get(line.pk, 0),
                        "left": max(0, line.quantity - line.refunded_quantity - shipped.get(line.pk, 0)),
                    }
                    for line in order.lines.all()
                ],
                "shipments": parcels.get(order.pk, []),
            }
            for order in page
        ]
        return self.get_paginated_response(OrderToShipSerializer(rows, many=True).data)


class Ship(APIView):
    permission_classes = (IsAdminUser,)

    @extend_schema(
        operation_id="studio_orders_ship",
        request=ShipSerializer,
        responses={201: ShipmentSerializer},
        parameters=[IDEMPOTENCY_KEY],
    )
    @idempotent("ship", atomic=True)
    def post(self, request: Request, number: str) -> Response:
        """Send some or all that is left of a paid order; staff only."""
        asked = ShipSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        data: dict[str, Any] = asked.validated_data
        lines = data.get("lines")
        shipment = shipments.ship(
            number=number,
            carrier_code=data["carrier"],
            # Two people may draw the same key.
            key=f"{_user_id(request)}:{number}:{key_of(request)}"[:128],
            lines=None if lines is None else {line["line"]: line["quantity"] for line in lines},
            tracking_number=data.get("number", ""),
            shipped_by=_user_id(request),
        )
        return Response(ShipmentSerializer(selectors.card_of(shipment)).data, status=status.HTTP_201_CREATED)


class FreightTemplates(APIView):
    permission_classes = (IsAdminUser,)

    @extend_schema(operation_id="studio_freight_list", responses=FreightTemplateSerializer(many=True))
    def get(self, request: Request) -> Response:
        """What it costs to send goods, by place; all templates, by name; staff only."""
        return Response(FreightTemplateSerializer(selectors.freight_templates(), many=True).data)

    @extend_schema(
        operation_id="studio_freight_create",
        request=FreightTemplateSerializer,
        responses={201: FreightTemplateSerializer},
    )
    def post(self, request: Request) -> Response:
        asked = FreightTemplateSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        written = templates.make_template(**asked.validated_data)
        return Response(_noted(request, written, ADDITION), status=status.HTTP_201_CREATED)


class FreightTemplateDetail(APIView):
    permission_classes = (IsAdminUser,)

    @extend_schema(
        operation_id="studio_freight_update",
        request=FreightTemplateChangeSerializer,
        responses=FreightTemplateSerializer,
    )
    def put(self, request: Request, template_id: int) -> Response:
        """The whole template, with all of its rules, in place of the version that was seen; staff only."""
        asked = FreightTemplateChangeSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        written = templates.change_template(template_id=template_id, **asked.validated_data)
        return Response(_noted(request, written, CHANGE))

    @extend_schema(operation_id="studio_freight_delete", responses={204: None})
    def delete(self, request: Request, template_id: int) -> Response:
        """One that no product is sent by; staff only."""
        template = selectors.freight_template(template_id)
        templates.remove_template(template_id=template.pk)
        _note(request, template, DELETION)
        return Response(status=status.HTTP_204_NO_CONTENT)


def _noted(request: Request, written: FreightTemplate, how: int) -> dict[str, Any]:
    template = selectors.freight_template(written.pk)
    _note(request, template, how)
    return FreightTemplateSerializer(template).data


def _note(request: Request, template: FreightTemplate, how: int) -> None:
    """In the history of staff, where the admin writes it too."""
    LogEntry.objects.log_actions(_user_id(request), [template], how, "In the studio.", single_object=True)


class ShipmentList(GenericAPIView[Shipment]):
    permission_classes = (IsAdminUser,)
    serializer_class = ShipmentSerializer
    pagination_class = CursorPagination
    queryset = Shipment.objects.none()

    def get_queryset(self) -> QuerySet[Shipment]:
        number = self.request.query_params.get("order")
        return selectors.shipments().filter(order__number=number) if number else selectors.shipments()

    @extend_schema(
        operation_id="studio_shipping_shipments",
        parameters=[OpenApiParameter("order", str, description="The number of an order: its parcels alone.")],
        responses=ShipmentSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """All parcels, newest first; staff only."""
        page = self.paginate_queryset(self.get_queryset()) or []
        return self.get_paginated_response(ShipmentSerializer([selectors.card_of(row) for row in page], many=True).data)
