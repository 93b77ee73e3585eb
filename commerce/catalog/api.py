"""The catalogue over HTTP: open to everyone, and the same for everyone, so nobody is looked up.

Cards are sent as selectors make them; the serializers describe them for the schema.
"""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce.catalog import selectors
from commerce.catalog.models import Product
from commerce.catalog.serializers import (
    CategorySerializer,
    PriceHistorySerializer,
    ProductCardSerializer,
    ProductSerializer,
)
from project.pagination import CursorPagination, KeptPages


class CategoryList(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(operation_id="catalog_categories_list", responses=CategorySerializer(many=True))
    def get(self, request: Request) -> Response:
        return Response(selectors.categories())


class ProductList(GenericAPIView[Product]):
    authentication_classes = ()
    permission_classes = (AllowAny,)
    serializer_class = ProductCardSerializer
    pagination_class = CursorPagination

    @extend_schema(
        operation_id="catalog_products_list",
        parameters=[OpenApiParameter("category", str, description="The slug of a category.")],
        responses=ProductCardSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """Products on sale, newest first."""
        products: Any
        if category := request.query_params.get("category"):
            products = KeptPages(selectors.older_products_in, selectors.newer_products_in, category)
        else:
            products = KeptPages(selectors.older_products, selectors.newer_products)
        page = self.paginate_queryset(products) or []
        return self.get_paginated_response(selectors.cards_of(page))


class ProductDetail(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(operation_id="catalog_products_retrieve", responses=ProductSerializer)
    def get(self, request: Request, product_id: int) -> Response:
        return Response(selectors.product_detail(product_id))


class ProductPrices(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(operation_id="catalog_products_prices", responses=PriceHistorySerializer)
    def get(self, request: Request, product_id: int) -> Response:
        """What each SKU cost in the last 90 days."""
        return Response(selectors.price_history(product_id))
