"""After-sales over HTTP: what a buyer asks for, and what staff decides."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.generics import GenericAPIView
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import AllowAny, IsAdminUser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from commerce.aftersales import selectors, services
from commerce.aftersales.models import Case
from commerce.aftersales.selectors import OPEN, SELLERS_TURN
from commerce.aftersales.serializers import (
    ApproveSerializer,
    AskSerializer,
    CaseSerializer,
    ChoiceSerializer,
    DeclineSerializer,
    EvidenceSerializer,
    OrderAftersalesSerializer,
    ProductQuerySerializer,
    ReturnTermsSerializer,
    TakenBackSerializer,
    options_body,
)
from commerce.idempotency.api import idempotent
from commerce.orders.selectors import own_order
from commerce.shipping.serializers import ParcelSerializer
from project.kernel.errors import Invalid, NotFound
from project.pagination import CursorPagination
from project.request_keys import IDEMPOTENCY_KEY

BUYERS_FILTERS = ("all", "open")
STAFFS_FILTERS = ("to_do", "open", "all")


def _user_id(request: Request) -> int:
    assert request.user.pk is not None
    return request.user.pk


def _filter(request: Request, known: tuple[str, ...]) -> str:
    asked = request.query_params.get("filter", known[0])
    if asked not in known:
        raise Invalid(fields={"filter": ["invalid_choice"]})
    return asked


def _said(serializer: type[Serializer[Any]], request: Request) -> dict[str, Any]:
    """What was sent. Raises ValidationError."""
    asked = serializer(data=request.data)
    asked.is_valid(raise_exception=True)
    return dict(asked.validated_data)


def _own(request: Request, case_id: int, *, created: bool = False) -> Response:
    case = selectors.own_case(buyer_id=_user_id(request), case_id=case_id)
    return Response(CaseSerializer(case).data, status=status.HTTP_201_CREATED if created else status.HTTP_200_OK)


def _staffs(case_id: int) -> Response:
    return Response(CaseSerializer(selectors.case_for_staff(case_id)).data)


class ReturnTerms(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="aftersales_terms",
        parameters=[OpenApiParameter("product", int, required=True)],
        responses=ReturnTermsSerializer,
    )
    def get(self, request: Request) -> Response:
        """Whether a product goes back without a reason once it is bought."""
        asked = ProductQuerySerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        return Response(ReturnTermsSerializer(selectors.return_terms(asked.validated_data["product"])).data)


class OrderAftersales(APIView):
    @extend_schema(operation_id="orders_aftersales", responses=OrderAftersalesSerializer)
    def get(self, request: Request, number: str) -> Response:
        """What may be asked for, line by line, and what was."""
        order = own_order(buyer_id=_user_id(request), number=number)
        body = {
            "options": [options_body(one, order.currency) for one in selectors.options_of(order)],
            "cases": selectors.cases_of(_user_id(request)).filter(order=order),
        }
        return Response(OrderAftersalesSerializer(body).data)


class CaseList(GenericAPIView[Case]):
    open_to_banned = True
    serializer_class = CaseSerializer
    pagination_class = CursorPagination
    queryset = Case.objects.none()

    def get_queryset(self) -> QuerySet[Case]:
        found = selectors.cases_of(_user_id(self.request))
        return found.filter(state__in=OPEN) if _filter(self.request, BUYERS_FILTERS) == "open" else found

    @extend_schema(
        operation_id="aftersales_list",
        parameters=[OpenApiParameter("filter", str, enum=BUYERS_FILTERS)],
        responses=CaseSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """The caller's cases, newest first."""
        page = self.paginate_queryset(self.get_queryset()) or []
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(
        operation_id="aftersales_create",
        request=AskSerializer,
        responses={201: CaseSerializer},
        parameters=[IDEMPOTENCY_KEY],
    )
    @idempotent("aftersale", atomic=True)
    def post(self, request: Request) -> Response:
        """Ask for money or other goods. What was never shipped is refunded at once."""
        data = _said(AskSerializer, request)
        case = services.open_case(
            buyer_id=_user_id(request),
            number=data.pop("order"),
            line_id=data.pop("line"),
            sku_id=data.pop("sku", None),
            replacement_id=data.pop("replacement", None),
            **data,
        )
        return _own(request, case.pk, created=True)


