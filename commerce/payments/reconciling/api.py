"""Reconciliation for staff: days, rows, notes. Looking takes the permission `view_reconciliationday`, having a day
compared again and writing notes `change_reconciliationday`."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce.payments.models import ReconciliationRow
from commerce.payments.reconciling import selectors, sheet
from commerce.payments.reconciling.serializers import (
    CheckedSerializer,
    DaysAskedSerializer,
    ReconciliationChangeSerializer,
    ReconciliationDayDetailSerializer,
    ReconciliationDaySerializer,
    ReconciliationDaysSerializer,
    ReconciliationNoteSerializer,
    ReconciliationRowDetailSerializer,
    ReconciliationRowSerializer,
    ReconciliationTrySerializer,
    RowsAskedSerializer,
    SheetAskedSerializer,
)
from commerce.payments.services import reconciliation
from community.accounts.models import User
from project.kernel.clock import now
from project.pagination import CursorPagination

LATEST_TRIES = 50


def may_change(user: Any) -> bool:
    return bool(user.is_staff and user.has_perm("commerce_payments.change_reconciliationday"))


class MayReconcile(BasePermission):
    def has_permission(self, request: Request, view: APIView) -> bool:
        user = request.user
        if request.method in SAFE_METHODS:
            return bool(user.is_staff and user.has_perm("commerce_payments.view_reconciliationday"))
        return may_change(user)


class ReconciliationDays(APIView):
    permission_classes = [MayReconcile]

    @extend_schema(
        operation_id="studio_reconciliation_days",
        parameters=[DaysAskedSerializer],
        responses=ReconciliationDaysSerializer,
    )
    def get(self, request: Request) -> Response:
        """How the books of each provider compared with ours, day by day."""
        asked = DaysAskedSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        last = asked.validated_data.get("until") or now().date()
        first, last = selectors.window(last=last, days=asked.validated_data["days"])
        days = selectors.days_within(first=first, last=last)
        body = {
            "first": first,
            "last": last,
            "providers": sorted({one.day.provider for one in days}),
            "may_change": may_change(request.user),
            "days": days,
        }
        return Response(ReconciliationDaysSerializer(body).data)


class ReconciliationDayDetail(APIView):
    permission_classes = [MayReconcile]

    @extend_schema(operation_id="studio_reconciliation_day", responses=ReconciliationDayDetailSerializer)
    def get(self, request: Request, day_id: int) -> Response:
        found = selectors.day_found(day_id)
        tries = found.day.attempts.select_related("by").order_by("-pk")[:LATEST_TRIES]
        body = {
            "may_change": may_change(request.user),
            "day": ReconciliationDaySerializer(found).data,
            "tries": ReconciliationTrySerializer(tries, many=True).data,
        }
        return Response(body)


class ReconciliationRerun(APIView):
    permission_classes = [MayReconcile]

    @extend_schema(
        operation_id="studio_reconciliation_rerun", request=None, responses={202: ReconciliationDaySerializer}
    )
    def post(self, request: Request, day_id: int) -> Response:
        """Fetch a day's statement and compare it again. It is done in the background: `waiting` until then."""
        assert isinstance(request.user, User)
        # What no database has as an id is not there either.
        day = selectors.day_found(day_id).day
        reconciliation.ask_again(day_id=day.pk, by=request.user)
        found = selectors.day_found(day.pk)
        return Response(ReconciliationDaySerializer(found).data, status=status.HTTP_202_ACCEPTED)


class ReconciliationRows(GenericAPIView[ReconciliationRow]):
    permission_classes = [MayReconcile]
    serializer_class = ReconciliationRowSerializer
    pagination_class = CursorPagination
    queryset = ReconciliationRow.objects.none()

    @extend_schema(
        operation_id="studio_reconciliation_rows",
        parameters=[RowsAskedSerializer],
        responses=ReconciliationRowSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """Movements of money as the providers and our books have them, those that were found last first."""
        page = self.paginate_queryset(_asked(RowsAskedSerializer, request)) or []
        context = {"about": selectors.about(page)}
        return self.get_paginated_response(ReconciliationRowSerializer(page, many=True, context=context).data)


class ReconciliationSheet(APIView):
    permission_classes = [MayReconcile]

    @extend_schema(
        operation_id="studio_reconciliation_sheet",
        parameters=[SheetAskedSerializer],
        responses={(200, "text/csv"): OpenApiResponse(OpenApiTypes.BINARY)},
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        """The same rows as a CSV file, oldest first."""
        rows = _asked(SheetAskedSerializer, request)
        name = f"reconciliation-{request.query_params['first']}-{request.query_params['last']}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        return StreamingHttpResponse(sheet.lines_of(rows), content_type="text/csv; charset=utf-8", headers=headers)


class ReconciliationRowDetail(APIView):
    permission_classes = [MayReconcile]

    @extend_schema(operation_id="studio_reconciliation_row", responses=ReconciliationRowDetailSerializer)
    def get(self, request: Request, row_id: int) -> Response:
        return Response(_row_body(row_id))


class ReconciliationNotes(APIView):
    permission_classes = [MayReconcile]

    @extend_schema(
        operation_id="studio_reconciliation_check",
        request=CheckedSerializer,
        responses={201: ReconciliationRowDetailSerializer},
    )
    def post(self, request: Request, row_id: int) -> Response:
        """Write down what came of checking a row by hand. Notes stay as they are."""
        asked = CheckedSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        assert isinstance(request.user, User)
        row = selectors.row_of(row_id)
        reconciliation.note(row_id=row.pk, text=asked.validated_data["text"], by=request.user)
        return Response(_row_body(row_id), status=status.HTTP_201_CREATED)


def _asked(serializer: type[RowsAskedSerializer], request: Request) -> QuerySet[ReconciliationRow]:
    asked = serializer(data=request.query_params)
    asked.is_valid(raise_exception=True)
    known = dict(asked.validated_data)
    return selectors.rows_of(text=known.pop("q", ""), **known)


def _row_body(row_id: int) -> dict[str, Any]:
    row = selectors.row_of(row_id)
    context = {"about": selectors.about([row])}
    return {
        "row": ReconciliationRowSerializer(row, context=context).data,
        "changes": ReconciliationChangeSerializer(row.changes.all(), many=True).data,
        "notes": ReconciliationNoteSerializer(row.notes.all(), many=True).data,
        "also_on": [day.isoformat() for day in selectors.other_days_of(row)],
    }
