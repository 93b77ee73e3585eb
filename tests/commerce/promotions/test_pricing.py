from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commerce.catalog.cards import Texts
from commerce.promotions.points import Offer
from commerce.promotions.pricing import Coupon, Hint, Item, Priced, Scope, Threshold, price
from project.kernel.money import Money

NAME: Texts = {"zh": "名", "en": "name"}


def yuan(amount: int) -> Money:
    return Money(amount, "CNY")


def item(amount: int, /, quantity: int = 1, **fields: Any) -> Item:
    return Item(sku_id=1, quantity=quantity, price=yuan(amount), **fields)


def threshold(*steps: tuple[int, int], **fields: Any) -> Threshold:
    return Threshold(**{"key": "threshold:1", "name": NAME, "steps": steps, **fields})


def coupon(id: int, **fields: Any) -> Coupon:
    return Coupon(id=id, name=NAME, **fields)


def taken(priced: Priced) -> list[tuple[str, str, int]]:
    return [(one.kind, one.key, one.amount) for one in priced.discounts]


amounts = st.integers(min_value=0, max_value=10**9)
scopes = st.builds(
    Scope,
    categories=st.frozensets(st.integers(1, 3), max_size=2),
    products=st.frozensets(st.integers(1, 5), max_size=2),
)
items = st.builds(
    Item,
    sku_id=st.integers(min_value=1),
    product_id=st.integers(1, 5),
    category_id=st.integers(1, 3),
    quantity=st.integers(min_value=1, max_value=99),
    price=amounts.map(yuan),
    list_price=st.none() | amounts.map(yuan),
    activity_price=st.none() | amounts.map(yuan),
    member_price=st.none() | amounts.map(yuan),
)
steps = st.tuples(st.integers(1, 10**9), amounts)
thresholds = st.builds(
    threshold,
    steps,
    steps=st.lists(steps, min_size=1, max_size=4).map(tuple),
    repeats=st.booleans(),
    most_off=st.none() | amounts,
    scope=scopes,
    key=st.integers(1, 10**6).map("threshold:{}".format),
)
coupons = st.lists(
    st.builds(
        Coupon,
        id=st.integers(1, 10**6),
        name=st.just(NAME),
        off=st.just(0) | amounts,
        percent_off=st.just(0) | st.integers(0, 100),
        most_off=st.none() | amounts,
        minimum=amounts,
        group=st.sampled_from(["", "shop", "drop"]),
        scope=scopes,
    ),
    max_size=5,
    unique_by=lambda one: one.id,
)


