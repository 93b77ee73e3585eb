"""Direct chats over HTTP."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chat.conversations import selectors, services
from chat.conversations.api.requests import body, user_id
from chat.conversations.serializers import ConversationSerializer, UserIdSerializer


class DirectChats(APIView):
    @extend_schema(operation_id="dms_open", request=UserIdSerializer, responses=ConversationSerializer)
    def post(self, request: Request) -> Response:
        """The direct chat with somebody, opened now if there is none; a stranger's is a request until accepted."""
        other = body(request, UserIdSerializer)["user"]
        direct = services.open_direct(opened_by=user_id(request), user_id=other)
        return _own(request, direct.pk)


class Accept(APIView):
    @extend_schema(operation_id="dms_accept", request=None, responses=ConversationSerializer)
    def post(self, request: Request, direct_id: int) -> Response:
        """Let a stranger in."""
        services.accept_direct(accepted_by=user_id(request), direct_id=direct_id)
        return _own(request, direct_id)


class Decline(APIView):
    @extend_schema(operation_id="dms_decline", request=None, responses={204: None})
    def post(self, request: Request, direct_id: int) -> Response:
        """Put a stranger's request out of sight; who sent it is not told."""
        services.decline_direct(declined_by=user_id(request), direct_id=direct_id)
        return Response(status=204)


class Block(APIView):
    @extend_schema(operation_id="dms_block", request=None, responses={204: None})
    def post(self, request: Request, direct_id: int) -> Response:
        """Decline a request, and block who sent it."""
        services.block_direct(blocked_by=user_id(request), direct_id=direct_id)
        return Response(status=204)


def _own(request: Request, direct_id: int) -> Response:
    member = selectors.own_conversation(user_id=user_id(request), conversation_id=direct_id)
    conversation = member.conversation
    card = selectors.conversation_card(member, direct=conversation.direct, last_seq=conversation.last_seq)
    return Response(card)
