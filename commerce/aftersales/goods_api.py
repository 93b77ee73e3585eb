"""Products in the studio: by what they are sent, and whether they go back without a reason. Staff only."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import IsAdminUser
from rest_framework.request import Request
from rest_framework.response import Response

from commerce.aftersales import services
from commerce.aftersales.goods import FILTERS, goods, goods_rows
from commerce.aftersales.serializers import GoodsChangeSerializer, GoodsSerializer
from commerce.catalog.models import Product
from project.kernel.errors import Invalid
from project.pagination import CursorPagination


class Goods(GenericAPIView[Product]):
    permission_classes = [IsAdminUser]
    serializer_class = GoodsSerializer
    pagination_class = CursorPagination

    def get_queryset(self) -> QuerySet[Product]:
        which = self.request.query_params.get("filter", FILTERS[0])
        if which not in FILTERS:
            raise Invalid(fields={"filter": ["invalid_choice"]})
        return goods(which=which, text=self.request.query_params.get("q", "").strip())

    @extend_schema(
        operation_id="studio_goods_list",
        parameters=[
            OpenApiParameter("filter", str, enum=FILTERS, description="`flat`: those without a template."),
            OpenApiParameter("q", str, description="A part of a title or of a code."),
        ],
        responses=GoodsSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """Products, newest first."""
        page = self.paginate_queryset(self.get_queryset()) or []
        return self.get_paginated_response(GoodsSerializer(goods_rows(page), many=True).data)

    @extend_schema(operation_id="studio_goods_change", request=GoodsChangeSerializer, responses={204: None})
    def patch(self, request: Request) -> Response:
        """Change one or several, all or none, from the next order on."""
        asked = GoodsChangeSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        terms: dict[str, Any] = dict(asked.validated_data)
        ids = terms.pop("products")
        services.change_terms(product_ids=ids, **terms)
        changed = Product.objects.filter(pk__in=ids)
        said = ", ".join(f"{name}: {value}" for name, value in terms.items())
        assert request.user.pk is not None
        LogEntry.objects.log_actions(request.user.pk, changed, CHANGE, f"In the studio. {said}")
        return Response(status=status.HTTP_204_NO_CONTENT)
