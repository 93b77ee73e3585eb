"""Which providers there are, and which of them this server offers."""

from __future__ import annotations

from django.conf import settings

from commerce.payments.errors import PaymentsUnavailable
from commerce.payments.port import Provider
from commerce.payments.sandbox.provider import SandboxProvider
from project.kernel.errors import NotFound

KNOWN: dict[str, Provider] = {provider.name: provider for provider in (SandboxProvider(),)}


def is_offered(name: str) -> bool:
    """Play money is for demonstrations: a server that sells for real must name the sandbox to have it."""
    named: list[str] = getattr(settings, "PAYMENT_PROVIDERS", [])
    return name in named or (name == SandboxProvider.name and not named and settings.DEMO)


def default() -> Provider:
    """The provider of new payments. Raises PaymentsUnavailable when none is offered."""
    for name, provider in KNOWN.items():
        if is_offered(name):
            return provider
    raise PaymentsUnavailable


def offered(name: str) -> Provider:
    """Raises NotFound."""
    if name not in KNOWN or not is_offered(name):
        raise NotFound
    return KNOWN[name]


def provider_of(name: str) -> Provider:
    """The provider of a payment that was started, whether or not it is still offered."""
    return KNOWN[name]
