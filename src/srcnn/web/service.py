"""What the service does with each request."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from srcnn import __version__
from srcnn.errors import SrcnnError
from srcnn.jobs import Naming
from srcnn.web.capabilities import capabilities, media_type
from srcnn.web.limits import Limits
from srcnn.web.monitor import CONTENT_TYPE, Monitor
from srcnn.web.openapi import openapi
from srcnn.web.picture_work import PictureWork, Preview
from srcnn.web.pool import Pool
from srcnn.web.queries import parse_query
from srcnn.web.refusal import RETRY_SECONDS, Refusal, in_words_of_the_service
from srcnn.web.registry import Registry, Ticket
from srcnn.web.spool import Spool
from srcnn.web.uploads import disconnected, receive_picture
from srcnn.zoo import list_models

_QUIET = 15.0
"""Seconds without news after which a stream of events says that it is alive."""


class SingleAnswer(FileResponse):
    """A result whose ticket is forgotten once it has been sent, or not."""

    def __init__(self, path: Path, forget: Callable[[], None], seconds: float, **options: Any) -> None:
        super().__init__(path, **options)
        self._forget, self._seconds = forget, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it, to a client that takes it in time."""
        try:
            async with asyncio.timeout(self._seconds):
                await super().__call__(scope, receive, send)
        except TimeoutError:
            return  # without the end of the body, so that the server closes the connection
        finally:
            self._forget()


