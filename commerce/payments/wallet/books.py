"""Money that users have with us. Each movement is an entry with a reference of its own; the database keeps balances
from going below zero."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet

from commerce.payments.cards import WalletCard
from commerce.payments.errors import BalanceTooLow
from commerce.payments.events import WalletChanged
from commerce.payments.models import Wallet, WalletEntry
from community.accounts.models import User
from project.kernel.errors import Forbidden, Invalid, KeyReused
from project.kernel.money import Money
from project.kernel.queries import compiled, compiled_update
from project.realtime.outbox import publish_on_commit

Kind = WalletEntry.Kind
# In minor units. SQLite would go on with a broken number beyond 2**63, PostgreSQL would break.
MOST_BALANCE = 10**15


def credit(*, user_id: int, amount: Money, reference: str, by: User) -> WalletEntry:
    """Staff top a wallet up, once a reference. Raises Forbidden, Invalid, KeyReused."""
    if not by.is_staff:
        raise Forbidden
    return put(user_id=user_id, amount=amount, kind=Kind.CREDITED, reference=f"credit:{reference}", by=by)


def put(*, user_id: int, amount: Money, kind: str, reference: str, **facts: Any) -> WalletEntry:
    """Add to a wallet, once a reference. Raises KeyReused when it stands for something else, Invalid for what is
    nothing, or more than a wallet holds."""
    if amount.amount < 1:
        raise Invalid(fields={"amount": ["min_value"]})
    with transaction.atomic():
        wallet = _locked(user_id=user_id, currency=amount.currency)
        for entry in _entered(reference):
            if (entry.wallet_id, entry.amount) != (wallet.pk, amount.amount):
                raise KeyReused
            return entry
        if amount.amount > MOST_BALANCE - wallet.balance:
            raise Invalid(fields={"amount": ["max_value"]})
        _added(wallet.pk, amount.amount)
        return _enter(wallet, amount.amount, kind, reference, facts)


def take(*, user_id: int, amount: Money, reference: str, order_number: str) -> WalletEntry:
    """Take from a wallet, once a reference. Raises BalanceTooLow, and then takes nothing; KeyReused when the reference
    stands for something else."""
    with transaction.atomic():
        wallet = _locked(user_id=user_id, currency=amount.currency)
        for entry in _entered(reference):
            if (entry.wallet_id, entry.amount) != (wallet.pk, -amount.amount):
                raise KeyReused
            return entry
        if not _taken(wallet.pk, amount.amount):
            raise BalanceTooLow(detail={"balance": wallet.balance})
        return _enter(wallet, -amount.amount, Kind.PAID, reference, {"order_number": order_number})


def entries_of(user_id: int) -> QuerySet[WalletEntry]:
    return WalletEntry.objects.select_related("wallet").filter(wallet__user_id=user_id)


def balances_of(user_id: int) -> list[Money]:
    return [Money(one.balance, one.currency) for one in Wallet.objects.filter(user_id=user_id).order_by("currency")]


def _locked(*, user_id: int, currency: str) -> Wallet:
    if not (found := _wallet(user_id, currency)):
        Wallet.objects.get_or_create(user_id=user_id, currency=currency)
        found = _wallet(user_id, currency)
    return found[0]


@compiled
def _wallet(user_id: int, currency: str) -> QuerySet[Wallet]:
    return Wallet.objects.select_for_update().filter(user_id=user_id, currency=currency)


@compiled
def _entered(reference: str) -> QuerySet[WalletEntry]:
    return WalletEntry.objects.select_related("wallet").filter(reference=reference)


@compiled_update
def _added(wallet_id: int, amount: int) -> tuple[QuerySet[Wallet], dict[str, Any]]:
    return Wallet.objects.filter(pk=wallet_id), {"balance": F("balance") + amount, "version": F("version") + 1}


@compiled_update
def _taken(wallet_id: int, amount: int) -> tuple[QuerySet[Wallet], dict[str, Any]]:
    enough = Wallet.objects.filter(pk=wallet_id, balance__gte=amount)
    return enough, {"balance": F("balance") - amount, "version": F("version") + 1}


def _enter(wallet: Wallet, amount: int, kind: str, reference: str, facts: dict[str, Any]) -> WalletEntry:
    wallet.refresh_from_db(fields=["balance", "version"])
    now: WalletCard = {"balance": Money(wallet.balance, wallet.currency).as_dict(), "version": wallet.version}
    publish_on_commit(WalletChanged(user_to=wallet.user_id, wallet=now))
    return WalletEntry.objects.create(
        wallet=wallet, kind=kind, amount=amount, balance=wallet.balance, reference=reference, **facts
    )
