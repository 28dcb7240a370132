"""Who may ask: the host that a request names, the page that it comes from, and a token."""

import hmac
import ipaddress
import socket
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = ("localhost", "127.0.0.1", "::1")
_SECRET = ("/api", "/metrics")
"""What needs the token, with all below it. The page does not: it asks for the token."""
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' blob: data:; connect-src 'self'; worker-src 'self'; font-src 'self'; "
    "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def is_loopback(host: str) -> bool:
    """Whether an address to listen on is reached from this machine alone."""
    return host in LOOPBACK


def known_hosts(host: str, further: Collection[str] = ()) -> frozenset[str]:
    """Names that requests may be meant for.

    Args:
        host: the address that is listened on.
        further: names under which a proxy passes requests on.
    """
    names = {*LOOPBACK, host, *further}
    if not is_loopback(host):
        own = socket.gethostname().lower()
        names |= {own, f"{own}.local", socket.getfqdn().lower()}
    return frozenset(name.lower() for name in names)


class Guard:
    """Middleware that refuses what does not come from where it should.

    A page on the internet can make a browser send requests to this machine: under a name that it lets point
    here (DNS rebinding), which the host tells, or from another site, which the origin tells, or the browser.

    Args:
        app: what is guarded.
        hosts: see `known_hosts`; numerical addresses are right too where others than loopback are.
        token: what ``Authorization: Bearer`` has to carry; None is no token.
        count: called with the status of each request that is refused here.
    """

    def __init__(
        self, app: "ASGIApp", hosts: Collection[str], token: str | None, count: Callable[[int], None]
    ) -> None:
        self._app, self._hosts, self._token, self._count = app, hosts, token, count
        self._numbers = any(name not in LOOPBACK for name in hosts)

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Pass on what is let in."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: "Message") -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        refused = self._refused(scope["path"], Headers(scope=scope))
        if refused is not None:
            self._count(refused.status_code)
        await (refused or self._app)(scope, receive, send_with_headers)

    def _refused(self, path: str, headers: Headers) -> JSONResponse | None:
        host = headers.get("host", "")
        if not self._is_known(host):
            return _refusal(421, "this name is not one of the service; see --allowed-host of srcnn web")
        origin = headers.get("origin")
        if origin is not None and _place(origin) != host.lower():
            return _refusal(403, "requests from pages of other sites are refused")
        if path != _SECRET[1] and not path.startswith(_SECRET[0]):
            return None
        if headers.get("sec-fetch-site") in ("cross-site", "same-site"):  # no origin: a picture, a link
            return _refusal(403, "requests from pages of other sites are refused")
        if self._token is None or _has_token(headers, self._token):
            return None
        response = _refusal(401, "expected the token of this service as Authorization: Bearer TOKEN")
        response.headers["WWW-Authenticate"] = "Bearer"
        return response

    def _is_known(self, host: str) -> bool:
        try:
            name = (urlsplit(f"//{host}").hostname or "").lower()
        except ValueError:
            return False
        return name in self._hosts or (self._numbers and _is_number(name))


def _has_token(headers: Headers, token: str) -> bool:
    kind, _, given = headers.get("authorization", "").partition(" ")
    return kind.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), token.encode())


def _place(origin: str) -> str | None:
    """Host and port of an origin; None of anything else."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return None


def _is_number(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _refusal(status: int, message: str) -> JSONResponse:
    return JSONResponse({"error": message}, status)
