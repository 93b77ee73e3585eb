"""The price pipeline: what a basket costs, stage by stage, pure and in integers.

Every place that names a price runs through here, so that a cart, a quote and the order made from it agree:

    activity price (exclusive) → member price → threshold discounts (满减) → coupons → points → freight

A line at the price of an activity takes no further discount. Each discount is split over its lines in proportion to
what is left of them (largest remainder), says how it came about and who funds it. Invariants: the lines' discounts add
up to `discount_total`, no line is below 0, and `total = goods_total - discount_total + freight_total`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from commerce.catalog.cards import Texts
from commerce.promotions.points import Offer
from project.kernel.money import Money, split_by_largest_remainder

Kind = Literal["member", "threshold", "coupon", "points"]
# Why a coupon does not count.
Refusal = Literal["scope", "below_minimum", "group", "nothing_left"]
HOUSE = "house"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The goods that a discount is for: those of the categories (ids), and the products; all, when neither is named."""

    categories: frozenset[int] = frozenset()
    products: frozenset[int] = frozenset()

    def covers(self, item: Item) -> bool:
        return self.has(item.category_id, item.product_id)

    def has(self, category_id: int, product_id: int) -> bool:
        everything = not self.categories and not self.products
        return everything or category_id in self.categories or product_id in self.products


EVERYTHING = Scope()


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What is to be priced, in one line.

    `activity_price` is the quote of a claim: it stands alone, whatever the SKU costs now. `member_price` counts when it
    is below `price`. `list_price` is what to strike through.
    """

    sku_id: int
    quantity: int
    price: Money
    product_id: int = 0
    category_id: int = 0
    list_price: Money | None = None
    activity_price: Money | None = None
    member_price: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """So much off from an amount on: a ladder of `steps` (from, off) of which the highest reached counts, or, with
    `repeats`, the one step for every full amount. `most_off` bounds it. Amounts in minor units of the basket's
    currency.
    """

    key: str
    name: Texts
    steps: tuple[tuple[int, int], ...]
    repeats: bool = False
    most_off: int | None = None
    scope: Scope = EVERYTHING
    funded_by: str = HOUSE

    def off(self, amount: int) -> int:
        if self.repeats:
            start, off = self.steps[0]
            off *= amount // start
        else:
            off = max((off for start, off in self.steps if amount >= start), default=0)
        return min(off if self.most_off is None else min(off, self.most_off), amount)

    def next_start(self, amount: int) -> int | None:
        """The least amount above this one that takes more off; None when there is none."""
        now = self.off(amount)
        if self.repeats:
            start = self.steps[0][0]
            following = (amount // start + 1) * start
            return following if self.off(following) > now else None
        return next((start for start, _ in sorted(self.steps) if start > amount and self.off(start) > now), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coupon:
    """`off` in minor units, or `percent_off` of what its goods still cost, at most `most_off`; from `minimum` on, which
    is measured before any coupon. Coupons of one `group` exclude each other; those of different groups add up."""

    id: int
    name: Texts
    off: int = 0
    percent_off: int = 0
    most_off: int | None = None
    minimum: int = 0
    group: str = ""
    scope: Scope = EVERYTHING
    funded_by: str = HOUSE

    @property
    def key(self) -> str:
        return f"coupon:{self.id}"

    def amount(self, left: int) -> int:
        off = self.off + left * self.percent_off // 100
        return min(off if self.most_off is None else min(off, self.most_off), left)


@dataclass(frozen=True, slots=True, kw_only=True)
class Discount:
    """One discount, or its share in one line. `amount` in minor units."""

    kind: Kind
    key: str
    name: Texts
    amount: int
    funded_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedLine:
    """`total` is for all units before `discounts`, `paid` after them; `points` are those that were spent on it."""

    item: Item
    unit_price: Money
    list_price: Money | None
    total: Money
    discounts: tuple[Discount, ...] = ()
    points: int = 0

    @property
    def sku_id(self) -> int:
        return self.item.sku_id

    @property
    def quantity(self) -> int:
        return self.item.quantity

    @property
    def discount(self) -> int:
        return sum(one.amount for one in self.discounts)

    @property
    def paid(self) -> int:
        return self.total.amount - self.discount


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of a coupon. `amount` is what it takes off, or would take off if it were selected as well."""

    coupon: Coupon
    selected: bool
    amount: int
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """Goods for `missing` more, and a threshold discount takes `off` in all."""

    key: str
    name: Texts
    missing: int
    off: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsUse:
    """Of a `balance`, `spent` points take `off`; `most` could be spent here and would take `most_off`."""

    balance: int
    spent: int
    off: int
    most: int
    most_off: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Priced:
    """`points` is None when there are none to be spent."""

    lines: tuple[PricedLine, ...]
    currency: str
    freight_total: int = 0
    verdicts: tuple[Verdict, ...] = ()
    hints: tuple[Hint, ...] = ()
    points: PointsUse | None = None

    @property
    def goods_total(self) -> int:
        return sum(line.total.amount for line in self.lines)

    @property
    def discount_total(self) -> int:
        return sum(line.discount for line in self.lines)

    @property
    def total(self) -> Money:
        return Money(self.goods_total - self.discount_total + self.freight_total, self.currency)

    @property
    def discounts(self) -> list[Discount]:
        """Each discount once, with what it takes off in all, in the order in which they were taken."""
        sums: dict[str, Discount] = {}
        for line in self.lines:
            for one in line.discounts:
                known = sums.get(one.key)
                sums[one.key] = replace(one, amount=one.amount + (known.amount if known else 0))
        return sorted(sums.values(), key=lambda one: STAGES.index(one.kind))


