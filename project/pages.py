"""The pages: two documents that the front end's build makes, one for the shop and one for the studio."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotFound, JsonResponse
from django.urls import URLPattern, path, re_path
from django.utils.cache import add_never_cache_headers
from django.views.csrf import csrf_failure as django_csrf_failure
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe
from django.views.generic import RedirectView

NOT_BUILT = """<!doctype html>
<html lang="zh-CN">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Souk</title></head>
<body>
<h1>页面还没有构建好</h1>
<p>服务器已经启动，但前端页面还没有构建。请运行 <code>make run</code>，
或在 frontend 目录里运行 <code>npm run build</code>。</p>
<h1>The pages are not built yet</h1>
<p>The server is up, but its front end has not been built. Run <code>make run</code>, or <code>npm run build</code> in
the folder frontend.</p>
</body>
</html>
"""
NOT_FOUND = """<!doctype html>
<html lang="zh-CN">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>404 · Souk</title></head>
<body>
<h1>没有这个页面</h1>
<p>There is no such page. <a href="/">回到首页 · Home</a></p>
</body>
</html>
"""


def content_security_policy(request: HttpRequest) -> str:
    """No inline script, nothing from elsewhere. Older Safari does not count WebSockets among 'self'."""
    host = request.get_host()
    return "; ".join(
        (
            "default-src 'self'",
            "script-src 'self'",
            # Components set styles of elements; fonts of icons are in the style sheets.
            "style-src 'self' 'unsafe-inline'",
            "font-src 'self' data:",
            "img-src 'self' data: blob:",
            "media-src 'self' blob:",
            "worker-src 'self' blob:",
            f"connect-src 'self' {'wss' if request.is_secure() else 'ws'}://{host}",
            "frame-src 'self'",
            "frame-ancestors 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "object-src 'none'",
        )
    )


@require_safe
@ensure_csrf_cookie
def page(request: HttpRequest, *, name: str, status: int = 200) -> HttpResponse:
    try:
        built = (Path(settings.FRONTEND_DIST) / name).read_bytes()
        response = HttpResponse(built.replace(*_meta_currency()), status=status)
    except FileNotFoundError:
        response = HttpResponse(NOT_BUILT, status=503, headers={"Retry-After": "10"})
    response["Content-Security-Policy"] = content_security_policy(request)
    add_never_cache_headers(response)
    return response


def _meta_currency() -> tuple[bytes, bytes]:
    """What the build writes into its documents, and what this shop's say there."""
    written = '<meta name="souk-currency" content="{}"'
    return written.format("CNY").encode(), written.format(settings.DEFAULT_CURRENCY).encode()


def error_body(code: str) -> dict[str, Any]:
    return {"error": {"code": code}}


def wants_json(request: HttpRequest) -> bool:
    return request.path.startswith(("/api/", "/_allauth/"))


def unknown_api(request: HttpRequest) -> HttpResponse:
    return JsonResponse(error_body("not_found"), status=404)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """A person gets the shop, which says so and leads on; a missing picture or script gets a line."""
    if wants_json(request):
        return unknown_api(request)
    reads = request.method in ("GET", "HEAD") and "text/html" in request.headers.get("Accept", "")
    if reads and (Path(settings.FRONTEND_DIST) / "shop.html").exists():
        return page(request, **SHOP, status=404)
    return HttpResponseNotFound(NOT_FOUND)


def server_error(request: HttpRequest) -> HttpResponse:
    if wants_json(request):
        return JsonResponse(error_body("error"), status=500)
    return HttpResponse("<!doctype html><title>500 · Souk</title><h1>出错了 · Something went wrong</h1>", status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponseBase:
    if wants_json(request):
        return JsonResponse(error_body("csrf_failed"), status=403)
    return django_csrf_failure(request, reason=reason)


SHOP: dict[str, Any] = {"name": "shop.html"}
STUDIO: dict[str, Any] = {"name": "studio.html"}
# What the router of the shop knows (frontend/src/shop/router.ts); anything else is not found.
SHOP_PATHS = (
    r"^(?:shows/\d+|products(?:/\d+)?|orders(?:/[^/]+)?|login|signup|reset(?:/[^/]+)?|me"
    r"|addresses|wallet|reviews|search|aftersales(?:/\d+)?|cart|coupons|checkout|u/\d+|people|following|inbox|standing"
    r"|chats(?:/new|/mentions|/(?:group|dm)/\d+(?:/about|/search)?|/group/\d+/members)?|join/[^/]+|groups/\d+)/?$"
)
urlpatterns: list[URLPattern] = [
    path("", page, SHOP),
    # Browsers ask for it on pages that name no icon.
    path("favicon.ico", RedirectView.as_view(url=f"{settings.STATIC_URL}frontend/icon.svg", permanent=False)),
    re_path(r"^studio(?:/.*)?$", page, STUDIO),
    re_path(SHOP_PATHS, page, SHOP),
]
