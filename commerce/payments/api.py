"""Paying and cancelling over HTTP, and the door for the providers' webhooks."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce.idempotency.api import IDEMPOTENCY_KEY, idempotent, key_of
from commerce.orders.serializers import OrderSerializer
from commerce.payments import providers
from commerce.payments.models import ReconciliationRow, WalletEntry
from commerce.payments.serializers import (
    DaySerializer,
    PaymentSerializer,
    PaymentStartSerializer,
    ProvidersSerializer,
    ReceivedSerializer,
    ReconciliationRowSerializer,
    WalletEntrySerializer,
    WalletSerializer,
)
from commerce.payments.services import attempts, closing, webhooks
from commerce.payments.wallet import books as wallet
from project.kernel.errors import Forbidden
from project.pagination import CursorPagination


class PaymentStart(APIView):
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
    @extend_schema(operation_id="orders_cancel", request=None, responses=OrderSerializer, parameters=[IDEMPOTENCY_KEY])
    @idempotent("cancel", atomic=False)
    def post(self, request: Request, number: str) -> Response:
        """Cancel an unpaid order; an attempt to pay it is ended first."""
        assert request.user.pk is not None
        return Response(OrderSerializer(closing.cancel_order(buyer_id=request.user.pk, number=number)).data)


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
        return Response({"balances": [balance.as_dict() for balance in wallet.balances_of(request.user.pk)]})


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


class Reconciliation(GenericAPIView[ReconciliationRow]):
    serializer_class = ReconciliationRowSerializer
    pagination_class = CursorPagination
    queryset = ReconciliationRow.objects.none()

    @extend_schema(
        operation_id="studio_reconciliation_list",
        parameters=[DaySerializer],
        responses=ReconciliationRowSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """For staff: a day's movements of money as the providers and the ledger have them."""
        if not (request.user.is_authenticated and request.user.is_staff):
            raise Forbidden
        asked = DaySerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        page = self.paginate_queryset(ReconciliationRow.objects.filter(day=asked.validated_data["day"])) or []
        return self.get_paginated_response(self.get_serializer(page, many=True).data)