class CaseDetail(APIView):
    @extend_schema(operation_id="aftersales_retrieve", responses=CaseSerializer)
    def get(self, request: Request, case_id: int) -> Response:
        return _own(request, case_id)


class CaseCancel(APIView):
    open_to_banned = True

    @extend_schema(
        operation_id="aftersales_cancel", request=None, responses=CaseSerializer, parameters=[IDEMPOTENCY_KEY]
    )
    @idempotent("case_cancel", atomic=True)
    def post(self, request: Request, case_id: int) -> Response:
        """Not asked for any more."""
        services.cancel(buyer_id=_user_id(request), case_id=case_id)
        return _own(request, case_id)


class CaseChoose(APIView):
    open_to_banned = True

    @extend_schema(operation_id="aftersales_choose", request=ChoiceSerializer, responses=CaseSerializer)
    def post(self, request: Request, case_id: int) -> Response:
        """Others in exchange, or the money, while nobody has decided."""
        wanted = _said(ChoiceSerializer, request)["replacement"]
        services.choose(buyer_id=_user_id(request), case_id=case_id, replacement_id=wanted)
        return _own(request, case_id)


class CaseReceive(APIView):
    open_to_banned = True

    @extend_schema(operation_id="aftersales_receive", request=None, responses=CaseSerializer)
    def post(self, request: Request, case_id: int) -> Response:
        """What was sent in exchange has arrived."""
        services.receive(buyer_id=_user_id(request), case_id=case_id)
        return _own(request, case_id)


class CaseSendBack(APIView):
    open_to_banned = True

    @extend_schema(operation_id="aftersales_send_back", request=ParcelSerializer, responses=CaseSerializer)
    def post(self, request: Request, case_id: int) -> Response:
        """The goods are on their way back."""
        said = _said(ParcelSerializer, request)
        services.send_back(buyer_id=_user_id(request), case_id=case_id, **said)
        return _own(request, case_id)


class CasePictures(APIView):
    open_to_banned = True
    parser_classes = [MultiPartParser]

    @extend_schema(operation_id="aftersales_add_picture", request=EvidenceSerializer, responses={201: CaseSerializer})
    def post(self, request: Request, case_id: int) -> Response:
        """Show what is wrong."""
        picture = _said(EvidenceSerializer, request)["picture"]
        services.add_picture(buyer_id=_user_id(request), case_id=case_id, upload=picture, size=picture.size)
        return _own(request, case_id, created=True)


class CasePicture(APIView):
    @extend_schema(
        operation_id="aftersales_picture",
        responses={(200, "image/webp"): OpenApiResponse(OpenApiTypes.BINARY)},
    )
    def get(self, request: Request, case_id: int, position: int) -> FileResponse:
        """Seen by the buyer and by staff alone."""
        if request.user.is_staff:
            case = selectors.case_for_staff(case_id)
        else:
            case = selectors.own_case(buyer_id=_user_id(request), case_id=case_id)
        picture = next((one for one in case.pictures.all() if one.position == position), None)
        if picture is None:
            raise NotFound
        headers = {"Cache-Control": "private, max-age=3600", "X-Content-Type-Options": "nosniff"}
        return FileResponse(picture.image.open(), content_type="image/webp", headers=headers)


