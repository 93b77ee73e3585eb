"""People with accounts, sessions and tokens, made in bulk; and the sales that they rush to."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db.models import Sum

from commerce.flash_sales.models import Allotment, Claim, FlashSale
from community.accounts import tokens
from community.accounts.models import Session, User, public_id_of
from community.accounts.sessions import SessionStore
from project.kernel.clock import now
from tests.support.factories import make_sale, make_sku


def make_shoppers(count: int, *, name: str = "shopper") -> list[User]:
    return User.objects.bulk_create(
        (
            User(email=f"{name}{number}@example.com", display_name=f"{name.title()} {number}", password="!")
            for number in range(count)
        ),
        batch_size=5_000,
    )


def write_tokens(shoppers: Sequence[User], rooms: Sequence[str], file: Path) -> Path:
    """A line for each shopper: a token of a session of theirs, good for five minutes from now, a tab, a room."""
    store = SessionStore()
    sessions = []
    for shopper in shoppers:
        data = {
            SESSION_KEY: str(shopper.pk),
            BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
            HASH_SESSION_KEY: shopper.get_session_auth_hash(),
        }
        key = secrets.token_hex(16)
        sessions.append(
            Session(
                session_key=key,
                session_data=store.encode(data),
                expire_date=now() + timedelta(days=1),
                user=shopper,
                public_id=public_id_of(key),
            )
        )
    Session.objects.bulk_create(sessions, batch_size=1000)
    issued = [tokens.issue(user_id=row.user_id or 0, session_id=row.public_id) for row in sessions]
    lines = [f"{token}\t{room}" for token, room in zip(issued, itertools.cycle(rooms), strict=False)]
    file.write_text("\n".join(lines) + "\n")
    return file


def open_sale(*, units: int) -> Allotment:
    sku = make_sku(stock=units)
    return make_sale(sku=sku, total=units).allotments.get()


def check_sold(sale: FlashSale, *, winners: int) -> None:
    """As many were told that they won as there are claims, no unit was given twice, and the stock says the same.

    Raises AssertionError.
    """
    claims = Claim.objects.filter(sale=sale)
    allotment = sale.allotments.get()
    taken = claims.aggregate(units=Sum("quantity"))["units"]
    assert claims.count() == claims.values("shopper").distinct().count() == winners
    assert taken == allotment.held + allotment.sold <= allotment.total
    assert sorted(claims.values_list("position", flat=True)) == list(range(1, winners + 1))
