"""A POST to an address that an administrator has entered: to that very address, once, within seconds.

What the name resolves to is checked, and the connection made to what was checked: a name that says something else
a moment later leads nowhere. No redirect is followed, and no proxy of the environment is used.
"""

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Final, Literal
from urllib.parse import SplitResult, urlsplit

Problem = Literal[
    "not_found", "private_address", "refused", "timeout", "tls", "broken_off", "redirect", "status"
]
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

CONNECT_S: Final = 5.0
ALL_S: Final = 15.0
LONGEST_URL: Final = 2000
# Carry the address of another network in theirs (RFC 6052, RFC 3056): what they lead to is what counts.
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
_6TO4: Final = ipaddress.IPv6Network("2002::/16")


class NotSent(Exception):  # noqa: N818 - as what it is told
    """No answer came. `problem` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Answer:
    """`retry_after_s`: what the receiver asks for; None where it asks for nothing."""

    status: int
    retry_after_s: float | None


def fit_url(url: str, private_hosts: Collection[str]) -> bool:
    """Whether it is https to a public host, or http(s) to one that may be private; names are not resolved."""
    if (
        len(url) > LONGEST_URL
        or not url.isascii()
        or not url.isprintable()
        or any(c in url for c in ' "<>\\')
    ):
        return False
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return False
    if not host or parts.username is not None or parts.password is not None or parts.fragment or port == 0:
        return False
    named = host in private_hosts
    if parts.scheme != "https" and not (named and parts.scheme == "http"):
        return False
    literal = _literal(host)
    return literal is None or allowed(literal, named=named)


def allowed(address: Address, *, named: bool) -> bool:
    """Whether requests may go there. named : the operator has named the host as one that may be private."""
    inner = _inner(address)
    if inner is not None:
        return allowed(inner, named=named)
    never = (
        address.is_link_local  # among them the metadata of cloud machines
        or address.is_multicast
        or address.is_unspecified
        or address == ipaddress.IPv4Address("255.255.255.255")
    )
    if never:
        return False
    return named or (address.is_global and not address.is_private and not address.is_reserved)


def _inner(address: Address) -> ipaddress.IPv4Address | None:
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if address in _6TO4:
        return ipaddress.IPv4Address(int(address) >> 80 & 0xFFFFFFFF)
    return None


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def resolve(host: str, port: int, *, named: bool) -> str:
    """The address to connect to. Raises NotSent: there is none, or one of them is not allowed."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NotSent("not_found") from None
    # The zone of "fe80::1%eth0" is no part of the address.
    addresses = [str(one[4][0]).partition("%")[0] for one in found]
    if not addresses:
        raise NotSent("not_found")
    if not all(allowed(ipaddress.ip_address(one), named=named) for one in addresses):
        raise NotSent("private_address")
    return addresses[0]


class Post:
    """One request. `abort` ends it from another thread."""

    def __init__(
        self, private_hosts: Collection[str], *, connect_s: float = CONNECT_S, all_s: float = ALL_S
    ) -> None:
        self._private_hosts = private_hosts
        self._connect_s = connect_s
        self._all_s = all_s
        self._socket: socket.socket | None = None
        self._aborted = threading.Event()

    def send(self, url: str, body: bytes, headers: Mapping[str, str], now: datetime) -> Answer:
        """Raises NotSent. now : from which a date in Retry-After is counted."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        if not fit_url(url, self._private_hosts):
            raise NotSent("private_address")
        port = parts.port or (443 if parts.scheme == "https" else 80)
        until = time.monotonic() + self._all_s
        address = resolve(host, port, named=host in self._private_hosts)
        # Each read has its time, but a receiver could let them drop in one by one.
        watch = threading.Timer(self._all_s, self.abort)
        watch.daemon = True
        watch.start()
        try:
            return self._exchange(parts, address, port, body, headers, now)
        except TimeoutError:
            raise NotSent("timeout") from None
        except ssl.SSLError:
            raise NotSent("timeout" if time.monotonic() >= until else "tls") from None
        except ConnectionRefusedError:
            raise NotSent("refused") from None
        except (OSError, http.client.HTTPException):
            raise NotSent("timeout" if time.monotonic() >= until else "broken_off") from None
        finally:
            watch.cancel()
            if self._socket is not None:
                self._socket.close()

    def abort(self) -> None:
        self._aborted.set()
        if self._socket is not None:
            try:
                self._socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # not connected any more

    def _exchange(
        self,
        parts: SplitResult,
        address: str,
        port: int,
        body: bytes,
        headers: Mapping[str, str],
        now: datetime,
    ) -> Answer:
        host = parts.hostname or ""
        self._socket = socket.create_connection((address, port), timeout=self._connect_s)
        if self._aborted.is_set():
            raise TimeoutError
        if parts.scheme == "https":
            self._socket = ssl.create_default_context().wrap_socket(self._socket, server_hostname=host)
        self._socket.settimeout(self._all_s)
        connection = http.client.HTTPConnection(host, port)
        connection.sock = self._socket
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.putrequest("POST", path, skip_host=True, skip_accept_encoding=True)
        sent = {"Host": parts.netloc, "Content-Length": str(len(body)), "Connection": "close", **headers}
        for name, value in sent.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        response = connection.getresponse()
        return Answer(response.status, _retry_after(response.getheader("Retry-After"), now))


def _retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds or a date (RFC 9110, 10.2.3); anything else is nothing."""
    if value is None:
        return None
    if value.isascii() and value.strip().isdigit():
        return float(value)
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, TypeError):
        return None
    return max(0.0, (at - now).total_seconds()) if at.tzinfo is not None else None