class StudioCases(GenericAPIView[Case]):
    permission_classes = [IsAdminUser]
    serializer_class = CaseSerializer
    pagination_class = CursorPagination
    queryset = Case.objects.none()

    def get_queryset(self) -> QuerySet[Case]:
        asked = _filter(self.request, STAFFS_FILTERS)
        found = selectors.cases()
        if number := self.request.query_params.get("order"):
            found = found.filter(order__number=number)
        if asked == "to_do":
            return found.filter(SELLERS_TURN)
        return found.filter(state__in=OPEN) if asked == "open" else found

    @extend_schema(
        operation_id="studio_aftersales_list",
        parameters=[
            OpenApiParameter(
                "filter", str, enum=STAFFS_FILTERS, description="`to_do`: those that wait for the seller."
            ),
            OpenApiParameter("order", str, description="The number of an order: its cases alone."),
        ],
        responses=CaseSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """Newest first."""
        page = self.paginate_queryset(self.get_queryset()) or []
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


class StudioCase(APIView):
    permission_classes = [IsAdminUser]

    @extend_schema(operation_id="studio_aftersales_retrieve", responses=CaseSerializer)
    def get(self, request: Request, case_id: int) -> Response:
        return _staffs(case_id)


class StudioCaseApprove(APIView):
    permission_classes = [IsAdminUser]

    @extend_schema(
        operation_id="studio_aftersales_approve",
        request=ApproveSerializer,
        responses=CaseSerializer,
        parameters=[IDEMPOTENCY_KEY],
    )
    @idempotent("case_approve", atomic=True)
    def post(self, request: Request, case_id: int) -> Response:
        """Agree; what is to be sent in exchange is held. With another key it is a conflict: the state says that it
        happened."""
        said = _said(ApproveSerializer, request)
        services.approve(case_id=case_id, by_id=_user_id(request), **said)
        return _staffs(case_id)


class StudioCaseDecline(APIView):
    permission_classes = [IsAdminUser]

    @extend_schema(operation_id="studio_aftersales_decline", request=DeclineSerializer, responses=CaseSerializer)
    def post(self, request: Request, case_id: int) -> Response:
        """Do not agree, and say why."""
        said = _said(DeclineSerializer, request)
        services.decline(case_id=case_id, by_id=_user_id(request), **said)
        return _staffs(case_id)


class StudioCaseTakeBack(APIView):
    permission_classes = [IsAdminUser]

    @extend_schema(
        operation_id="studio_aftersales_take_back",
        request=TakenBackSerializer,
        responses=CaseSerializer,
        parameters=[IDEMPOTENCY_KEY],
    )
    @idempotent("case_take_back", atomic=True)
    def post(self, request: Request, case_id: int) -> Response:
        """The goods are back."""
        said = _said(TakenBackSerializer, request)
        services.take_back(case_id=case_id, by_id=_user_id(request), **said)
        return _staffs(case_id)


class StudioCaseResend(APIView):
    permission_classes = [IsAdminUser]

    @extend_schema(
        operation_id="studio_aftersales_resend",
        request=ParcelSerializer,
        responses=CaseSerializer,
        parameters=[IDEMPOTENCY_KEY],
    )
    @idempotent("case_resend", atomic=True)
    def post(self, request: Request, case_id: int) -> Response:
        """Others are on their way to the buyer."""
        said = _said(ParcelSerializer, request)
        services.resend(case_id=case_id, by_id=_user_id(request), **said)
        return _staffs(case_id)


class StudioCasePayInstead(APIView):
    permission_classes = [IsAdminUser]

    @extend_schema(
        operation_id="studio_aftersales_pay_instead",
        request=TakenBackSerializer,
        responses=CaseSerializer,
        parameters=[IDEMPOTENCY_KEY],
    )
    @idempotent("case_pay_instead", atomic=True)
    def post(self, request: Request, case_id: int) -> Response:
        """Nothing (more) is sent in exchange: the money goes back."""
        said = _said(TakenBackSerializer, request)
        services.pay_instead(case_id=case_id, by_id=_user_id(request), **said)
        return _staffs(case_id)
