"""The queue of the desk."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from community.moderation.api.requests import body, caller_id, choice, number, scope_asked
from community.moderation.cards import ReportedCard
from community.moderation.selectors import rights
from community.moderation.selectors.cases import case, case_cards, case_detail, queue
from community.moderation.serializers import (
    CASE_KINDS,
    CASE_STATES,
    REASONS,
    BulkResultSerializer,
    BulkSerializer,
    ReportedDetailSerializer,
    ReportedPageSerializer,
    VerdictSerializer,
)
from community.moderation.services.decisions import Verdict, decide, decide_many, undo
from project.kernel.errors import Forbidden, NotFound

ORDERS = {
    "weight": ("-weight", "pk"),
    "age": ("opened_at", "pk"),
    "latest": ("-reported_at", "-pk"),
}
ANY_STATES = (*CASE_STATES, "any")
SHOWN = 50
MOST_DEEP = 5000


class Cases(APIView):
    @extend_schema(
        operation_id="moderation_cases",
        parameters=[
            OpenApiParameter("state", str, enum=ANY_STATES),
            OpenApiParameter("scope", str, description="A channel; left out: everything, for moderators."),
            OpenApiParameter("place", str, enum=["show", "group", "dm"]),
            OpenApiParameter("kind", str, enum=CASE_KINDS),
            OpenApiParameter("reason", str, enum=REASONS),
            OpenApiParameter("source", str, enum=["rules", "reports"]),
            OpenApiParameter("subject", int),
            OpenApiParameter("order", str, enum=list(ORDERS)),
            OpenApiParameter("offset", int),
        ],
        responses=ReportedPageSerializer,
    )
    def get(self, request: Request) -> Response:
        """50 at a time; of what a channel's own people moderate, they see their channel."""
        scope = scope_asked(request)
        source = choice(request, "source", ("rules", "reports"))
        state = choice(request, "state", ANY_STATES, "open")
        found = queue(
            state=None if state == "any" else state,
            scope=scope or choice(request, "place", ("show", "group", "dm")),
            kind=choice(request, "kind", CASE_KINDS),
            reason=choice(request, "reason", REASONS),
            automatic=None if source is None else source == "rules",
            subject=number(request, "subject", least=1, most=2**53),
        )
        order = ORDERS[choice(request, "order", tuple(ORDERS), "weight") or "weight"]
        offset = number(request, "offset", least=0, most=MOST_DEEP, default=0) or 0
        page = case_cards(found.order_by(*order)[offset : offset + SHOWN])
        return Response({"results": page, "total": found.count()})


def _shown(request: Request, case_id: int) -> Response:
    found = case(case_id)
    try:
        rights.moderator_in(caller_id(request), found.scope)
    except Forbidden:
        # Whoever may not see it is not told that there is one.
        raise NotFound from None
    return Response(ReportedDetailSerializer(case_detail(found, reader_id=caller_id(request))).data)


class CaseView(APIView):
    @extend_schema(operation_id="moderation_case", responses=ReportedDetailSerializer)
    def get(self, request: Request, case_id: int) -> Response:
        """With what stands around it, who reported it, and the record of the person."""
        return _shown(request, case_id)


class Decide(APIView):
    @extend_schema(operation_id="moderation_decide", request=VerdictSerializer, responses=ReportedDetailSerializer)
    def post(self, request: Request, case_id: int) -> Response:
        """Decide an open case; who is slower than somebody else is told so."""
        _shown(request, case_id)
        decide(by=caller_id(request), case_id=case_id, verdict=Verdict(**body(request, VerdictSerializer)))
        return _shown(request, case_id)


class Undo(APIView):
    @extend_schema(operation_id="moderation_undo", request=None, responses=ReportedDetailSerializer)
    def post(self, request: Request, case_id: int) -> Response:
        """Take one's own decision back, within a minute."""
        _shown(request, case_id)
        undo(by=caller_id(request), case_id=case_id)
        return _shown(request, case_id)


class DecideMany(APIView):
    @extend_schema(operation_id="moderation_decide_many", request=BulkSerializer, responses=BulkResultSerializer)
    def post(self, request: Request) -> Response:
        """The same for up to a hundred cases, each by itself."""
        rights.moderator(caller_id(request))
        data = body(request, BulkSerializer)
        case_ids = data.pop("cases")
        outcomes = decide_many(by=caller_id(request), case_ids=case_ids, verdict=Verdict(**data))
        cards: dict[int, ReportedCard] = {
            card["id"]: card for card in case_cards(one.case for one in outcomes if one.case is not None)
        }
        results: list[dict[str, Any]] = [
            {"id": one.case_id, "case": cards.get(one.case_id), "error": one.error.code if one.error else None}
            for one in outcomes
        ]
        return Response({"results": results})
