"""The pictures that the service knows: received, waiting, in work, finished, and forgotten."""

import asyncio
import re
import secrets
import shutil
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from srcnn.jobs import JobResult, Naming, Work
from srcnn.web.limits import Limits
from srcnn.web.picture_work import PictureJob, TooLarge
from srcnn.web.pool import End, Order, Pool
from srcnn.web.refusal import RETRY_SECONDS, Refusal, in_words_of_the_service
from srcnn.web.spool import Spool

State = Literal["receiving", "waiting", "running", "done", "failed", "cancelled"]
AS_GIVEN = Naming()
"""A result of the picture's own format."""
ENDING = "the service is ending; send it again in a while"
_TICK = 5.0
"""Seconds between two looks for what may be forgotten."""


@dataclass(eq=False)
class Ticket:
    """One picture.

    Attributes:
        task: ``upscale``, ``restore`` or ``preview``.
        work: what is done to it.
        client: whose it is.
        folder: holds its files and nothing else.
        is_single: the request that brought it is answered with the result, which nobody else can ask for.
        id: nobody else can guess it.
        state: where it stands.
        part: of the work that is done.
        status: of HTTP, of what became of it.
        error: in words, where that is no picture.
        result: of a finished one.
        bytes: of the result's file.
        finished: when, by the monotonic clock.
        order: the work that is queued for it.
        changed: set, and replaced, whenever anything of it changes.
    """

    task: str
    work: Work
    client: str
    folder: Path
    is_single: bool = False
    id: str = field(default_factory=lambda: secrets.token_hex(16))
    state: State = "receiving"
    part: float = 0.0
    status: int = 200
    error: str | None = None
    result: JobResult | None = None
    bytes: int = 0
    finished: float | None = None
    order: Order | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def change(self, **fields: Any) -> None:
        """Set fields and tell who follows."""
        for name, value in fields.items():
            setattr(self, name, value)
        self.changed.set()
        self.changed = asyncio.Event()

    def to_json(self) -> dict[str, Any]:
        """JSON values."""
        result = self.result if self.error is None else None
        return {
            "id": self.id,
            "task": self.task,
            "state": self.state,
            "progress": round(self.part, 3),
            "error": self.error,
            "width": result.width if result else 0,
            "height": result.height if result else 0,
            "format": result.target.suffix[1:] if result else None,
            "bytes": self.bytes,
            "seconds": round(result.seconds, 3) if result else 0,
            "notes": list(result.notes) if result else [],
        }

    async def states(self) -> AsyncIterator[dict[str, Any]]:
        """What `to_json` says now and after each change, up to the end."""
        while True:
            # Both before: while this state is sent, the next may come.
            changed, is_last = self.changed, self.finished is not None
            yield self.to_json()
            if is_last:
                return
            await changed.wait()

    async def wait(self) -> None:
        """Until it is finished."""
        while self.finished is None:
            await self.changed.wait()


