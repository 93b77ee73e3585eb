"""The list of one's conversations over HTTP."""

from __future__ import annotations

from django.http import HttpResponseRedirect
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chat.channels import moderating, selectors
from chat.channels.serializers import (
    ChangesQuerySerializer,
    ChangesSerializer,
    ConversationListSerializer,
    FoundMessagesSerializer,
    ListedSerializer,
    MentionsQuerySerializer,
    MentionsSerializer,
    PageQuerySerializer,
    PageSerializer,
    SearchQuerySerializer,
)
from chat.files.serializers import FileLinkSerializer
from chat.search.selectors import find_messages
from community.moderation.serializers import ReceiptSerializer, WrongSerializer
from project.kernel.clock import now_ms


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


class Messages(APIView):
    @extend_schema(operation_id="conversation_messages", parameters=[PageQuerySerializer], responses=PageSerializer)
    def get(self, request: Request, conversation_id: int) -> Response:
        """A page of what was said, as far as one may read it."""
        assert request.user.pk is not None
        asked = PageQuerySerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        user_id = request.user.pk
        return Response(selectors.page(user_id=user_id, conversation_id=conversation_id, **asked.validated_data))


class Changes(APIView):
    @extend_schema(
        operation_id="conversation_changes", parameters=[ChangesQuerySerializer], responses=ChangesSerializer
    )
    def get(self, request: Request, conversation_id: int) -> Response:
        """All that is new or has changed since the change of a number, for whoever was away."""
        assert request.user.pk is not None
        asked = ChangesQuerySerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        user_id = request.user.pk
        return Response(selectors.changes(user_id=user_id, conversation_id=conversation_id, **asked.validated_data))


class Mentions(APIView):
    @extend_schema(operation_id="mentions_list", parameters=[MentionsQuerySerializer], responses=MentionsSerializer)
    def get(self, request: Request) -> Response:
        """What mentions the caller, in all conversations that the caller is in, as far as one may read it now."""
        assert request.user.pk is not None
        asked = MentionsQuerySerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        asked_for = {"before": None, **asked.validated_data}
        return Response(selectors.mentions(user_id=request.user.pk, **asked_for))


class SearchAll(APIView):
    @extend_schema(
        operation_id="messages_search", parameters=[SearchQuerySerializer], responses=FoundMessagesSerializer
    )
    def get(self, request: Request) -> Response:
        """What has all these words, in all groups and direct chats that one is in now, as far as one may read them."""
        return _search(request)


class SearchOne(APIView):
    @extend_schema(
        operation_id="conversation_search", parameters=[SearchQuerySerializer], responses=FoundMessagesSerializer
    )
    def get(self, request: Request, conversation_id: int) -> Response:
        """The same in one of them."""
        return _search(request, conversation_id)


def _search(request: Request, conversation_id: int | None = None) -> Response:
    asked = SearchQuerySerializer(data=request.query_params)
    asked.is_valid(raise_exception=True)
    assert request.user.pk is not None
    text = asked.validated_data.pop("q")
    user_id = request.user.pk
    found = find_messages(user_id=user_id, conversation_id=conversation_id, text=text, **asked.validated_data)
    return Response(found)


class InviteReport(APIView):
    @extend_schema(operation_id="invites_report", request=WrongSerializer, responses={201: ReceiptSerializer})
    def post(self, request: Request, code: str) -> Response:
        """Report a group that one knows by its invite; the same again changes nothing."""
        assert request.user.pk is not None
        said = WrongSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        case = moderating.report_by_invite(reporter_id=request.user.pk, code=code, **said.validated_data)
        return Response({"target": case.target, "at": now_ms()}, status=201)


class File(APIView):
    @extend_schema(operation_id="uploads_retrieve", responses=FileLinkSerializer)
    def get(self, request: Request, code: str) -> Response:
        """A link to the file, for its owner until it is sent, then for whoever may read the message."""
        assert request.user.pk is not None
        return Response(selectors.file_link(user_id=request.user.pk, code=code))


class FileContent(APIView):
    @extend_schema(operation_id="uploads_content", responses={302: OpenApiResponse(description="To the file.")})
    def get(self, request: Request, code: str) -> HttpResponseRedirect:
        """The same as a redirect, for pictures in a page."""
        assert request.user.pk is not None
        link = selectors.file_link(user_id=request.user.pk, code=code)
        return HttpResponseRedirect(link["url"], headers={"Cache-Control": "private, max-age=120"})
