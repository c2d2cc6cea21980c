"""Where webhooks may lead: to computers on the public internet, and to networks that the operator names."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from services.refusals import refuse_if
from services.webhook_refusals import WebhookAddressRefused
from settings import get_settings

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# Public by their numbers, but inside the house of a cloud, or a way around into it.
_CLOUD_INSIDES: Final = tuple(
    ipaddress.ip_network(network)
    for network in ("168.63.129.16/32", "192.88.99.0/24", "2002::/16", "2001::/23", "64:ff9b::/96", "64:ff9b:1::/48")
)


class AddressForbidden(Exception):
    """A name leads to a computer that messages are not sent to."""


class NameUnknown(Exception):
    """A name leads nowhere."""


@dataclass(frozen=True, slots=True)
class Place:
    """An https address taken apart; `host` is the name in ASCII that certificates carry."""

    host: str
    port: int
    path: str


def read_url(url: str) -> Place:
    """The parts of an https address; raises WebhookAddressRefused where it is none, or forbidden by its very look."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or 443
        literal = _as_ip(host)
        ascii_host = host if literal else host.encode("idna").decode("ascii")
    except (ValueError, UnicodeError) as error:
        raise WebhookAddressRefused from error
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    is_plain = url.isprintable() and " " not in url and path.isascii()
    if parts.scheme != "https" or not host or parts.username or parts.password or parts.fragment or not is_plain:
        raise WebhookAddressRefused
    refuse_if(literal is not None and not is_allowed(literal), WebhookAddressRefused())
    return Place(host=ascii_host, port=port, path=path)


def resolve(place: Place) -> str:
    """The one address to connect to, looked up once; the caller must connect to it and to no other.

    Raises NameUnknown, and AddressForbidden where any of the name's addresses is: a name that leads inside and
    outside at once is not an honest one.
    """
    try:
        found = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise NameUnknown from error
    addresses = [str(entry[4][0]).partition("%")[0] for entry in found]
    if not addresses or not all(is_allowed(ipaddress.ip_address(address)) for address in addresses):
        raise AddressForbidden
    return addresses[0]


def is_allowed(address: Address) -> bool:
    """Whether messages may be sent to an address: a public one, or one of a network that the operator names."""
    mapped = getattr(address, "ipv4_mapped", None)
    if mapped is not None:
        return is_allowed(mapped)
    if any(address in network for network in _named_networks()):
        return True
    is_inside = any(address in network for network in _CLOUD_INSIDES)
    return address.is_global and not address.is_multicast and not address.is_reserved and not is_inside


def _named_networks() -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    named = get_settings().webhook_allow_private.replace(" ", "").split(",")
    return [ipaddress.ip_network(network) for network in named if network]


def _as_ip(host: str | None) -> Address | None:
    try:
        return ipaddress.ip_address(host or "")
    except ValueError:
        return None
