"""The list of one's conversations over HTTP."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chat.channels import selectors
from chat.channels.serializers import ConversationListSerializer, ListedSerializer


class Conversations(APIView):
    @extend_schema(operation_id="conversations_list", responses=ConversationListSerializer)
    def get(self, request: Request) -> Response:
        """All of one's groups and direct chats: the pinned ones first, then by what was said last."""
        assert request.user.pk is not None
        # As it is: hundreds of conversations would take a serializer longer than the database.
        return Response(selectors.conversation_list(request.user.pk))


class Conversation(APIView):
    @extend_schema(operation_id="conversations_retrieve", responses=ListedSerializer)
    def get(self, request: Request, conversation_id: int) -> Response:
        """One of them, as in the list."""
        assert request.user.pk is not None
        return Response(selectors.listed(user_id=request.user.pk, conversation_id=conversation_id))
