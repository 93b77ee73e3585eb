"""The look of /admin/: the product's colours, and a menu in the words of the people who use it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

# Saffron, from the tokens of the front end, as a scale; 600 and darker carry white text.
SAFFRON = {
    "50": "#fff9ed",
    "100": "#fef0d2",
    "200": "#fcdfa4",
    "300": "#fac96c",
    "400": "#f7b23f",
    "500": "#f5a524",
    "600": "#a8660a",
    "700": "#8a530b",
    "800": "#704310",
    "900": "#5d3911",
    "950": "#351d06",
}

MENU: dict[str, list[tuple[str, str, str]]] = {
    "直播 Live": [
        ("直播间 Shows", "live_tv", "live_shows.show"),
        ("消息 Messages", "chat", "chat_messages.message"),
    ],
    "商品 Catalogue": [
        ("商品 Products", "sell", "commerce_catalog.product"),
        ("分类 Categories", "category", "commerce_catalog.category"),
        ("库存 Stock", "inventory_2", "commerce_inventory.stock"),
        ("库存流水 Movements", "swap_vert", "commerce_inventory.stockmovement"),
    ],
    "交易 Sales": [
        ("秒杀 Flash sales", "bolt", "commerce_flash_sales.flashsale"),
        ("抢购记录 Claims", "front_hand", "commerce_flash_sales.claim"),
        ("订单 Orders", "receipt_long", "commerce_orders.order"),
        ("付款 Payments", "payments", "commerce_payments.payment"),
    ],
    "用户 People": [
        ("用户 Users", "group", "community_accounts.user"),
    ],
}


def menu(request: HttpRequest) -> list[dict[str, Any]]:
    """The groups of `MENU`, with the lists that exist and that this member of staff may see."""
    groups = [
        {"title": title, "separator": True, "items": [link for row in rows for link in _links(request, *row)]}
        for title, rows in MENU.items()
    ]
    return [group for group in groups if group["items"]]


def _links(request: HttpRequest, title: str, icon: str, model: str) -> list[dict[str, Any]]:
    from django.apps import apps
    from django.contrib import admin
    from django.urls import reverse

    kind = apps.get_model(model)
    if not admin.site.is_registered(kind) or not admin.site.get_model_admin(kind).has_view_permission(request):
        return []
    app, name = model.split(".")
    return [{"title": title, "icon": icon, "link": reverse(f"admin:{app}_{name}_changelist")}]


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Souk",
    "SITE_HEADER": "Souk",
    "SITE_SUBHEADER": "后台 Back office",
    "SITE_SYMBOL": "storefront",
    "SITE_URL": "/",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "BORDER_RADIUS": "8px",
    "LOGIN": {"form": "community.accounts.forms.StaffLoginForm"},
    "COLORS": {"primary": SAFFRON},
    "SIDEBAR": {"show_search": True, "show_all_applications": False, "navigation": menu},
}