STAGES: tuple[Kind, ...] = ("member", "threshold", "coupon", "points")
MEMBER: Texts = {"zh": "会员价", "en": "Member price"}
POINTS: Texts = {"zh": "积分抵扣", "en": "Points"}

# Freight in minor units of what is priced, after all discounts.
Freight = Callable[[Sequence[PricedLine]], int]


def no_freight(lines: Sequence[PricedLine]) -> int:
    return 0


def price(
    items: Sequence[Item],
    *,
    thresholds: Iterable[Threshold] = (),
    coupons: Sequence[Coupon] = (),
    selected: Collection[int] | None = None,
    points: Offer | None = None,
    spend: int = 0,
    freight: Freight = no_freight,
) -> Priced:
    """Price a basket.

    `thresholds` in the order in which they have precedence: a line counts towards the first one that covers it and is
    reached. `coupons` are those that the buyer has, of which `selected` (ids) are used; None: the best of each group.
    Of the buyer's `points`, `spend` are used, in whole steps and at most as many as the goods cost.

    Raises ValueError for no item, a quantity below 1, less than no points, or more than one currency.
    """
    if not items or spend < 0 or any(item.quantity < 1 for item in items):
        raise ValueError("nothing to price, or less than nothing")
    basket = _Basket(items)
    hints = [hint for one in thresholds if (hint := basket.take_threshold(one))]
    verdicts = basket.take_coupons(coupons, selected)
    use = basket.take_points(points, spend) if points else None
    lines = basket.priced()
    return Priced(
        lines=lines,
        currency=basket.currency,
        freight_total=freight(lines),
        verdicts=verdicts,
        hints=tuple(hints),
        points=use,
    )


@dataclass(slots=True)
class _Line:
    item: Item
    unit: Money
    left: int
    under_threshold: bool = False
    points: int = 0
    discounts: list[Discount] = field(default_factory=list)


