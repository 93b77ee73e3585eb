from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from live.media import delivery, services
from live.media.serializers import IssuedKeySerializer, StreamSerializer
from project.kernel.database import database


class StreamKeyView(APIView):
    @extend_schema(request=None, responses={201: IssuedKeySerializer})
    def post(self, request: Request, show_id: int) -> Response:
        """A new stream key, shown once. The old one stops working, and whoever publishes with it is cut."""
        show = services.show_of_host(show_id=show_id, user=request.user)
        issued = services.rotate_key(show=show)
        response = Response(IssuedKeySerializer(issued).data, status=201)
        response["Cache-Control"] = "no-store"
        return response


class StreamView(APIView):
    @extend_schema(responses=StreamSerializer)
    def get(self, request: Request, show_id: int) -> Response:
        show = services.show_of_host(show_id=show_id, user=request.user)
        return Response(services.state_of(show=show))


@require_safe
async def live_file(request: HttpRequest, show_id: int, name: str) -> HttpResponse:
    """A playlist or a segment, for the embedded mode; in production the web server in front reads the folder."""
    audience = await delivery.audience_of(show_id)
    if audience is delivery.Audience.NOBODY:
        raise Http404
    if audience is delivery.Audience.HOST and not await database(_is_host, request, show_id):
        raise Http404
    body = await delivery.read(show_id, name)
    if body is None:
        raise Http404
    is_public = audience is delivery.Audience.EVERYONE
    return HttpResponse(body, headers=delivery.headers(name, is_public=is_public))


def _is_host(request: HttpRequest, show_id: int) -> bool:
    return delivery.may_rehearse(show_id=show_id, user=request.user)