@given(
    items=st.lists(items, min_size=1, max_size=20),
    thresholds=st.lists(thresholds, max_size=4, unique_by=lambda one: one.key),
    coupons=coupons,
    selected=st.none() | st.sets(st.integers(1, 10**6)),
    offer=st.none() | st.builds(Offer, balance=amounts, step=st.integers(1, 1000), worth=st.integers(1, 1000)),
    spend=amounts,
    freight=st.integers(0, 10**6),
)
def test_lines_add_up_to_the_total_and_none_is_below_zero(
    items: list[Item],
    thresholds: list[Threshold],
    coupons: list[Coupon],
    selected: set[int] | None,
    offer: Offer | None,
    spend: int,
    freight: int,
) -> None:
    priced = price(
        items,
        thresholds=thresholds,
        coupons=coupons,
        selected=selected,
        points=offer,
        spend=spend,
        freight=lambda lines: freight,
    )
    assert [line.item for line in priced.lines] == items
    assert all(line.total == yuan(line.unit_price.amount * line.quantity) for line in priced.lines)
    assert all(0 <= line.paid <= line.total.amount for line in priced.lines)
    assert priced.total == yuan(sum(line.paid for line in priced.lines) + freight)
    assert priced.discount_total == sum(one.amount for one in priced.discounts)
    assert all(not line.discounts for line in priced.lines if line.item.activity_price)
    assert all(line.list_price is None or line.list_price.amount > line.unit_price.amount for line in priced.lines)
    # A coupon's verdict is what the lines say, and one a group counts.
    for verdict in priced.verdicts:
        assert verdict.selected == (verdict.coupon.key in [one.key for one in priced.discounts])
        assert verdict.refusal is None or not verdict.selected
    # Points are spent in whole steps, no more than there are, and the lines say on what.
    use = priced.points
    assert (use is None) is (offer is None)
    assert sum(line.points for line in priced.lines) == (use.spent if use else 0)
    assert sum(one.amount for one in priced.discounts if one.kind == "points") == (use.off if use else 0)
    if use and offer:
        assert use.spent <= use.most <= offer.balance
        assert use.spent <= spend
        assert (use.spent % offer.step, use.off) == (0, use.spent // offer.step * offer.worth)
    groups = [verdict.coupon.group for verdict in priced.verdicts if verdict.selected]
    assert len(groups) == len(set(groups))


@given(items=st.lists(items, min_size=1, max_size=8), coupons=coupons)
def test_a_coupon_that_is_named_or_chosen_is_worth_the_same(items: list[Item], coupons: list[Coupon]) -> None:
    best = price(items, coupons=coupons)
    named = price(items, coupons=coupons, selected={one.coupon.id for one in best.verdicts if one.selected})
    assert named.lines == best.lines


@given(items=st.lists(items, min_size=1, max_size=8), rule=thresholds)
def test_what_a_hint_promises_comes_true(items: list[Item], rule: Threshold) -> None:
    plain = [Item(sku_id=one.sku_id, quantity=one.quantity, price=one.price) for one in items]
    rule = threshold(*rule.steps, repeats=rule.repeats, most_off=rule.most_off)
    before = price(plain, thresholds=[rule])
    for hint in before.hints:
        assert hint.missing > 0
        after = price([*plain, item(hint.missing)], thresholds=[rule])
        assert before.discount_total < after.discount_total == hint.off


def test_the_price_of_an_activity_stands_alone() -> None:
    claimed = Item(sku_id=1, quantity=2, price=yuan(3900), list_price=yuan(8900), activity_price=yuan(1900))
    priced = price(
        [claimed], thresholds=[threshold((100, 50))], coupons=[coupon(1, off=100)], points=Offer(balance=100), spend=100
    )
    (line,) = priced.lines
    assert (line.unit_price, line.list_price, line.total, line.discounts) == (yuan(1900), yuan(8900), yuan(3800), ())
    assert (priced.verdicts[0].refusal, priced.hints) == ("scope", ())


def test_what_an_activity_costs_does_not_help_to_reach_a_threshold() -> None:
    claimed = Item(sku_id=1, quantity=1, price=yuan(9000), activity_price=yuan(9000))
    assert price([claimed, item(1000)], thresholds=[threshold((10000, 500))]).discount_total == 0


def test_without_a_list_price_nothing_is_struck_through_in_an_activity() -> None:
    (line,) = price([Item(sku_id=1, quantity=1, price=yuan(3900), activity_price=yuan(1900))]).lines
    assert line.list_price is None


def test_nothing_is_struck_through_that_is_not_dearer() -> None:
    (line,) = price([item(3900, list_price=yuan(3900))]).lines
    assert line.list_price is None


def test_every_stage_counts_from_what_the_one_before_left() -> None:
    priced = price(
        [item(10000, member_price=yuan(9000))],
        thresholds=[threshold((9000, 1000))],
        coupons=[coupon(1, percent_off=10)],
        points=Offer(balance=999),
        spend=200,
        freight=lambda lines: 800 if sum(line.paid for line in lines) < 7200 else 0,
    )
    assert taken(priced) == [
        ("member", "member", 1000),
        ("threshold", "threshold:1", 1000),
        ("coupon", "coupon:1", 800),
        ("points", "points", 200),
    ]
    assert (priced.freight_total, priced.total) == (800, yuan(7800))


def test_a_member_price_above_the_price_is_no_price() -> None:
    assert price([item(1000, member_price=yuan(1200))]).discounts == []


@pytest.mark.parametrize(("amount", "off"), [(9999, 0), (10000, 1000), (19999, 1000), (20000, 3000), (90000, 3000)])
def test_a_ladder(amount: int, off: int) -> None:
    assert price([item(amount)], thresholds=[threshold((20000, 3000), (10000, 1000))]).discount_total == off


@pytest.mark.parametrize(("amount", "off"), [(9999, 0), (10000, 1000), (29999, 2000), (30000, 2500), (90000, 2500)])
def test_off_for_every_full_amount_up_to_a_bound(amount: int, off: int) -> None:
    rule = threshold((10000, 1000), repeats=True, most_off=2500)
    assert price([item(amount)], thresholds=[rule]).discount_total == off


def test_a_line_counts_towards_one_threshold() -> None:
    first = threshold((1000, 100), key="threshold:1", scope=Scope(products=frozenset({7})))
    second = threshold((1000, 300), key="threshold:2")
    priced = price([item(1000, product_id=7), item(500)], thresholds=[first, second])
    assert taken(priced) == [("threshold", "threshold:1", 100)]
    assert priced.hints == (Hint(key="threshold:2", name=NAME, missing=500, off=300),)


def test_a_threshold_that_is_not_reached_leaves_its_lines_to_the_next() -> None:
    first = threshold((5000, 900), key="threshold:1", scope=Scope(categories=frozenset({3})))
    second = threshold((1000, 300), key="threshold:2")
    priced = price([item(1000, category_id=3)], thresholds=[first, second])
    assert taken(priced) == [("threshold", "threshold:2", 300)]


def test_a_discount_is_split_in_proportion_and_to_the_last_minor_unit() -> None:
    priced = price([item(1000), item(1000), item(1000)], thresholds=[threshold((3000, 1000))])
    assert [line.discount for line in priced.lines] == [334, 333, 333]


def test_of_a_group_one_coupon_counts_and_groups_add_up() -> None:
    held = [coupon(1, off=100), coupon(2, off=300), coupon(3, off=50, group="drop")]
    best = price([item(1000)], coupons=held)
    assert [(one.selected, one.amount, one.refusal) for one in best.verdicts] == [
        (False, 100, None),
        (True, 300, None),
        (True, 50, None),
    ]
    both = price([item(1000)], coupons=held, selected={1, 2})
    assert [(one.selected, one.refusal) for one in both.verdicts] == [(False, "group"), (True, None), (False, None)]
    assert price([item(1000)], coupons=held, selected={1}).discount_total == 100
    assert price([item(1000)], coupons=held, selected=()).discount_total == 0


def test_the_minimum_of_a_coupon_is_measured_before_any_coupon() -> None:
    held = [coupon(1, off=600, group="a"), coupon(2, off=100, minimum=1000, group="b"), coupon(3, off=1, minimum=1001)]
    priced = price([item(1000)], coupons=held)
    assert [one.refusal for one in priced.verdicts] == [None, None, "below_minimum"]
    assert priced.discount_total == 700


def test_coupons_never_take_more_than_there_is() -> None:
    priced = price([item(500)], coupons=[coupon(1, off=900, group="a"), coupon(2, off=900, group="b")])
    assert (priced.discount_total, priced.total) == (500, yuan(0))
    assert [(one.selected, one.refusal) for one in priced.verdicts] == [(True, None), (False, "nothing_left")]


def test_a_percentage_is_bounded_and_rounded_down() -> None:
    assert price([item(999)], coupons=[coupon(1, percent_off=15)]).discount_total == 149
    assert price([item(99900)], coupons=[coupon(1, percent_off=15, most_off=2000)]).discount_total == 2000


def test_points_pay_in_whole_steps_what_the_coupons_left_of_the_goods() -> None:
    offer = Offer(balance=1999, step=100, worth=30, funded_by="bank")
    priced = price([item(300), item(210)], coupons=[coupon(1, off=10)], points=offer, spend=450, freight=lambda _: 800)
    assert taken(priced) == [("coupon", "coupon:1", 10), ("points", "points", 120)]
    assert priced.points
    assert (priced.points.spent, priced.points.most, priced.points.most_off) == (400, 1600, 480)
    assert [line.points for line in priced.lines] == [237, 163]
    assert priced.lines[0].discounts[-1].funded_by == "bank"
    assert price([item(300)], points=offer, spend=10**9).total == yuan(0)


@pytest.mark.parametrize(
    "items",
    [
        pytest.param([], id="nothing"),
        pytest.param([item(1, 0)], id="no unit"),
        pytest.param([item(1, -1)], id="less than no unit"),
        pytest.param([item(1), Item(sku_id=2, quantity=1, price=Money(1, "USD"))], id="two currencies"),
    ],
)
def test_what_cannot_be_priced_is_refused(items: list[Item]) -> None:
    with pytest.raises(ValueError, match="nothing to price|do not add up"):
        price(items)
