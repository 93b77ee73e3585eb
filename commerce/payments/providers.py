"""Which providers there are, and which of them this server offers."""

from __future__ import annotations

from django.conf import settings

from commerce.payments.alipay_pay import AlipayProvider
from commerce.payments.errors import NotOffered, PaymentsUnavailable
from commerce.payments.port import Provider
from commerce.payments.sandbox.provider import SandboxProvider
from commerce.payments.stripe_pay import StripeProvider
from commerce.payments.wallet.provider import WalletProvider
from commerce.payments.wechat_pay import WeChatPayProvider
from project.kernel.errors import NotFound

KNOWN: dict[str, Provider] = {
    provider.name: provider
    for provider in (SandboxProvider(), WeChatPayProvider(), AlipayProvider(), StripeProvider(), WalletProvider())
}


def is_offered(name: str) -> bool:
    """Play money is for demonstrations: a server that sells for real must name the sandbox to have it. So with the
    others, the wallet too; a provider that is named but not set up is not offered."""
    named: list[str] = getattr(settings, "PAYMENT_PROVIDERS", [])
    if not named and settings.DEMO:
        named = [SandboxProvider.name, WalletProvider.name]
    return name in named and name in KNOWN and KNOWN[name].is_ready()


def all_offered() -> list[str]:
    """What a buyer may choose from, the default first."""
    return [name for name in KNOWN if is_offered(name)]


def default() -> Provider:
    """The provider of new payments for which none was chosen. Raises PaymentsUnavailable when none is offered."""
    for name in all_offered():
        return KNOWN[name]
    raise PaymentsUnavailable


def chosen(name: str) -> Provider:
    """Raises NotOffered."""
    if not is_offered(name):
        raise NotOffered
    return KNOWN[name]


def offered(name: str) -> Provider:
    """Raises NotFound."""
    if not is_offered(name):
        raise NotFound
    return KNOWN[name]


def provider_of(name: str) -> Provider:
    """The provider of a payment that was started, whether or not it is still offered."""
    return KNOWN[name]