class Registry:
    """All tickets.

    Args:
        limits: how many there may be, and how long they are kept.
        spool: where their files lie.
        pool: does the work.
        count: called with each ticket that is finished.
    """

    def __init__(self, limits: Limits, spool: Spool, pool: Pool, count: Callable[[Ticket], None]) -> None:
        self._limits, self._spool, self._pool, self._count = limits, spool, pool, count
        self._tickets: dict[str, Ticket] = {}

    def unfinished(self) -> list[Ticket]:
        """Tickets that are received, wait or are worked on."""
        return [ticket for ticket in self._tickets.values() if ticket.finished is None]

    def open(self, task: str, work: Work, client: str, *, is_single: bool = False) -> Ticket:
        """A new ticket, before anything is received for it.

        Raises:
            Refusal: 429 for too many of one client, 503 for too many of all, or where the service ends.
        """
        if self._pool.is_closing:
            raise Refusal(503, ENDING, RETRY_SECONDS)
        # An answer that is still being sent takes room too.
        unfinished = [each for each in self._tickets.values() if each.finished is None or each.is_single]
        if sum(ticket.client == client for ticket in unfinished) >= self._limits.max_per_client:
            raise Refusal(
                429,
                f"expected at most {self._limits.max_per_client} unfinished pictures of one client; "
                "wait for some of them",
                RETRY_SECONDS,
            )
        if len(unfinished) >= self._limits.max_queue:
            raise Refusal(
                503,
                f"{len(unfinished)} pictures are waiting, as many as there is room for; try later",
                RETRY_SECONDS,
            )
        ticket = Ticket(task, work, client, self._spool.new_folder(), is_single)
        self._tickets[ticket.id] = ticket
        return ticket

    def find(self, name: str) -> Ticket:
        """A ticket by its id.

        Raises:
            Refusal: 404.
        """
        ticket = self._tickets.get(name)
        if ticket is None:
            raise Refusal(404, "no such job: it was deleted, or kept as long as jobs are kept")
        return ticket

    async def begin(
        self, ticket: Ticket, source: Path, naming: Naming = AS_GIVEN, *, first: bool = False
    ) -> None:
        """Queue a ticket whose picture has been received.

        Args:
            ticket: the ticket.
            source: the picture, in the ticket's folder.
            naming: knows the format of the result.
            first: before all that wait.
        """
        target = ticket.folder / f"result{naming.suffix(source)}"
        job = PictureJob(source, target, ticket.folder, work=ticket.work)
        ticket.change(state="waiting")
        ticket.order = await self._pool.put(
            job,
            started=lambda: ticket.change(state="running"),
            advance=lambda part: ticket.change(part=part),
            first=first,
        )
        ticket.order.done.add_done_callback(lambda done: self._finish(ticket, *done.result()))

    def cancel(self, ticket: Ticket) -> None:
        """Stop work on a ticket; it is finished soon, not at once."""
        if ticket.order is not None and ticket.finished is None:
            self._pool.cancel(ticket.order)

    def forget(self, ticket: Ticket) -> None:
        """Delete a ticket and its files, once nothing works on them any more."""
        self._tickets.pop(ticket.id, None)
        if ticket.order is not None and not ticket.order.done.done():
            ticket.order.done.add_done_callback(lambda done: _remove(ticket))
            self._pool.cancel(ticket.order)
        else:
            _remove(ticket)

    async def sweep(self) -> None:
        """Forget what has been kept long enough; for as long as the service lasts."""
        while True:
            await asyncio.sleep(_TICK)
            old = time.monotonic() - self._limits.keep_seconds
            for ticket in list(self._tickets.values()):
                if ticket.finished is not None and ticket.finished < old:
                    self.forget(ticket)

    def _finish(self, ticket: Ticket, result: JobResult, end: End) -> None:
        status, error = _outcome(result, end, self._limits)
        ticket.change(
            state="done" if error is None else "cancelled" if end in ("cancelled", "closing") else "failed",
            status=status,
            error=error,
            result=replace(result, notes=tuple(_without_paths(note, result) for note in result.notes)),
            bytes=_size(result.target),
            part=1.0 if error is None else ticket.part,
            finished=time.monotonic(),
        )
        self._count(ticket)
        self._forget_surplus(ticket)

    def _forget_surplus(self, newest: Ticket) -> None:
        """Forget what was finished first of what is kept; never the newest, which nobody can have fetched."""
        kept = [each for each in self._tickets.values() if each.finished is not None and not each.is_single]
        kept.sort(key=lambda each: each.finished or 0.0)
        for surplus in kept[: max(0, len(kept) - self._limits.max_queue)]:
            if surplus is not newest:
                self.forget(surplus)


def _outcome(result: JobResult, end: End, limits: Limits) -> tuple[int, str | None]:
    """Status and error of a finished picture."""
    if end == "cancelled":
        return 409, "cancelled"
    if end == "closing":
        return 503, ENDING
    if end == "time":
        return 422, f"it took longer than {limits.max_seconds:g} s; choose a smaller picture or scale"
    if end == "lost":
        how = (result.error or "").partition("its process ")[2].partition(",")[0] or "ended"
        return 422, f"the process that worked on it {how}; choose a smaller picture or scale"
    if result.error is None:
        return 200, None
    status = 413 if isinstance(result, TooLarge) else 422
    return status, in_words_of_the_service(_without_paths(result.error, result))


def _without_paths(message: str, result: JobResult) -> str:
    """A message without the names that files have here."""
    for path, name in ((result.source, "this file"), (result.target, "the result")):
        message = message.replace(str(path), name)
    return re.sub(re.escape(str(result.target.parent)) + r"[^\s,;:]*", "the service's folder", message)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _remove(ticket: Ticket) -> None:
    shutil.rmtree(ticket.folder, ignore_errors=True)
