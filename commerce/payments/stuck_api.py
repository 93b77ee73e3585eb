"""Money that waits for people, in the studio: refunds that a provider refuses for good, and payments and top-ups about
which it says what does not fit. Looking takes the permission to view them, deciding that to change them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import Model, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from commerce.idempotency.api import idempotent
from commerce.payments.models import Payment, Refund, TopUp
from commerce.payments.selectors import refused_refunds, stuck_payments, stuck_top_ups
from commerce.payments.serializers import (
    HowPaidSerializer,
    StuckMoneySerializer,
    StuckTopUpSerializer,
    TopUpDecideSerializer,
)
from commerce.payments.services import attempts, misfits, refunds
from project.kernel.errors import Conflict, NotFound
from project.kernel.money import Money
from project.pagination import CursorPagination
from project.request_keys import IDEMPOTENCY_KEY


class MayResolve(BasePermission):
    """Of what the view's `model` says."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        verb = "view" if request.method in SAFE_METHODS else "change"
        name = view.model._meta.model_name  # type: ignore[attr-defined]
        return bool(request.user.is_staff and request.user.has_perm(f"commerce_payments.{verb}_{name}"))


class StuckList(GenericAPIView[Any]):
    permission_classes = [MayResolve]
    serializer_class: type[Serializer[Any]] = StuckMoneySerializer
    pagination_class = CursorPagination

    def listed(self, request: Request) -> Response:
        page = self.paginate_queryset(self.get_queryset()) or []
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


class RefusedRefunds(StuckList):
    model = Refund

    def get_queryset(self) -> QuerySet[Refund]:
        return refused_refunds()

    @extend_schema(operation_id="studio_money_refunds", responses=StuckMoneySerializer(many=True))
    def get(self, request: Request) -> Response:
        """Refunds that are owed and that their provider refuses for good, newest first."""
        return self.listed(request)


class StuckPayments(StuckList):
    model = Payment

    def get_queryset(self) -> QuerySet[Payment]:
        return stuck_payments()

    @extend_schema(operation_id="studio_money_payments", responses=StuckMoneySerializer(many=True))
    def get(self, request: Request) -> Response:
        """Attempts to pay about which their provider says what does not fit, newest first: goods may be held for
        them."""
        return self.listed(request)


class StuckTopUps(StuckList):
    model = TopUp
    serializer_class = StuckTopUpSerializer

    def get_queryset(self) -> QuerySet[TopUp]:
        return stuck_top_ups()

    @extend_schema(operation_id="studio_money_top_ups", responses=StuckTopUpSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Top-ups that came in with another amount than was ordered, and what of them has not gone back yet, newest
        first."""
        return self.listed(request)


class Decision(APIView):
    permission_classes = [MayResolve]
    model: ClassVar[type[Model]]

    def decide(self, request: Request, pk: int, work: Callable[[Any], bool], said: str) -> Response:
        """Written into the history of staff. Raises NotFound, Conflict where there is nothing to be decided."""
        thing = self.model._default_manager.filter(pk=pk).first()
        if thing is None:
            raise NotFound
        if not work(thing):
            raise Conflict
        assert request.user.pk is not None
        same = self.model._default_manager.filter(pk=pk)
        LogEntry.objects.log_actions(request.user.pk, same, CHANGE, said, single_object=True)
        thing.refresh_from_db()
        return Response(StuckMoneySerializer(thing).data)


class RefundSendAgain(Decision):
    model = Refund

    @extend_schema(
        operation_id="studio_money_send_again",
        request=None,
        responses=StuckMoneySerializer,
        parameters=[IDEMPOTENCY_KEY],
    )
    @idempotent("refund_send_again", atomic=True)
    def post(self, request: Request, refund_id: int) -> Response:
        """Have a refused refund sent once more."""
        return self.decide(request, refund_id, lambda one: refunds.send_again(refund=one), "Sent again.")


class RefundPaidOtherwise(Decision):
    model = Refund

    @extend_schema(
        operation_id="studio_money_paid_otherwise",
        request=HowPaidSerializer,
        responses=StuckMoneySerializer,
        parameters=[IDEMPOTENCY_KEY],
    )
    @idempotent("refund_otherwise", atomic=True)
    def post(self, request: Request, refund_id: int) -> Response:
        """A refused refund was paid in another way, and how."""
        asked = HowPaidSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        said = f"Paid in another way: {asked.validated_data['note']}"
        return self.decide(request, refund_id, lambda one: refunds.note_paid_otherwise(refund=one), said)


class PaymentGiveUp(Decision):
    model = Payment

    @extend_schema(
        operation_id="studio_money_give_up",
        request=None,
        responses=StuckMoneySerializer,
        parameters=[IDEMPOTENCY_KEY],
    )
    @idempotent("payment_give_up", atomic=True)
    def post(self, request: Request, payment_id: int) -> Response:
        """What came in does not pay the order: its goods are free again."""
        return self.decide(request, payment_id, lambda one: attempts.give_up(payment=one), "Given up.")


class TopUpDecide(APIView):
    permission_classes = [MayResolve]
    model = TopUp

    @extend_schema(
        operation_id="studio_money_decide_top_up",
        request=TopUpDecideSerializer,
        responses=StuckTopUpSerializer,
        parameters=[IDEMPOTENCY_KEY],
    )
    @idempotent("top_up_decide", atomic=False)
    def post(self, request: Request, top_up_id: int) -> Response:
        """Credit what came in, or send it back. Of two who decide, one does; the answer says who."""
        asked = TopUpDecideSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        data = asked.validated_data
        top_up = TopUp.objects.filter(pk=top_up_id).first()
        if top_up is None:
            raise NotFound
        assert request.user.is_authenticated
        decision = misfits.decide_top_up(
            top_up_id=top_up.pk,
            way=data["way"],
            reason=data["reason"],
            by=request.user,
            seen=Money(data["amount"], data["currency"]),
        )
        if decision.by_id == request.user.pk:
            LogEntry.objects.log_actions(
                request.user.pk, [top_up], CHANGE, f"{decision}: {decision.reason}", single_object=True
            )
        top_up.refresh_from_db()
        return Response(StuckTopUpSerializer(top_up).data)
