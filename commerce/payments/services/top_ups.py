"""Money that users put into their wallets, through any provider but the wallet itself.

A top-up is one attempt, and goes the way of an attempt to pay: its key is saved before the provider is called, news of
it may come by webhook or query, in any order and any number, and money that came is credited once, also when the
attempt had been given up.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q

from commerce.payments import providers
from commerce.payments.config import TOP_UP
from commerce.payments.errors import (
    NotCharged,
    NotOffered,
    PaymentMismatch,
    PaymentsUnavailable,
    TooManyTopUps,
    TopUpOver,
)
from commerce.payments.events import TopUpChanged
from commerce.payments.models import LedgerEntry, TopUp, TopUpDecision, WalletEntry
from commerce.payments.port import Charge, ChargeState, Provider, ProviderUnavailable, is_page, new_key
from commerce.payments.selectors import card_of_top_up, own_top_up
from commerce.payments.services.attempts import ASK_AFTER, ASK_EVERY
from commerce.payments.services.refunds import MOST_AT_ONCE
from commerce.payments.services.settlement import fits
from commerce.payments.wallet import books
from commerce.payments.wallet.provider import WalletProvider
from project.kernel.clock import database_now
from project.kernel.errors import DomainError, Invalid, KeyReused
from project.kernel.ids import new_number
from project.kernel.money import Money
from project.realtime.outbox import publish_on_commit

log = logging.getLogger(__name__)
State = TopUp.State
MOST_OPEN = 5


def ways() -> list[str]:
    """Through which providers a wallet can be topped up, the default first; none where nobody pays from wallets."""
    if not providers.is_offered(WalletProvider.name):
        return []
    return [name for name in providers.all_offered() if name != WalletProvider.name]


def start_top_up(*, user_id: int, amount: int, key: str, provider: str | None = None) -> TopUp:
    """Begin to put `amount` minor units of the shop's currency into the wallet. The same key is the same top-up.

    Raises Invalid (too little, too much), KeyReused, NotOffered, NotCharged, TooManyTopUps, PaymentsUnavailable.
    """
    top_up = _opened(user_id=user_id, amount=amount, key=key, provider=provider)
    if top_up.pay_url or top_up.state != State.STARTED:
        return top_up
    through = providers.provider_of(top_up.provider)
    try:
        pay_url = through.start(
            key=top_up.provider_key,
            order_number=top_up.number,
            amount=Money(top_up.amount, top_up.currency),
            expires_at=top_up.expires_at,
        )
        if not is_page(pay_url):
            raise ProviderUnavailable
    except ProviderUnavailable:
        raise PaymentsUnavailable from None
    except DomainError:
        _end(top_up, closed_as=State.FAILED)
        raise
    if not TopUp.objects.filter(pk=top_up.pk, state=State.STARTED).update(pay_url=pay_url):
        # Cancelled while the provider was being called, and did not know of it yet.
        top_up.refresh_from_db()
        return _end(top_up, closed_as=State.CLOSED)
    top_up.pay_url = pay_url
    return top_up


def check_top_up(*, user_id: int, top_up_id: int) -> TopUp:
    """The user's own top-up. One that has been open for a while is looked up at the provider. Raises NotFound."""
    top_up = own_top_up(user_id=user_id, top_up_id=top_up_id)
    moment = database_now()
    if top_up.state != State.STARTED or top_up.created_at > moment - ASK_AFTER:
        return top_up
    not_asked = Q(asked_at=None) | Q(asked_at__lte=moment - ASK_EVERY)
    if not TopUp.objects.filter(not_asked, pk=top_up.pk, state=State.STARTED).update(asked_at=moment):
        return top_up
    try:
        charge = providers.provider_of(top_up.provider).query(key=top_up.provider_key)
        # Not known there: the call that begins it may be on its way. The end of the attempt settles that.
        return top_up if charge.state == ChargeState.UNKNOWN else settle_top_up(top_up=top_up, charge=charge)
    except (ProviderUnavailable, PaymentMismatch) as error:
        log.warning("top-up %s stays open: %r", top_up.number, error)
        return top_up


def cancel_top_up(*, user_id: int, top_up_id: int) -> TopUp:
    """The user does not want it any more. Raises NotFound, TopUpOver (money was faster, or it had ended),
    PaymentsUnavailable."""
    top_up = own_top_up(user_id=user_id, top_up_id=top_up_id)
    if top_up.state == State.STARTED:
        top_up = _end(top_up, closed_as=State.CLOSED)
    if top_up.state != State.CLOSED:
        raise TopUpOver(detail={"state": top_up.state})
    return top_up


def end_lapsed() -> int:
    """End top-ups whose time is over; returns how many were."""
    ended = 0
    lapsed = TopUp.objects.filter(state=State.STARTED, expires_at__lte=database_now())
    for top_up in lapsed.order_by(F("asked_at").asc(nulls_first=True), "pk")[:MOST_AT_ONCE]:
        TopUp.objects.filter(pk=top_up.pk).update(asked_at=database_now())
        try:
            _end(top_up, closed_as=State.FAILED)
        except PaymentsUnavailable:
            continue
        except Exception:  # one must not hold up the others
            log.exception("top-up %s cannot be ended", top_up.number)
            continue
        ended += 1
    return ended


