"""Paying and cancelling over HTTP, and the door for the providers' webhooks."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import IsAdminUser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce.idempotency.api import idempotent
from commerce.orders.serializers import OrderSerializer
from commerce.payments import providers
from commerce.payments.models import TopUp, WalletEntry
from commerce.payments.selectors import payments_of, top_ups_of
from commerce.payments.serializers import (
    PaymentSerializer,
    PaymentStartSerializer,
    ProvidersSerializer,
    ReceivedSerializer,
    StudioPaymentSerializer,
    TopUpSerializer,
    TopUpStartSerializer,
    WalletEntrySerializer,
    WalletSerializer,
)
from commerce.payments.services import attempts, closing, top_ups, webhooks
from commerce.payments.wallet import books as wallet
from project.kernel.money import Money
from project.pagination import CursorPagination
from project.request_keys import IDEMPOTENCY_KEY, key_of


class PaymentStart(APIView):
    open_to_banned = True

    @extend_schema(
        operation_id="payments_create",
        request=PaymentStartSerializer,
        responses={201: PaymentSerializer},
        parameters=[IDEMPOTENCY_KEY],
    )
    @idempotent("payments", atomic=False)
    def post(self, request: Request) -> Response:
        """Begin to pay an order; `pay_url` is where the buyer decides."""
        asked = PaymentStartSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        assert request.user.pk is not None
        payment = attempts.start_payment(
            buyer_id=request.user.pk,
            number=asked.validated_data["order"],
            key=key_of(request),
            provider=asked.validated_data.get("provider"),
        )
        return Response(PaymentSerializer(payment).data, status=status.HTTP_201_CREATED)


class PaymentDetail(APIView):
    @extend_schema(operation_id="payments_retrieve", responses=PaymentSerializer)
    def get(self, request: Request, payment_id: int) -> Response:
        """A payment; one that has been open for a few seconds is looked up at its provider."""
        assert request.user.pk is not None
        return Response(PaymentSerializer(attempts.check_payment(buyer_id=request.user.pk, payment_id=payment_id)).data)


class OrderCancel(APIView):
    open_to_banned = True

    @extend_schema(operation_id="orders_cancel", request=None, responses=OrderSerializer, parameters=[IDEMPOTENCY_KEY])
    @idempotent("cancel", atomic=False)
    def post(self, request: Request, number: str) -> Response:
        """Cancel an unpaid order; an attempt to pay it is ended first."""
        assert request.user.pk is not None
        return Response(OrderSerializer(closing.cancel_order(buyer_id=request.user.pk, number=number)).data)


class StudioOrderPayments(APIView):
    permission_classes = [IsAdminUser]

    @extend_schema(operation_id="studio_orders_payments", responses=StudioPaymentSerializer(many=True))
    def get(self, request: Request, number: str) -> Response:
        """The attempts to pay an order, oldest first, with the money that goes back."""
        return Response(StudioPaymentSerializer(payments_of(number), many=True).data)


class Webhook(APIView):
    # The signature says who it is.
    authentication_classes = ()
    permission_classes = ()

    @extend_schema(operation_id="payments_webhook", request=OpenApiTypes.OBJECT, responses=ReceivedSerializer)
    def post(self, request: Request, provider: str) -> Response | HttpResponse:
        """What a provider tells, signed over the raw body."""
        webhooks.receive(provider_name=provider, body=request._request.body, headers=request.headers)
        if taken := providers.offered(provider).taken:
            return HttpResponse(taken, content_type="text/plain")
        return Response({"received": True})


class Providers(APIView):
    @extend_schema(operation_id="payments_providers", responses=ProvidersSerializer)
    def get(self, request: Request) -> Response:
        """The providers that a buyer may choose from, the default first."""
        return Response({"providers": providers.all_offered()})


class WalletDetail(APIView):
    @extend_schema(operation_id="wallet_retrieve", responses=WalletSerializer)
    def get(self, request: Request) -> Response:
        """The caller's balances, one a currency; none before the first top-up."""
        assert request.user.pk is not None
        body = {
            "balances": [balance.as_dict() for balance in wallet.balances_of(request.user.pk)],
            "top_up": _top_up_offer(),
        }
        return Response(WalletSerializer(body).data)


def _top_up_offer() -> dict[str, Any] | None:
    if not (known := top_ups.ways()):
        return None
    least, most = settings.TOP_UP_LEAST_MINOR, settings.TOP_UP_MOST_MINOR
    return {
        "providers": known,
        "least": Money(least, settings.DEFAULT_CURRENCY).as_dict(),
        "most": Money(most, settings.DEFAULT_CURRENCY).as_dict(),
    }


class WalletEntries(GenericAPIView[WalletEntry]):
    serializer_class = WalletEntrySerializer
    pagination_class = CursorPagination
    queryset = WalletEntry.objects.none()

    def get_queryset(self) -> QuerySet[WalletEntry]:
        assert self.request.user.pk is not None
        return wallet.entries_of(self.request.user.pk)

    @extend_schema(operation_id="wallet_entries_list", responses=WalletEntrySerializer(many=True))
    def get(self, request: Request) -> Response:
        """What moved in the caller's wallets, newest first."""
        page = self.paginate_queryset(self.get_queryset()) or []
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


class TopUps(GenericAPIView[TopUp]):
    serializer_class = TopUpSerializer
    pagination_class = CursorPagination
    queryset = TopUp.objects.none()

    def get_queryset(self) -> QuerySet[TopUp]:
        assert self.request.user.pk is not None
        return top_ups_of(self.request.user.pk)

    @extend_schema(operation_id="wallet_top_ups_list", responses=TopUpSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The caller's top-ups, newest first."""
        page = self.paginate_queryset(self.get_queryset()) or []
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(
        operation_id="wallet_top_ups_create",
        request=TopUpStartSerializer,
        responses={201: TopUpSerializer},
        parameters=[IDEMPOTENCY_KEY],
    )
    @idempotent("top_ups", atomic=False)
    def post(self, request: Request) -> Response:
        """Begin to top the wallet up; `pay_url` is where the user decides."""
        asked = TopUpStartSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        assert request.user.pk is not None
        top_up = top_ups.start_top_up(user_id=request.user.pk, key=key_of(request), **asked.validated_data)
        return Response(TopUpSerializer(top_up).data, status=status.HTTP_201_CREATED)


class TopUpDetail(APIView):
    @extend_schema(operation_id="wallet_top_ups_retrieve", responses=TopUpSerializer)
    def get(self, request: Request, top_up_id: int) -> Response:
        """A top-up; one that has been open for a few seconds is looked up at its provider."""
        assert request.user.pk is not None
        return Response(TopUpSerializer(top_ups.check_top_up(user_id=request.user.pk, top_up_id=top_up_id)).data)


class TopUpCancel(APIView):
    open_to_banned = True

    @extend_schema(
        operation_id="wallet_top_ups_cancel", request=None, responses=TopUpSerializer, parameters=[IDEMPOTENCY_KEY]
    )
    @idempotent("top_up_cancel", atomic=False)
    def post(self, request: Request, top_up_id: int) -> Response:
        """Not wanted any more: no money comes from it, unless it has come already."""
        assert request.user.pk is not None
        return Response(TopUpSerializer(top_ups.cancel_top_up(user_id=request.user.pk, top_up_id=top_up_id)).data)
