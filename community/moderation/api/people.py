"""What everyone may do: report, see what one is held to, appeal."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from community.moderation.api.requests import body, caller_id
from community.moderation.models import Sanction
from community.moderation.selectors import rights
from community.moderation.selectors.sanctions import own_card, own_sanctions, with_people
from community.moderation.serializers import (
    AppealInputSerializer,
    OwnSanctionSerializer,
    OwnStandingSerializer,
    ReceiptSerializer,
    ReportInputSerializer,
)
from community.moderation.services.appeals import appeal
from community.moderation.services.reports import report
from project.kernel.clock import now_ms


class Reports(APIView):
    @extend_schema(operation_id="moderation_report", request=ReportInputSerializer, responses={201: ReceiptSerializer})
    def post(self, request: Request) -> Response:
        """Report a message, a person or a group. What becomes of it is not told; the same again changes nothing."""
        data = body(request, ReportInputSerializer)
        report(reporter_id=caller_id(request), **data)
        return Response({"target": data["target"], "at": now_ms()}, status=201)


class Own(APIView):
    @extend_schema(operation_id="moderation_me", responses=OwnStandingSerializer)
    def get(self, request: Request) -> Response:
        """What the caller is or was held to, the latest first."""
        user_id = caller_id(request)
        return Response({"sanctions": own_sanctions(user_id), "moderates": rights.is_moderator(user_id)})


class OwnAppeal(APIView):
    open_to_banned = True

    @extend_schema(
        operation_id="moderation_appeal", request=AppealInputSerializer, responses={201: OwnSanctionSerializer}
    )
    def post(self, request: Request, sanction_id: int) -> Response:
        """Ask for another look at a sanction, once; another moderator decides."""
        given = appeal(user_id=caller_id(request), sanction_id=sanction_id, **body(request, AppealInputSerializer))
        sanction = with_people(Sanction.objects.all()).get(pk=given.sanction_id)
        return Response(own_card(sanction), status=201)
