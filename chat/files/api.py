"""Uploads over HTTP, and the files behind their links."""

from __future__ import annotations

from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chat.files import selectors, services
from chat.files.errors import LinkExpired
from chat.files.serializers import FileSerializer, UploadFormSerializer
from project.kernel.errors import Invalid, NotFound

# The parts of a form around a file.
FORM_OVERHEAD_BYTES = 64 * 1024

# It is downloaded, never shown as a page of this site: and if it were, no script would run in it.
HEADERS = {
    "Cache-Control": "private, max-age=300",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Uploads(APIView):
    parser_classes = [MultiPartParser]

    @extend_schema(operation_id="uploads_create", request=UploadFormSerializer, responses={201: FileSerializer})
    def post(self, request: Request) -> Response:
        """Upload a picture or a file, for a message that will take it along within a day."""
        # Refused before the form is read.
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length) > services.FILE_MOST_BYTES + FORM_OVERHEAD_BYTES:
            raise Invalid(fields={"file": ["too_large"]}, detail={"most_bytes": services.FILE_MOST_BYTES})
        form = UploadFormSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        file = form.validated_data["file"]
        assert request.user.pk is not None
        upload = services.keep_upload(owner_id=request.user.pk, file=file, size=file.size, name=file.name)
        return Response(selectors.file_card(upload), status=201)


@require_safe
def file(request: HttpRequest, *, token: str) -> HttpResponseBase:
    """The file of a link that was given to somebody who may read it."""
    try:
        upload = selectors.upload_by_link(token)
        content = upload.file.open("rb")
    except (LinkExpired, NotFound, FileNotFoundError) as error:
        status = error.status if isinstance(error, LinkExpired) else 404
        return HttpResponse(status=status, content_type="text/plain", headers=HEADERS)
    return FileResponse(
        content, as_attachment=True, filename=upload.name, content_type=upload.content_type, headers=HEADERS
    )
