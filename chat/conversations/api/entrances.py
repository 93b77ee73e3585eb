"""Ways into a group, and out of it, over HTTP."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chat.conversations import selectors, services
from chat.conversations.api.requests import body, user_id
from chat.conversations.models import JoinRequest
from chat.conversations.serializers import (
    AnswerSerializer,
    CreateInviteSerializer,
    DecideSerializer,
    EntrySerializer,
    GroupPreviewSerializer,
    InviteSerializer,
    JoinRequestSerializer,
)
from project.kernel.clock import now
from project.pagination import CursorPagination


class Join(APIView):
    @extend_schema(operation_id="groups_join", request=AnswerSerializer, responses=EntrySerializer)
    def post(self, request: Request, group_id: int) -> Response:
        """Join an open group, or ask to join one whose managers decide."""
        # Whoever may not know of the group is not told either that it wants an invite.
        group = selectors.group_from_outside(user_id=user_id(request), group_id=group_id)
        answer = body(request, AnswerSerializer)["answer"]
        return _entry(services.join_group(user_id=user_id(request), group_id=group.pk, answer=answer))

    @extend_schema(operation_id="groups_withdraw_request", responses={204: None})
    def delete(self, request: Request, group_id: int) -> Response:
        """Ask no more."""
        services.withdraw_request(user_id=user_id(request), group_id=group_id)
        return Response(status=204)


class Leave(APIView):
    @extend_schema(operation_id="groups_leave", request=None, responses={204: None})
    def post(self, request: Request, group_id: int) -> Response:
        selectors.group_member(user_id=user_id(request), group_id=group_id, even_banned=True)
        services.leave_group(user_id=user_id(request), group_id=group_id)
        return Response(status=204)


class Invites(APIView):
    @extend_schema(operation_id="group_invites", responses=InviteSerializer(many=True))
    def get(self, request: Request, group_id: int) -> Response:
        """Those that nobody has revoked, newest first. For the owner and managers."""
        selectors.managing_member(user_id=user_id(request), group_id=group_id)
        at = now()
        return Response([selectors.invite_card(invite, at=at) for invite in selectors.invites_of(group_id)])

    @extend_schema(
        operation_id="group_invites_create", request=CreateInviteSerializer, responses={201: InviteSerializer}
    )
    def post(self, request: Request, group_id: int) -> Response:
        """For the owner and managers."""
        data = body(request, CreateInviteSerializer)
        secs = data.get("expires_in_secs")
        invite = services.create_invite(
            created_by=user_id(request),
            group_id=group_id,
            expires_at=now() + timedelta(seconds=secs) if secs else None,
            max_uses=data.get("max_uses"),
        )
        return Response(selectors.invite_card(invite, at=now()), status=201)


class Invite(APIView):
    @extend_schema(operation_id="group_invites_revoke", responses={204: None})
    def delete(self, request: Request, group_id: int, invite_id: int) -> Response:
        """For the owner and managers."""
        services.revoke_invite(revoked_by=user_id(request), group_id=group_id, invite_id=invite_id)
        return Response(status=204)


class Invitation(APIView):
    """An invite from the side of whoever got its link."""

    @extend_schema(operation_id="invites_preview", responses=GroupPreviewSerializer)
    def get(self, request: Request, code: str) -> Response:
        """The group behind it, while it lets people in."""
        invite = selectors.open_invite(code, user_id=user_id(request), at=now())
        return Response(selectors.preview_of(invite.group, user_id=user_id(request)))

    @extend_schema(operation_id="invites_join", request=None, responses=EntrySerializer)
    def post(self, request: Request, code: str) -> Response:
        return _entry(services.Entry(member=services.join_by_invite(user_id=user_id(request), code=code)))


class JoinRequests(GenericAPIView[JoinRequest]):
    serializer_class = JoinRequestSerializer
    pagination_class = CursorPagination
    queryset = JoinRequest.objects.none()

    @extend_schema(operation_id="group_requests", responses=JoinRequestSerializer(many=True))
    def get(self, request: Request, group_id: int) -> Response:
        """Who waits to be let in, the latest first. For the owner and managers."""
        selectors.managing_member(user_id=user_id(request), group_id=group_id)
        found: QuerySet[JoinRequest] = selectors.waiting_requests(group_id)
        page = self.paginate_queryset(found) or []
        return self.get_paginated_response([selectors.join_request_card(one) for one in page])


class JoinRequestDecision(APIView):
    @extend_schema(operation_id="group_requests_decide", request=DecideSerializer, responses=JoinRequestSerializer)
    def post(self, request: Request, group_id: int, request_id: int) -> Response:
        """For the owner and managers."""
        accept = body(request, DecideSerializer)["accept"]
        decided = services.decide_request(
            decided_by=user_id(request), group_id=group_id, request_id=request_id, accept=accept
        )
        return Response(selectors.join_request_card(decided))


def _entry(entry: services.Entry) -> Response:
    if entry.member is None:
        return Response({"state": "requested", "membership": None})
    return Response({"state": "joined", "membership": selectors.membership_card(entry.member)})
