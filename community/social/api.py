"""People over HTTP: a profile, what one does about somebody, one's own lists."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from drf_spectacular.utils import (
    OpenApiParameter,
    PolymorphicProxySerializer,
    extend_schema,
    extend_schema_field,
)
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from community.social import feed, selectors, services
from community.social.models import Block, Follow, FriendRequest, Friendship
from community.social.selectors import Relation
from community.social.serializers import (
    PersonProfileSerializer,
    PersonRowSerializer,
    RelationSerializer,
    row_data,
)
from project.kernel.errors import Invalid
from project.pagination import CursorPagination


def _caller_id(request: Request) -> int:
    assert request.user.pk is not None
    return request.user.pk


def _do(service: Callable[..., Relation], request: Request, user_id: int) -> Response:
    relation = service(user_id=_caller_id(request), other_id=user_id)
    return Response(RelationSerializer(relation.card).data)


class Profile(APIView):
    permission_classes = (AllowAny,)

    @extend_schema(operation_id="people_retrieve", responses=PersonProfileSerializer)
    def get(self, request: Request, user_id: int) -> Response:
        """What everyone may see of somebody, and what that person is to the caller."""
        return Response(PersonProfileSerializer(selectors.profile_of(user_id, viewer_id=request.user.pk)).data)


class FollowView(APIView):
    @extend_schema(operation_id="people_follow", request=None, responses=RelationSerializer)
    def put(self, request: Request, user_id: int) -> Response:
        return _do(services.follow, request, user_id)

    @extend_schema(operation_id="people_unfollow", responses={200: RelationSerializer})
    def delete(self, request: Request, user_id: int) -> Response:
        return _do(services.unfollow, request, user_id)


class FriendRequestView(APIView):
    @extend_schema(operation_id="people_ask", request=None, responses=RelationSerializer)
    def put(self, request: Request, user_id: int) -> Response:
        """Ask to become friends. Who was asked by that person becomes a friend at once."""
        return _do(services.ask, request, user_id)

    @extend_schema(operation_id="people_withdraw", responses={200: RelationSerializer})
    def delete(self, request: Request, user_id: int) -> Response:
        """Take one's own request back."""
        return _do(services.withdraw, request, user_id)


class Accept(APIView):
    @extend_schema(operation_id="people_accept", request=None, responses=RelationSerializer)
    def post(self, request: Request, user_id: int) -> Response:
        """Say yes to that person's request."""
        return _do(services.accept, request, user_id)


class Decline(APIView):
    @extend_schema(operation_id="people_decline", request=None, responses=RelationSerializer)
    def post(self, request: Request, user_id: int) -> Response:
        """Say no to that person's request."""
        return _do(services.decline, request, user_id)


class FriendshipView(APIView):
    @extend_schema(operation_id="people_unfriend", responses={200: RelationSerializer})
    def delete(self, request: Request, user_id: int) -> Response:
        return _do(services.unfriend, request, user_id)


class BlockView(APIView):
    @extend_schema(operation_id="people_block", request=None, responses=RelationSerializer)
    def put(self, request: Request, user_id: int) -> Response:
        """Ends follows both ways, friendship and open requests."""
        return _do(services.block, request, user_id)

    @extend_schema(operation_id="people_unblock", responses={200: RelationSerializer})
    def delete(self, request: Request, user_id: int) -> Response:
        return _do(services.unblock, request, user_id)


class _OwnList(GenericAPIView[Any]):
    serializer_class = PersonRowSerializer
    pagination_class = CursorPagination

    def _page(self, request: Request) -> Response:
        page = self.paginate_queryset(self.get_queryset()) or []
        rows = [row_data(row) for row in selectors.rows(_caller_id(request), page)]
        return self.get_paginated_response(PersonRowSerializer(rows, many=True).data)


class Followers(_OwnList):
    queryset = Follow.objects.none()

    def get_queryset(self) -> QuerySet[Follow]:
        return selectors.followers(_caller_id(self.request))

    @extend_schema(operation_id="me_followers", responses=PersonRowSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Who follows the caller, newest first."""
        return self._page(request)


class Following(_OwnList):
    queryset = Follow.objects.none()

    def get_queryset(self) -> QuerySet[Follow]:
        return selectors.following(_caller_id(self.request))

    @extend_schema(operation_id="me_following", responses=PersonRowSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Whom the caller follows, newest first."""
        return self._page(request)


class Friends(_OwnList):
    queryset = Friendship.objects.none()

    def get_queryset(self) -> QuerySet[Friendship]:
        return selectors.friendships_of(_caller_id(self.request))

    @extend_schema(operation_id="me_friends", responses=PersonRowSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The caller's friends, newest first."""
        return self._page(request)


class FriendRequests(_OwnList):
    queryset = FriendRequest.objects.none()

    def get_queryset(self) -> QuerySet[FriendRequest]:
        sides = {"received": selectors.requests_received, "sent": selectors.requests_sent}
        side = self.request.query_params.get("side", "received")
        if side not in sides:
            raise Invalid(fields={"side": ["invalid_choice"]})
        return sides[side](_caller_id(self.request))

    @extend_schema(
        operation_id="me_friend_requests",
        parameters=[OpenApiParameter("side", str, enum=["received", "sent"])],
        responses=PersonRowSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """Open requests: those that wait for the caller's answer, or those that the caller sent. Newest first."""
        return self._page(request)


class BlockedPeople(_OwnList):
    queryset = Block.objects.none()

    def get_queryset(self) -> QuerySet[Block]:
        return selectors.blocked_by(_caller_id(self.request))

    @extend_schema(operation_id="me_blocked", responses=PersonRowSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Whom the caller has blocked, newest first."""
        return self._page(request)


@extend_schema_field(
    PolymorphicProxySerializer(
        component_name="FeedItem", serializers=feed.serializers, resource_type_field_name="kind", many=True
    )
)
class FeedItemsField(serializers.Field[Any, Any, Any, Any]):
    """Of each kind as its source has it."""


class FeedPageSerializer(serializers.Serializer[Any]):
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = FeedItemsField()


class Feed(APIView):
    @extend_schema(operation_id="feed_list", parameters=[OpenApiParameter("cursor", str)], responses=FeedPageSerializer)
    def get(self, request: Request) -> Response:
        """What happened with those whom the caller follows or is friends with, the latest first."""
        cursor = request.query_params.get("cursor")
        page = feed.page_of(_caller_id(request), after=feed.Cursor.parse(cursor) if cursor else None)
        following = request.build_absolute_uri(f"?{urlencode({'cursor': page.next})}") if page.next else None
        return Response({"next": following, "previous": None, "results": page.items})
