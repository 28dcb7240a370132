"""Listening: an address, the page in the browser, and an end by Ctrl-C."""

import errno
import secrets
import socket
import threading
import webbrowser
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from srcnn.errors import FailureError, UsageError, reason
from srcnn.web.guard import is_loopback, known_hosts
from srcnn.web.limits import Limits
from srcnn.web.routes import create_app
from srcnn.web.service import Service
from srcnn.web.spool import Spool

_SHORTEST_TOKEN = 16
_GRACE = 5
"""Seconds for pictures that are worked on when the service ends."""
_SENDING = 5
"""Seconds for answers that are being sent after that."""
_WAITING = 128  # connections that the system accepts ahead
_CONNECTIONS = 1000


@dataclass(frozen=True)
class Address:
    """Where to listen, and who is let in.

    Attributes:
        host: an address of this machine.
        port: 0 is any that is free.
        token: what clients have to know. None: nothing on loopback, elsewhere a new one, which is printed.
        allowed_hosts: names under which a proxy passes requests on.

    Raises:
        UsageError: a token that is too short, or not of ASCII.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    token: str | None = None
    allowed_hosts: Collection[str] = ()

    def __post_init__(self) -> None:
        if self.token is None:
            return
        if len(self.token) < _SHORTEST_TOKEN:
            raise UsageError(f"expected a token of at least {_SHORTEST_TOKEN} characters")
        if not (self.token.isascii() and self.token.isprintable()):  # which no two clients send alike
            raise UsageError("expected a token of letters, digits and signs of ASCII")


class Server(uvicorn.Server):
    """Serves until Ctrl-C or SIGTERM.

    Args:
        service: what is served.
        hosts: see `known_hosts`.
        token: see `srcnn.web.guard.Guard`.
        started: called once it listens.
    """

    def __init__(
        self,
        service: Service,
        hosts: Collection[str],
        token: str | None = None,
        started: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(
            uvicorn.Config(
                create_app(service, hosts, token),
                log_level="warning",
                access_log=False,
                server_header=False,
                lifespan="on",
                limit_concurrency=_CONNECTIONS,
                timeout_graceful_shutdown=_SENDING,
            )
        )
        self._service, self._report = service, started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say so."""
        await super().startup(sockets)
        if not self.should_exit:
            self._report()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Finish or cancel pictures first, so that whoever waits for one gets an answer."""
        await self._service.end(_GRACE)
        await super().shutdown(sockets)


def serve(address: Address, limits: Limits, *, spool: Path | None = None, browser: bool = False) -> None:
    """Serve the page and the service until Ctrl-C or SIGTERM.

    Args:
        address: where.
        limits: what is taken on.
        spool: where pictures lie while they are worked on; see `Spool`.
        browser: open the page.

    Raises:
        FailureError: an address that cannot be listened on, or a folder that cannot be written to.
    """
    token = address.token or (None if is_loopback(address.host) else secrets.token_urlsafe(24))
    with _listening(address) as listening:
        url = f"http://{_shown(address.host)}:{listening.getsockname()[1]}/"
        opened = url if token is None else f"{url}#token={token}"

        def report() -> None:
            # A token that the user has given is a secret that a log should not hold.
            print(f"srcnn: {opened if address.token is None else url} (Ctrl-C ends it)", flush=True)
            if browser:
                # A browser in a terminal would keep everything waiting.
                threading.Thread(target=webbrowser.open, args=(opened,), daemon=True).start()

        service = Service(limits, Spool(spool))
        try:
            Server(service, known_hosts(address.host, address.allowed_hosts), token, report).run([listening])
        except (KeyboardInterrupt, SystemExit):
            pass  # this is how it ends
        finally:
            service.spool.close()
    print("srcnn: ended", flush=True)


def _listening(address: Address) -> socket.socket:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    try:
        return socket.create_server((address.host, address.port), family=family, backlog=_WAITING)
    except OSError as error:
        why = reason(error).partition(" (while")[0]  # the address once more
        is_taken = error.errno in (errno.EADDRINUSE, errno.EACCES)
        hint = "another one with --port" if is_taken else "an address of this machine with --host"
        raise FailureError(
            f"cannot listen on {address.host}, port {address.port}: {why}; choose {hint}"
        ) from error


def _shown(host: str) -> str:
    """An address as a browser on this machine takes it."""
    if host in ("0.0.0.0", "::"):
        return socket.gethostname()
    return f"[{host}]" if ":" in host else host
