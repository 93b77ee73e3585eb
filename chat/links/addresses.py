"""Which addresses of the network are the world's, and not this machine's or its neighbours'."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

# IPv6 that carries an IPv4 address, which then is the one that counts: where its 32 bits begin, from the right.
_CARRIERS = (
    (IPv6Network("::ffff:0:0/96"), 0),
    (IPv6Network("::/96"), 0),
    (IPv6Network("64:ff9b::/96"), 0),
    (IPv6Network("64:ff9b:1::/48"), 0),
    (IPv6Network("2002::/16"), 80),
)
# Carries addresses in a form of its own.
_TEREDO = IPv6Network("2001::/32")


def is_public(text: str) -> bool:
    """Whether an address, as the resolver writes it, may be called; a name of its zone makes it a local one."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if isinstance(address, IPv6Address):
        if address.scope_id or address.is_site_local or address in _TEREDO:
            return False
        for network, shift in _CARRIERS:
            if address in network:
                # No name of a page has any other of these.
                return shift == 80 and _is_public(IPv4Address((int(address) >> shift) & 0xFFFFFFFF))
    return _is_public(address)


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)
