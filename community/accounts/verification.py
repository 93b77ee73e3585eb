"""The page behind the link that confirms an address. It has a button: a mail scanner's visit confirms nothing."""

from __future__ import annotations

from allauth.account.models import get_emailconfirmation_model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

CONTENT_SECURITY_POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def verify_email(request: HttpRequest, *, key: str) -> HttpResponse:
    confirmation = get_emailconfirmation_model().from_key(key)
    state = "ask" if confirmation else "over"
    if confirmation and request.method == "POST":
        state = "done" if confirmation.confirm(request) else "over"
    email = confirmation.email_address.email if confirmation else ""
    response = render(
        request, "accounts/verify_email.html", {"state": state, "email": email}, status=404 if state == "over" else 200
    )
    response["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    return response
