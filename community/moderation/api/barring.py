"""A ban from the whole site over HTTP, as the socket has it by `standing.is_barred`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from community.moderation.errors import Banned
from community.moderation.selectors.standing import is_banned

if TYPE_CHECKING:
    # Which needs the default permissions first.
    from rest_framework.views import APIView


class NotBanned(BasePermission):
    """Whoever is banned from the whole site changes nothing there, but for the views that say `open_to_banned`: what is
    owed to somebody who appeals, or who has bought something. It is known by heart who is banned.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Raises Banned, so that the caller is told why."""
        if request.method in SAFE_METHODS or getattr(view, "open_to_banned", False):
            return True
        if request.user.pk is not None and is_banned(request.user.pk):
            raise Banned
        return True
