from __future__ import annotations

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from unfold.admin import ModelAdmin, TabularInline

from commerce.catalog.availability import available_units
from commerce.catalog.forms import PictureForm, SkuForm
from commerce.catalog.models import Category, PriceRecord, Product, ProductPicture, Sku
from project.kernel.money import in_major


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
    form = PictureForm
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
    fields = ("code", "options", "currency", "price", "prices", "available", "sellable")
    hide_title = True
    readonly_fields = ("prices", "available")

    @admin.display(description="available")
    def available(self, sku: Sku) -> int:
        return available_units([sku.pk]).get(sku.pk, 0)

    @admin.display(description="")
    def prices(self, sku: Sku) -> str:
        url = reverse("admin:commerce_catalog_pricerecord_changelist")
        return format_html('<a href="{}?sku={}">history</a>', url, sku.pk) if sku.pk else "–"


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


class ReadOnly:
    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Sku)
class SkuAdmin(ReadOnly, ModelAdmin):
    """To look one up by its code; it is edited with its product."""

    list_display = ("code", "product", "sellable")
    list_select_related = ("product",)
    search_fields = ("code", "product__title_zh", "product__title_en")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(PriceRecord)
class PriceRecordAdmin(ReadOnly, ModelAdmin):
    """Prices as they were, of the list and of activities; written by the database and by sales alone."""

    list_display = ("sku", "title", "cost", "before", "since", "until")
    list_select_related = ("sku__product",)
    list_filter = (("until", admin.EmptyFieldListFilter),)
    search_fields = ("sku__code", "sku__product__title_zh", "sku__product__title_en")
    date_hierarchy = "since"
    ordering = ("-since", "-pk")
    fields = ("sku", "cost", "before", "since", "until")

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup == "sku" or bool(super().lookup_allowed(lookup, value, request))

    @admin.display(description="product")
    def title(self, record: PriceRecord) -> str:
        return str(record.sku.product)

    @admin.display(description="price", ordering="price")
    def cost(self, record: PriceRecord) -> str:
        return f"{in_major(record.price, record.currency)} {record.currency}"

    @admin.display(description="before", ordering="was")
    def before(self, record: PriceRecord) -> str:
        return "–" if record.was is None else str(in_major(record.was, record.currency))
