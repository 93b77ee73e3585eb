"""What it costs to send goods to a place: pure, in integers. Places are codes as in `regions`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """`first` units (or grams) for `first_price`, each further `further` for `further_price`; as `FreightRule`."""

    regions: tuple[str, ...] = ()
    delivered: bool = True
    first: int = 1
    first_price: int = 0
    further: int = 1
    further_price: int = 0
    free_from: int | None = None
    days_min: int = 2
    days_max: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    rules: tuple[Rule, ...]
    by_weight: bool = False
    ships_within_hours: int = 48


def flat(amount: int) -> Template:
    """One price for whatever is sent to wherever."""
    return Template(rules=(Rule(first_price=amount),))


def rule_for(rules: Sequence[Rule], place: str) -> Rule | None:
    """The rule that names the place most closely; the one of no place for everywhere else; the earlier of equals. None
    where it is not delivered.
    """
    best: tuple[int, Rule] | None = None
    for rule in rules:
        fits = [len(code) for code in rule.regions if code and place.startswith(code)]
        if rule.regions and not fits:
            continue
        closeness = max(fits, default=0)
        if best is None or closeness > best[0]:
            best = (closeness, rule)
    return best[1] if best and best[1].delivered else None


def freight_of(template: Template, place: str, *, amount: int, goods_total: int) -> int | None:
    """In minor units, for `amount` units or grams of goods that cost `goods_total`; None where it is not delivered."""
    rule = rule_for(template.rules, place)
    if rule is None:
        return None
    if amount <= 0 or (rule.free_from is not None and goods_total >= rule.free_from):
        return 0
    beyond = max(0, amount - rule.first)
    return rule.first_price + -(-beyond // rule.further) * rule.further_price
