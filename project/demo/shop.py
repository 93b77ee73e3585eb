"""Goods into the catalogue, units into the stock, pictures into the media folder."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from PIL import Image

from commerce.catalog.models import Category, Product, ProductPicture, Sku
from commerce.catalog.pictures import size_of
from commerce.inventory import services as inventory
from project.demo.drawing.gallery import near, scene, upright
from project.demo.goods import Goods, all_goods, categories
from project.demo.prices import invent_past
from project.kernel.clock import now

DRAWING_THREADS = 2
MOST_PICTURES = 3


def fill_shop() -> int:
    """Add what is missing; what is there is left as it is. Answers how many products were added."""
    goods = all_goods()
    known = set(
        Sku.objects.filter(code__in=[item.variants[0].code for item in goods.values()]).values_list("code", flat=True)
    )
    missing = [item for item in goods.values() if item.variants[0].code not in known]
    shelves = _categories()
    with transaction.atomic():
        # The last one made is the first one listed.
        for item in reversed(missing):
            _add(item, shelves[item.category])
    _hang_pictures(goods)
    return len(missing)


def _categories() -> dict[str, Category]:
    for position, row in enumerate(categories()):
        names = {"name_zh": row["zh"], "name_en": row["en"], "position": position}
        Category.objects.get_or_create(slug=row["slug"], defaults=names)
    return {category.slug: category for category in Category.objects.all()}


def _add(item: Goods, category: Category) -> None:
    product = Product.objects.create(
        category=category,
        title_zh=item.title["zh"],
        title_en=item.title["en"],
        description_zh=item.description["zh"],
        description_en=item.description["en"],
    )
    for variant in item.variants:
        sku = Sku.objects.create(
            product=product,
            code=variant.code,
            options=variant.options,
            price=variant.price,
        )
        invent_past(sku, variant, key=item.key, now=now())
        inventory.receive(sku_id=sku.pk, quantity=item.stock, reference="demo")


def _hang_pictures(goods: dict[str, Goods]) -> None:
    """Draw the pictures that have no row or no file."""
    products = dict(Sku.objects.filter(code__endswith="-01").values_list("code", "product_id"))
    hung = set(ProductPicture.objects.values_list("image", flat=True))
    wanted = [
        item
        for item in goods.values()
        if not all(name in hung and default_storage.exists(name) for name in _names(item))
    ]
    with ThreadPoolExecutor(DRAWING_THREADS) as pool:
        for item, drawn in zip(wanted, pool.map(_drawn, wanted), strict=True):
            for position, (name, content) in enumerate(zip(_names(item), drawn, strict=True)):
                default_storage.delete(name)
                default_storage.save(name, ContentFile(content))
                width, height = size_of(BytesIO(content))
                ProductPicture.objects.update_or_create(
                    product_id=products[item.variants[0].code],
                    image=name,
                    defaults={"width": width, "height": height},
                    create_defaults={"width": width, "height": height, "position": position},
                )


def _names(item: Goods) -> list[str]:
    """One picture a colour; a thing of one colour is also shown from near."""
    count = min(max(len(item.colours), 2), MOST_PICTURES)
    return [f"products/demo-{item.key.lower()}-{number}.webp" for number in range(1, count + 1)]


def _drawn(item: Goods) -> list[bytes]:
    return [encoded(picture) for picture in _pictures(item)]


def _pictures(item: Goods) -> Iterator[Image.Image]:
    canvases = [
        scene(colour.thing, backdrop=item.backdrop, palette=item.palette) for colour in item.colours[:MOST_PICTURES]
    ]
    yield from (upright(canvas, backdrop=item.backdrop, palette=item.palette) for canvas in canvases)
    if len(canvases) == 1:
        yield near(canvases[0])


def encoded(picture: Image.Image) -> bytes:
    out = BytesIO()
    picture.save(out, "WEBP", quality=86, method=2)
    return out.getvalue()