class Service:
    """What the routes do.

    Args:
        limits: what is taken on.
        spool: where pictures lie.
    """

    def __init__(self, limits: Limits, spool: Spool) -> None:
        self.limits, self.spool, self.monitor = limits, spool, Monitor()
        self.pool = Pool(PictureWork(), limits.processes, limits.max_seconds)
        self.registry = Registry(limits, spool, self.pool, self.monitor.count)
        self.monitor.watch(self.registry, self.pool)

    @asynccontextmanager
    async def lifespan(self, app: Starlette) -> AsyncIterator[None]:
        """Workers for as long as the service runs; afterwards nothing is left."""
        await self.pool.start()
        sweeper = asyncio.create_task(self.registry.sweep())
        try:
            yield
        finally:
            sweeper.cancel()
            await self.pool.close()
            self.spool.close()

    async def end(self, seconds: float) -> None:
        """Refuse further pictures, cancel those that wait, and finish the others, if they take no longer."""
        await self.pool.finish(seconds)

    async def answer(self, request: Request, task: str) -> Response:
        """A picture in, a picture out; work ends where the client does not wait for it."""
        ticket = await self._accepted(request, task, is_single=True)
        leaving = asyncio.ensure_future(disconnected(request))
        waiting = asyncio.ensure_future(ticket.wait())
        try:
            await asyncio.wait({leaving, waiting}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
            waiting.cancel()
            if ticket.finished is None:
                self.registry.forget(ticket)
        if ticket.finished is None:
            return Response(status_code=499)  # nobody reads it
        if ticket.error is not None:
            self.registry.forget(ticket)
            raise _failure(ticket)
        return self._single(ticket)

    async def create(self, request: Request, task: str) -> Response:
        """A picture in, a job out."""
        ticket = await self._accepted(request, task)
        return JSONResponse(ticket.to_json(), 202, {"Location": ticket.id})

    async def job(self, request: Request) -> Response:
        """Where a job stands; or stop it and forget all of it."""
        ticket = self._ticket(request)
        if request.method != "DELETE":
            return JSONResponse(ticket.to_json())
        self.registry.forget(ticket)
        return Response(status_code=204)

    async def events(self, request: Request) -> Response:
        """Where a job stands, again after each change, as server-sent events."""
        states = self._ticket(request).states()
        return StreamingResponse(_events(states), media_type="text/event-stream")

    async def result(self, request: Request) -> Response:
        """The picture that a job has made."""
        ticket = _done(self._ticket(request))
        return FileResponse(_target(ticket), **_described(ticket))

    async def preview(self, request: Request) -> Response:
        """The picture before or after, as a PNG that every browser shows."""
        ticket = self._ticket(request)
        side = request.path_params["side"]
        if side not in ("before", "after") or ticket.order is None:
            raise Refusal(404, "expected before or after a job that has been received")
        job = ticket.order.job
        source = job.source if side == "before" else _done(ticket) and job.target
        work = Preview(self.limits.memory, self.limits.max_pixels)
        shown = self.registry.open("preview", work, _client(request), is_single=True)
        try:
            held = await asyncio.to_thread(_held, source, shown.folder)
            await self.registry.begin(shown, held, Naming(format="png"), first=True)
            await shown.wait()
        except BaseException as error:
            self.registry.forget(shown)
            if isinstance(error, FileNotFoundError):
                raise Refusal(404, "the picture is no longer there") from error
            if isinstance(error, OSError):
                raise Refusal(507, "there is no room for the preview; try later") from error
            raise
        if shown.error is not None:
            self.registry.forget(shown)
            raise _failure(shown)
        return self._single(shown)

    async def cancel(self, request: Request) -> Response:
        """Stop a job."""
        ticket = self._ticket(request)
        self.registry.cancel(ticket)
        await ticket.wait()
        return JSONResponse(ticket.to_json())

    async def models(self, request: Request) -> Response:
        """The models that there are."""
        return JSONResponse([entry.to_json() for entry in list_models()])

    async def capabilities(self, request: Request) -> Response:
        """What can be asked."""
        return JSONResponse(capabilities(self.limits))

    async def health(self, request: Request) -> Response:
        """That the service answers, and has a worker or is about to have one."""
        if self.pool.missing == self.pool.count:
            raise Refusal(
                503, "no worker process can be started; the log of the service says why", RETRY_SECONDS
            )
        return JSONResponse({"status": "ok", "version": __version__})

    async def metrics(self, request: Request) -> Response:
        """Figures for Prometheus."""
        return Response(self.monitor.text(), media_type=CONTENT_TYPE)

    async def document(self, request: Request) -> Response:
        """The description of this service."""
        return JSONResponse(openapi(self.limits))

    async def refuse(self, request: Request, refusal: Exception) -> Response:
        """What ends a request without a picture, in words."""
        assert isinstance(refusal, Refusal)
        self.monitor.refused.labels(str(refusal.status)).inc()
        return JSONResponse({"error": refusal.message}, refusal.status, refusal.headers())

    async def _accepted(self, request: Request, task: str, *, is_single: bool = False) -> Ticket:
        """A ticket that waits for its work, once its picture is here."""
        try:
            query = parse_query(task, request.query_params.multi_items())
            work, naming = query.work(self.limits), query.naming()
        except SrcnnError as error:
            raise Refusal(422, in_words_of_the_service(str(error))) from error
        ticket = self.registry.open(task, work, _client(request), is_single=is_single)
        try:
            source = await receive_picture(request, ticket.folder, self.limits)
            self.monitor.received.inc(source.stat().st_size)
            await self.registry.begin(ticket, source, naming)
        except BaseException:
            self.registry.forget(ticket)
            raise
        return ticket

    def _single(self, ticket: Ticket) -> Response:
        return SingleAnswer(
            _target(ticket),
            partial(self.registry.forget, ticket),
            self.limits.max_seconds,
            **_described(ticket),
        )

    def _ticket(self, request: Request) -> Ticket:
        return self.registry.find(request.path_params["job"])


def _held(source: Path, folder: Path) -> Path:
    """The same file in another folder: it stays when the source goes."""
    held = folder / source.name
    try:
        held.hardlink_to(source)
    except FileNotFoundError:
        raise
    except OSError:  # a file system without links
        shutil.copyfile(source, held)
    return held


def _client(request: Request) -> str:
    return request.client.host if request.client else ""


def _done(ticket: Ticket) -> Ticket:
    """A ticket that has a result.

    Raises:
        Refusal: 409 before the end; the job's own status where it failed.
    """
    if ticket.finished is None:
        raise Refusal(409, "the job is not finished; follow its events", RETRY_SECONDS)
    if ticket.error is not None:
        raise _failure(ticket)
    return ticket


def _failure(ticket: Ticket) -> Refusal:
    retry = RETRY_SECONDS if ticket.status == 503 else None
    return Refusal(ticket.status, ticket.error or "", retry)


def _target(ticket: Ticket) -> Path:
    assert ticket.order is not None
    return ticket.order.job.target


def _described(ticket: Ticket) -> dict[str, Any]:
    """What goes with the file of a result: its type, and headers."""
    assert ticket.result is not None
    target = _target(ticket)
    headers = {
        "Server-Timing": f"srcnn;dur={1000 * ticket.result.seconds:.0f}",
        "Srcnn-Notes": json.dumps(list(ticket.result.notes)),
        "Content-Disposition": f'attachment; filename="{target.name}"',
    }
    return {"headers": headers, "media_type": media_type(target.suffix)}


async def _events(states: AsyncIterator[dict[str, Any]]) -> AsyncIterator[str]:
    """Server-sent events: one for each state, and a comment where there is none for long."""
    coming: asyncio.Future[dict[str, Any]] | None = None
    try:
        while True:
            coming = coming or asyncio.ensure_future(anext(states))
            done, _ = await asyncio.wait({coming}, timeout=_QUIET)
            if not done:
                yield ": still here\n\n"
                continue
            try:
                state = coming.result()
            except StopAsyncIteration:
                return
            coming = None
            yield f"data: {json.dumps(state)}\n\n"
    finally:
        if coming is not None:
            coming.cancel()