class _Basket:
    """The lines on their way through the stages; `left` is what each still costs."""

    def __init__(self, items: Sequence[Item]) -> None:
        units = [item.activity_price or item.price for item in items]
        self.currency = sum(units[1:], start=units[0]).currency
        self.lines = [_Line(item, unit, unit.amount * item.quantity) for item, unit in zip(items, units, strict=True)]
        for line in self.lines:
            member = line.item.member_price
            if member and not line.item.activity_price and member.currency == self.currency:
                saved = (line.item.price.amount - member.amount) * line.item.quantity
                self.take([line], max(0, saved), "member", "member", MEMBER, HOUSE)

    def open_lines(self, scope: Scope) -> list[_Line]:
        """Those of a scope that take discounts at all."""
        return [line for line in self.lines if not line.item.activity_price and scope.covers(line.item)]

    def take_threshold(self, rule: Threshold) -> Hint | None:
        lines = [line for line in self.open_lines(rule.scope) if not line.under_threshold]
        amount = _left(lines)
        if off := rule.off(amount):
            for line in lines:
                line.under_threshold = True
            self.take(lines, off, "threshold", rule.key, rule.name, rule.funded_by)
        start = rule.next_start(amount) if lines else None
        return Hint(key=rule.key, name=rule.name, missing=start - amount, off=rule.off(start)) if start else None

    def take_coupons(self, coupons: Sequence[Coupon], selected: Collection[int] | None) -> tuple[Verdict, ...]:
        minimum_of = {coupon.id: _left(self.open_lines(coupon.scope)) for coupon in coupons}
        refusals = {coupon.id: self._refusal(coupon, minimum_of[coupon.id]) for coupon in coupons}
        usable = [coupon for coupon in coupons if refusals[coupon.id] is None]
        groups = sorted({coupon.group for coupon in usable})
        taken: dict[int, int] = {}
        for group in groups:
            members = [coupon for coupon in usable if coupon.group == group]
            worth = {one.id: one.amount(_left(self.open_lines(one.scope))) for one in members}
            wanted = [one for one in members if selected is None or one.id in selected]
            # The best, and of equals the one that came first: those are sorted by how soon they end.
            best = max(wanted, key=lambda one: worth[one.id], default=None)
            for one in members:
                if worth[one.id] == 0:
                    refusals[one.id] = "nothing_left"
                elif selected is not None and one in wanted and one is not best:
                    refusals[one.id] = "group"
            if best and worth[best.id]:
                lines = self.open_lines(best.scope)
                taken[best.id] = self.take(lines, worth[best.id], "coupon", best.key, best.name, best.funded_by)
        return tuple(
            Verdict(
                coupon=coupon,
                selected=coupon.id in taken,
                amount=taken.get(coupon.id, 0 if refusals[coupon.id] else coupon.amount(minimum_of[coupon.id])),
                refusal=refusals[coupon.id],
            )
            for coupon in coupons
        )

    def take_points(self, offer: Offer, spend: int) -> PointsUse:
        lines = self.open_lines(EVERYTHING)
        before = [line.left for line in lines]
        most = offer.most(sum(before))
        spent = min(spend // offer.step * offer.step, most)
        off = self.take(lines, offer.off(spent), "points", "points", POINTS, offer.funded_by)
        shares = [was - line.left for was, line in zip(before, lines, strict=True)]
        for line, points in zip(lines, split_by_largest_remainder(spent, shares), strict=True):
            line.points = points
        return PointsUse(balance=offer.balance, spent=spent, off=off, most=most, most_off=offer.off(most))

    def take(self, lines: Sequence[_Line], amount: int, kind: Kind, key: str, name: Texts, funded_by: str) -> int:
        """Take an amount off the lines, at most what they cost; returns how much it was."""
        amount = min(amount, _left(lines))
        if not amount:
            return 0
        for line, share in zip(lines, split_by_largest_remainder(amount, [one.left for one in lines]), strict=True):
            line.left -= share
            if share:
                line.discounts.append(Discount(kind=kind, key=key, name=name, amount=share, funded_by=funded_by))
        return amount

    def priced(self) -> tuple[PricedLine, ...]:
        return tuple(
            PricedLine(
                item=line.item,
                unit_price=line.unit,
                list_price=_struck_through(line.item, line.unit),
                total=Money(line.unit.amount * line.item.quantity, line.unit.currency),
                discounts=tuple(line.discounts),
                points=line.points,
            )
            for line in self.lines
        )

    def _refusal(self, coupon: Coupon, amount: int) -> Refusal | None:
        if not self.open_lines(coupon.scope):
            return "scope"
        return "below_minimum" if amount < coupon.minimum else None


def _left(lines: Iterable[_Line]) -> int:
    return sum(line.left for line in lines)


def _struck_through(item: Item, unit: Money) -> Money | None:
    """It must be more than what is asked, and in the same money."""
    struck = item.list_price
    if struck and (struck.currency != unit.currency or struck.amount <= unit.amount):
        return None
    return struck
