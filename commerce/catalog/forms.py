"""How staff writes what the models keep as JSON or in minor units."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.core.validators import DecimalValidator
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminImageSmallFieldWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from commerce.catalog.cards import Option
from commerce.catalog.models import ProductPicture, Sku
from commerce.catalog.pictures import reencoded, size_of
from project.kernel.errors import Invalid
from project.kernel.money import decimals_of, in_major


class OptionsField(forms.CharField):
    """One option a line, both languages: `颜色 | Colour = 奶油白 | Cream`."""

    widget = UnfoldAdminTextareaWidget

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False, **kwargs})
        self.widget.attrs.update(rows=3, placeholder="颜色 | Colour = 奶油白 | Cream", style="min-width:18rem")

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) else "\n".join(_line_of(option) for option in value or [])

    def to_python(self, value: Any) -> Any:
        return [_option_of(line) for line in str(super().to_python(value)).splitlines() if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), self.prepare_value(data))


class PriceField(forms.DecimalField):
    """As people name it on the page (`39.00` yuan, `1200` yen), minor units of its `currency` in the model."""

    widget = UnfoldAdminDecimalFieldWidget

    def __init__(self, *, currency: str = "CNY", **kwargs: Any) -> None:
        super().__init__(**{"min_value": 0, "max_digits": 12, **kwargs})
        self.currency = currency

    def prepare_value(self, value: Any) -> Any:
        return in_major(value, self.currency) if isinstance(value, int) else value

    def clean(self, value: Any) -> Any:
        amount = super().clean(value)
        if amount is None:
            return None
        decimals = decimals_of(self.currency)
        DecimalValidator(None, decimals)(amount)
        return int(amount.scaleb(decimals))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


class SkuForm(forms.ModelForm[Sku]):
    options = OptionsField()
    currency = forms.RegexField(r"^[A-Z]{3}$", widget=UnfoldAdminTextInputWidget(attrs={"size": 3, "maxlength": 3}))
    price = PriceField()

    class Meta:
        model = Sku
        fields = ("code", "options", "currency", "price", "sellable")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            self.initial["currency"] = settings.DEFAULT_CURRENCY
        # What is shown is in the money that the SKU costs now, what is sent in the one that is sent with it.
        price: Any = self.fields["price"]
        price.currency = self.initial["currency"]
        self.initial["price"] = price.prepare_value(self.initial.get("price"))
        price.currency = self.data.get(self.add_prefix("currency"), price.currency)


class PictureField(forms.FileField):
    """An upload that is not kept: a picture of our own making takes its place."""

    widget = UnfoldAdminImageSmallFieldWidget
    default_error_messages: ClassVar = {
        "too_large": "图片不能超过 8 MB。 Choose a picture of at most 8 MB.",
        "too_many_pixels": "图片像素过多，请控制在 4000 万像素以内。 Choose a picture of at most 40 megapixels.",
        "not_an_image": "无法读取，请选择 JPG、PNG 或 WebP 图片。 This cannot be read: choose a JPG, PNG or WebP.",
    }

    def to_python(self, data: Any) -> Any:
        upload = super().to_python(data)
        if upload is None:
            return None
        try:
            return reencoded(upload, size=upload.size)
        except Invalid as refusal:
            (code,) = refusal.fields["image"]
            raise forms.ValidationError(self.error_messages[code], code=code) from None


class PictureForm(forms.ModelForm[ProductPicture]):
    image = PictureField()

    class Meta:
        model = ProductPicture
        fields = ("image", "position")

    def save(self, commit: bool = True) -> ProductPicture:
        if "image" in self.changed_data:
            self.instance.width, self.instance.height = size_of(self.cleaned_data["image"])
        return super().save(commit)


def _line_of(option: Option) -> str:
    name, value = option["name"], option["value"]
    return f"{name['zh']} | {name['en']} = {value['zh']} | {value['en']}"


def _option_of(line: str) -> Option:
    sides = [[text.strip() for text in side.split("|")] for side in line.split("=")]
    match sides:
        case [[str(name_zh), str(name_en)], [str(value_zh), str(value_en)]] if all(sides[0] + sides[1]):
            return {"name": {"zh": name_zh, "en": name_en}, "value": {"zh": value_zh, "en": value_en}}
    raise forms.ValidationError("颜色 | Colour = 奶油白 | Cream", code="invalid")
