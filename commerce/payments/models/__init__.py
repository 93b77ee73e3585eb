from commerce.payments.models.ledger import LedgerEntry
from commerce.payments.models.payments import Payment, ProviderEvent, Refund
from commerce.payments.models.providers import SandboxCharge, SandboxRefund, StripeCheckout
from commerce.payments.models.reconciliation import (
    ReconciliationChange,
    ReconciliationDay,
    ReconciliationNote,
    ReconciliationRow,
    ReconciliationTry,
)
from commerce.payments.models.wallet import TopUp, TopUpDecision, Wallet, WalletEntry

__all__ = [
    "LedgerEntry",
    "Payment",
    "ProviderEvent",
    "ReconciliationChange",
    "ReconciliationDay",
    "ReconciliationNote",
    "ReconciliationRow",
    "ReconciliationTry",
    "Refund",
    "SandboxCharge",
    "SandboxRefund",
    "StripeCheckout",
    "TopUp",
    "TopUpDecision",
    "Wallet",
    "WalletEntry",
]
