from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.base import SessionBase
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.permissions import SAFE_METHODS, AllowAny, IsAdminUser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from community.accounts import avatars, demo, selectors, services, tokens
from community.accounts.models import User, public_id_of
from community.accounts.serializers import (
    ConfigSerializer,
    MeSerializer,
    NamedSerializer,
    PersonSerializer,
    ProfileChangeSerializer,
    TokenSerializer,
)
from project.kernel.errors import Invalid, LoginRequired

# The parts of a form around a file: names, borders, a display name.
FORM_OVERHEAD_BYTES = 64 * 1024
MOST_FOUND = 20


@method_decorator([ensure_csrf_cookie, never_cache], name="dispatch")
class MeView(APIView):
    """The person behind the request."""

    parser_classes = [JSONParser, MultiPartParser]

    def get_permissions(self) -> Sequence[Any]:
        return [AllowAny()] if self.request.method in SAFE_METHODS else super().get_permissions()

    @extend_schema(responses=MeSerializer)
    def get(self, request: Request) -> Response:
        return Response(self._me(request.user))

    @extend_schema(request=ProfileChangeSerializer, responses=MeSerializer)
    def patch(self, request: Request) -> Response:
        user = request.user
        assert isinstance(user, User)
        # Said before the body is taken apart, and kept on the disk.
        if int(request.META.get("CONTENT_LENGTH") or 0) > avatars.MOST_BYTES + FORM_OVERHEAD_BYTES:
            raise Invalid(fields={"avatar": ["too_large"]}, detail={"most_bytes": avatars.MOST_BYTES})
        serializer = ProfileChangeSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        changes = serializer.validated_data
        upload = changes.get("avatar")
        services.update_profile(
            user=user,
            display_name=changes.get("display_name"),
            bio=changes.get("bio"),
            avatar=upload,
            avatar_bytes=upload.size if upload is not None else 0,
            remove_avatar="avatar" in changes and upload is None,
        )
        return Response(self._me(user))

    def _me(self, user: User | AnonymousUser) -> dict[str, Any]:
        return {"user": selectors.profile(user) if isinstance(user, User) else None}


class StudioPeople(APIView):
    permission_classes = [IsAdminUser]

    @extend_schema(
        operation_id="studio_people_list", parameters=[NamedSerializer], responses=PersonSerializer(many=True)
    )
    def get(self, request: Request) -> Response:
        """People by their name, at most twenty."""
        asked = NamedSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        return Response(selectors.named(asked.validated_data["q"], most=MOST_FOUND))


class RealtimeTokenView(APIView):
    """A token for the socket: for whoever is logged in, by cookie or by `X-Session-Token`."""

    # The socket says so itself.
    open_to_banned = True

    @extend_schema(request=None, responses=TokenSerializer)
    def post(self, request: Request) -> Response:
        # `auth` is the session behind an X-Session-Token; with a cookie it is the request's own.
        session = request.auth if isinstance(request.auth, SessionBase) else request._request.session
        session_key = session.session_key
        if session_key is None or request.user.pk is None:
            raise LoginRequired
        token = tokens.issue(user_id=request.user.pk, session_id=public_id_of(session_key))
        return Response({"token": token, "expires_in": tokens.TOKEN_TTL_SECS})


class ConfigView(APIView):
    permission_classes = [AllowAny]

    @extend_schema(responses=ConfigSerializer)
    def get(self, request: Request) -> Response:
        return Response(
            {
                "demo": settings.DEMO,
                "demo_accounts": demo.shown_accounts() if settings.DEMO else [],
                "rtmp_url": settings.RTMP_PUBLIC_URL,
                "default_currency": settings.DEFAULT_CURRENCY,
            }
        )
