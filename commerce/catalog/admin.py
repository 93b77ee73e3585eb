from __future__ import annotations

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from unfold.admin import ModelAdmin, TabularInline

from commerce.catalog.availability import available_units
from commerce.catalog.forms import SkuForm
from commerce.catalog.models import Category, Product, ProductPicture, Sku


def picture(url: str | None, size: int) -> str:
    style = f"width:{size}px;height:{size}px;object-fit:cover;border-radius:8px"
    return format_html('<img src="{}" alt="" loading="lazy" style="{}">', url, style) if url else "–"


@admin.register(Category)
class CategoryAdmin(ModelAdmin):
    list_display = ("name_zh", "name_en", "slug", "position", "product_count")
    list_editable = ("position",)
    prepopulated_fields = {"slug": ("name_en",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Category]:
        found: QuerySet[Category] = super().get_queryset(request)
        return found.annotate(product_count=Count("products"))

    @admin.display(description="products", ordering="product_count")
    def product_count(self, category: Category) -> int:
        return int(category.product_count)  # type: ignore[attr-defined]


class PictureInline(TabularInline):
    model = ProductPicture
    extra = 0
    fields = ("preview", "image", "position")
    readonly_fields = ("preview",)
    ordering_field = "position"
    hide_ordering_field = True

    @admin.display(description="")
    def preview(self, of: ProductPicture) -> str:
        return picture(of.image.url if of.image else None, 56)


class SkuInline(TabularInline):
    """Units are shown, not edited: they change by movements, in Stock."""

    model = Sku
    form = SkuForm
    extra = 0
    tab = True
    fields = ("code", "options", "price", "list_price", "available", "sellable")
    hide_title = True
    readonly_fields = ("available",)

    @admin.display(description="available")
    def available(self, sku: Sku) -> int:
        return available_units([sku.pk]).get(sku.pk, 0)


@admin.register(Product)
class ProductAdmin(ModelAdmin):
    list_display = ("cover", "title_zh", "title_en", "category", "skus_and_units", "visible")
    list_display_links = ("cover", "title_zh")
    list_editable = ("visible",)
    list_filter = ("category", "visible")
    list_select_related = ("category",)
    list_per_page = 50
    search_fields = ("title_zh", "title_en", "skus__code")
    inlines = (PictureInline, SkuInline)
    fieldsets = (
        (None, {"fields": (("category", "visible"), ("title_zh", "title_en"))}),
        ("Description", {"fields": (("description_zh", "description_en"),)}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Product]:
        found: QuerySet[Product] = super().get_queryset(request)
        return found.prefetch_related("pictures", "skus")

    @admin.display(description="")
    def cover(self, product: Product) -> str:
        first = next(iter(product.pictures.all()), None)
        return picture(first.image.url if first else None, 44)

    @admin.display(description="SKUs")
    def skus_and_units(self, product: Product) -> str:
        skus = product.skus.all()
        units = available_units([sku.pk for sku in skus])
        return f"{len(skus)} · {sum(units.values())} free"


@admin.register(Sku)
class SkuAdmin(ModelAdmin):
    """To look one up by its code; it is edited with its product."""

    list_display = ("code", "product", "sellable")
    list_select_related = ("product",)
    search_fields = ("code", "product__title_zh", "product__title_en")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Sku | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Sku | None = None) -> bool:
        return False
