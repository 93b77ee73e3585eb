"""One's own place in a conversation over HTTP: a group or a direct chat, by the id of the conversation."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chat.conversations import selectors, services
from chat.conversations.api.requests import body, user_id
from chat.conversations.serializers import MembershipSerializer, PlaceSerializer, ReadSerializer


class OwnPlace(APIView):
    @extend_schema(operation_id="conversations_place", request=PlaceSerializer, responses=MembershipSerializer)
    def patch(self, request: Request, conversation_id: int) -> Response:
        """Mute it or pin it, or do not."""
        own = {"user_id": user_id(request), "conversation_id": conversation_id}
        data = body(request, PlaceSerializer)
        member = selectors.member_of(user_id=own["user_id"], conversation_id=own["conversation_id"])
        if "muted" in data:
            member = services.set_muted(**own, muted=data["muted"])
        if "pinned" in data:
            member = services.set_pinned(**own, pinned=data["pinned"])
        return Response(selectors.membership_card(member))


class Read(APIView):
    @extend_schema(operation_id="conversations_read", request=ReadSerializer, responses=MembershipSerializer)
    def post(self, request: Request, conversation_id: int) -> Response:
        """Everything up to `seq` is read. (The socket's `conversation.read` does the same.)"""
        seq = body(request, ReadSerializer)["seq"]
        own = {"user_id": user_id(request), "conversation_id": conversation_id}
        return Response(services.mark_read(**own, seq=seq))
