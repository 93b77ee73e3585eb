"""Accounts to try the server with. They exist in demo mode alone: everyone knows their password."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from PIL import Image, ImageDraw

from community.accounts import avatars, services
from community.accounts.models import Role, User

DEMO_PASSWORD = "souk-demo-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoAccount:
    email: str
    display_name: str
    role: str  # what it is shown as
    top_colour: str
    bottom_colour: str


DEMO_ACCOUNTS = (
    DemoAccount(
        email="viewer@souk.example", display_name="小林", role="viewer", top_colour="#ffb199", bottom_colour="#ff0844"
    ),
    DemoAccount(
        email="viewer2@souk.example",
        display_name="Mia Chen",
        role="viewer",
        top_colour="#f6d365",
        bottom_colour="#fda085",
    ),
    DemoAccount(
        email="host@souk.example",
        display_name="阿茶 Acha",
        role="host",
        top_colour="#84fab0",
        bottom_colour="#1ba6a6",
    ),
    DemoAccount(
        email="mod@souk.example",
        display_name="场控小叶",
        role="moderator",
        top_colour="#a1c4fd",
        bottom_colour="#3a6fd8",
    ),
    DemoAccount(
        email="admin@souk.example",
        display_name="Souk Admin",
        role="admin",
        top_colour="#cfd9df",
        bottom_colour="#5b6675",
    ),
)


def shown_accounts() -> list[dict[str, str]]:
    return [{"email": account.email, "password": DEMO_PASSWORD, "role": account.role} for account in DEMO_ACCOUNTS]


def ensure_demo_accounts() -> dict[str, User]:
    """Users by e-mail; made, or put back to their password and roles. Raises ImproperlyConfigured outside demo mode."""
    if not settings.DEMO:
        raise ImproperlyConfigured("demo accounts are for demo mode alone (SOUK_DEMO=1)")
    return {account.email: _ensure(account) for account in DEMO_ACCOUNTS}


@transaction.atomic
def _ensure(account: DemoAccount) -> User:
    is_admin = account.role == "admin"
    user = User.objects.filter(email=account.email).first()
    if user is None:
        user = User.objects.create_user(
            account.email,
            DEMO_PASSWORD,
            display_name=account.display_name,
            is_staff=is_admin,
            is_superuser=is_admin,
        )
    elif not user.check_password(DEMO_PASSWORD):
        services.set_password(user=user, password=DEMO_PASSWORD)
    services.confirm_email(user=user)
    if not user.avatar:
        user.avatar = avatars.encode(_portrait(account))
        user.save(update_fields=["avatar"])
    if account.role in Role.Name.values:
        services.grant_role(user=user, name=account.role)
    return user


def _portrait(account: DemoAccount) -> Image.Image:
    """A head and shoulders in front of a gradient, drawn at twice the size so that edges are smooth."""
    side = avatars.SIDE_PIXELS * 2
    shade = Image.linear_gradient("L").resize((side, side))
    picture = Image.composite(
        Image.new("RGB", (side, side), account.bottom_colour), Image.new("RGB", (side, side), account.top_colour), shade
    )
    draw = ImageDraw.Draw(picture)
    centre, light = side / 2, "#fffaf5"
    draw.ellipse((centre - side * 0.34, side * 0.64, centre + side * 0.34, side * 1.32), fill=light)
    draw.ellipse((centre - side * 0.18, side * 0.22, centre + side * 0.18, side * 0.58), fill=light)
    return picture.resize((avatars.SIDE_PIXELS, avatars.SIDE_PIXELS), Image.Resampling.LANCZOS)
