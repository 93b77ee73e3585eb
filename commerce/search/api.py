"""Search over HTTP: open to everyone, and the same for everyone, so nobody is looked up."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce.search import selectors, suggestions
from commerce.search.serializers import FoundSerializer, PrefixSerializer, SearchSerializer, SuggestionSerializer


class Search(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(operation_id="catalog_search", parameters=[SearchSerializer], responses=FoundSerializer)
    def get(self, request: Request) -> Response:
        """Products that have all the words, in Chinese and English. `total` and `facets` come with the first page."""
        asked = SearchSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        return Response(FoundSerializer(selectors.search(asked.query())).data)


class Suggestions(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="catalog_suggestions_list",
        parameters=[PrefixSerializer],
        responses=SuggestionSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """How what is being typed may go on, at most ten."""
        asked = PrefixSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        return Response(SuggestionSerializer(suggestions.suggestions(asked.validated_data["q"]), many=True).data)
