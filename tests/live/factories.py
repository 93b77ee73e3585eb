"""People, products and shows, made as the services make them."""

from __future__ import annotations

from itertools import count

from commerce.catalog.models import Category, Product, Sku
from community.accounts.models import Role, User
from live.shows.models import Show
from live.shows.services import create_show, go_live

_numbers = count(1)


def make_user(name: str = "Ann", *, role: str = "", is_staff: bool = False) -> User:
    user = User.objects.create_user(f"u{next(_numbers)}@souk.example", "pw", display_name=name, is_staff=is_staff)
    if role:
        Role.objects.create(user=user, name=role)
    return user


def make_host(name: str = "Hana") -> User:
    return make_user(name, role=Role.Name.HOST)


def make_show(host: User | None = None, *, title: str = "Evening market", live: bool = True) -> Show:
    show = create_show(host=host or make_host(), title=title)
    return go_live(show_id=show.pk) if live else show


def make_product(title: str = "Teapot", *, price: int = 8900) -> Product:
    category, _ = Category.objects.get_or_create(slug="home", defaults={"name_zh": "家居", "name_en": "Home"})
    product = Product.objects.create(category=category, title_zh=f"{title} 壶", title_en=title)
    Sku.objects.create(product=product, code=f"SKU-{next(_numbers)}", price=price)
    return product