def settle_top_up(*, top_up: TopUp, charge: Charge, closed_as: str = State.CLOSED) -> TopUp:
    """Settle a top-up by what its provider says. Raises PaymentMismatch, and then settles nothing; what came in is
    noted for staff.
    """
    amount = Money(top_up.amount, top_up.currency)
    if not fits(charge, key=top_up.provider_key, amount=amount, number=top_up.number):
        if came_in := came_in_otherwise(top_up, charge):
            note_what_came(top_up, came_in)
        raise PaymentMismatch
    with transaction.atomic():
        locked = TopUp.objects.select_for_update().get(pk=top_up.pk)
        match charge.state:
            case ChargeState.SUCCEEDED:
                # What staff has decided about is not credited beside that.
                if locked.state != State.SUCCEEDED and not TopUpDecision.objects.filter(top_up=locked).exists():
                    _credit(locked)
                    move_top_up(locked, State.SUCCEEDED)
            case ChargeState.DECLINED:
                if locked.state == State.STARTED:
                    move_top_up(locked, State.FAILED)
            case ChargeState.CLOSED | ChargeState.UNKNOWN:
                if locked.state == State.STARTED:
                    move_top_up(locked, closed_as)
            case ChargeState.OPEN:
                pass
    return locked


def came_in_otherwise(top_up: TopUp, charge: Charge) -> Money | None:
    """What came in under a top-up's own key, where that is not what was ordered."""
    is_ours = charge.key == top_up.provider_key and charge.order_number in (None, top_up.number)
    ordered = Money(top_up.amount, top_up.currency)
    return charge.amount if charge.state == ChargeState.SUCCEEDED and is_ours and charge.amount != ordered else None


def note_what_came(top_up: TopUp, came_in: Money) -> None:
    """Staff sees it, and decides. It is an error the first time that it is known."""
    unsettled = TopUp.objects.filter(pk=top_up.pk).exclude(state=State.SUCCEEDED)
    noted = unsettled.exclude(came_in=came_in.amount, came_in_currency=came_in.currency)
    # Nothing, or less, is nothing to decide about.
    if came_in.amount >= 1 and noted.update(came_in=came_in.amount, came_in_currency=came_in.currency):
        log.error("top-up %s: %s came in, by what %s says", top_up.number, came_in, top_up.provider)


def _opened(*, user_id: int, amount: int, key: str, provider: str | None) -> TopUp:
    if same := TopUp.objects.filter(user_id=user_id, key=key).first():
        return _same(same, amount, provider)
    if amount < settings.TOP_UP_LEAST_MINOR:
        raise Invalid(fields={"amount": ["min_value"]})
    if amount > settings.TOP_UP_MOST_MINOR:
        raise Invalid(fields={"amount": ["max_value"]})
    money = Money(amount, settings.DEFAULT_CURRENCY)
    chosen = _chosen(provider)
    if not chosen.takes(money):
        raise NotCharged
    moment = database_now()
    if TopUp.objects.filter(user_id=user_id, state=State.STARTED, expires_at__gt=moment).count() >= MOST_OPEN:
        raise TooManyTopUps(detail={"most": MOST_OPEN})
    try:
        with transaction.atomic():
            top_up = TopUp.objects.create(
                user_id=user_id,
                number=f"{TOP_UP}{new_number()}",
                provider=chosen.name,
                provider_key=new_key(),
                key=key,
                amount=money.amount,
                currency=money.currency,
                expires_at=moment + timedelta(seconds=settings.PAYMENT_ATTEMPT_SECS),
            )
            _announce(top_up)
    except IntegrityError:
        # The same key at the same moment.
        return _same(TopUp.objects.get(user_id=user_id, key=key), amount, provider)
    return top_up


def _same(top_up: TopUp, amount: int, provider: str | None) -> TopUp:
    if top_up.amount != amount or provider not in (None, top_up.provider):
        raise KeyReused
    return top_up


def _chosen(name: str | None) -> Provider:
    known = ways()
    if not known or (name is not None and name not in known):
        raise NotOffered
    return providers.provider_of(name or known[0])


def _end(top_up: TopUp, *, closed_as: str) -> TopUp:
    try:
        charge = providers.provider_of(top_up.provider).close(key=top_up.provider_key)
        if charge.state == ChargeState.OPEN:
            raise ProviderUnavailable
        return settle_top_up(top_up=top_up, charge=charge, closed_as=closed_as)
    except (ProviderUnavailable, PaymentMismatch) as error:
        log.warning("top-up %s cannot be ended yet: %r", top_up.number, error)
        raise PaymentsUnavailable from None


def _credit(top_up: TopUp) -> None:
    LedgerEntry.objects.create(
        top_up=top_up,
        kind=LedgerEntry.Kind.PAID,
        amount=top_up.amount,
        currency=top_up.currency,
        reference=top_up.provider_key,
    )
    books.put(
        user_id=top_up.user_id,
        amount=Money(top_up.amount, top_up.currency),
        kind=WalletEntry.Kind.TOPPED_UP,
        reference=f"top_up:{top_up.provider_key}",
    )


def move_top_up(top_up: TopUp, to: str) -> None:
    """A locked top-up has ended; its user is told."""
    TopUp.objects.filter(pk=top_up.pk).update(state=to, version=F("version") + 1, settled_at=database_now())
    top_up.refresh_from_db()
    _announce(top_up)


def _announce(top_up: TopUp) -> None:
    publish_on_commit(TopUpChanged(user_to=top_up.user_id, top_up=card_of_top_up(top_up)))
