"""Worker processes as an event loop sees them: a queue, progress, cancelling, and new ones for dead ones."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from srcnn.jobs import Job, JobResult, Work, Worker

T = TypeVar("T")
_GRACE = 3.0
"""Seconds that a worker gets to notice that the picture it works on is gone."""
_AGAIN = 5.0
"""Seconds after which a worker that could not be started is tried again."""
_LOG = logging.getLogger(__name__)

End = Literal["result", "lost", "cancelled", "time", "closing"]
"""Why work on a job ended: by itself, with its process, or stopped for one of three reasons."""


@dataclass(eq=False)
class Order:
    """A job that waits or is worked on.

    Attributes:
        job: what to do.
        started: called when a worker takes it.
        advance: called with the part that is done.
        done: gets the result and why it ended.
    """

    job: Job
    started: Callable[[], None]
    advance: Callable[[float], None]
    done: asyncio.Future[tuple[JobResult, End]]
    cancelled: asyncio.Event = field(default_factory=asyncio.Event)

    def finish(self, end: End, result: JobResult | None = None) -> None:
        """Tell who waits; only the first time counts."""
        if not self.done.done():
            self.done.set_result((result or JobResult(self.job.source, self.job.target, error=end), end))


class Pool:
    """So many workers, from `start` to `close`.

    Args:
        work: what they do.
        count: how many.
        max_seconds: after which a job is stopped.

    Attributes:
        replaced: workers that died or had to be stopped.
        missing: workers that could not be started at the last try.
        is_closing: nothing is begun any more.
    """

    def __init__(self, work: Work, count: int, max_seconds: float) -> None:
        self._work, self.count, self._max_seconds = work, count, max_seconds
        self._waiting: deque[Order] = deque()
        self._running: set[Order] = set()
        self._arrived = asyncio.Condition()
        self._threads = ThreadPoolExecutor(2 * count, thread_name_prefix="srcnn-web-worker")
        self._tasks: list[asyncio.Task[None]] = []
        self.replaced = self.missing = 0
        self.is_closing = False

    async def start(self) -> None:
        """Start the workers."""
        self._loop = asyncio.get_running_loop()
        self._tasks = [asyncio.create_task(self._serve()) for _ in range(self.count)]

    async def finish(self, seconds: float) -> None:
        """Begin nothing more, cancel what waits at once, and what is worked on after so many seconds."""
        self.is_closing = True
        while self._waiting:
            self._waiting.popleft().finish("closing")
        if self._running:
            await asyncio.wait([order.done for order in self._running], timeout=seconds)
        for order in self._running:
            order.finish("closing")

    async def close(self) -> None:
        """End the workers; what they are at is stopped, and what is half written removed."""
        await self.finish(0)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._threads.shutdown(wait=True)

    async def put(
        self, job: Job, started: Callable[[], None], advance: Callable[[float], None], *, first: bool = False
    ) -> Order:
        """Add a job to the queue, ``first`` of all or last."""
        order = Order(job, started, advance, self._loop.create_future())
        if self.is_closing:
            order.finish("closing")
            return order
        async with self._arrived:
            (self._waiting.appendleft if first else self._waiting.append)(order)
            self._arrived.notify()
        return order

    def cancel(self, order: Order) -> None:
        """Take a job out of the queue, or stop it."""
        order.cancelled.set()
        if order in self._waiting:
            self._waiting.remove(order)
            order.finish("cancelled")

    async def _serve(self) -> None:
        """One worker's life, and that of those who take its place."""
        worker = await self._started()
        try:
            while True:
                order = await self._next(worker)
                if order is None or not await self._attempt(worker, order):
                    self.replaced += 1
                    await self._in_thread(worker.end)
                    worker = await self._started()
        finally:
            worker.end()

    async def _started(self) -> Worker:
        """A new worker, once the system has room for one."""
        is_missing = False
        try:
            while True:
                try:
                    return await self._in_thread(self._new_worker)
                except Exception:
                    _LOG.exception("a worker cannot be started; the next try is in %g s", _AGAIN)
                    if not is_missing:
                        self.missing, is_missing = self.missing + 1, True
                    await asyncio.sleep(_AGAIN)
        finally:
            self.missing -= int(is_missing)

    def _new_worker(self) -> Worker:
        return Worker(self._work, self.count)

    async def _next(self, worker: Worker) -> Order | None:
        """The next job, once there is one; None for a worker that has ended from outside, without a job."""
        async with self._arrived:
            await self._arrived.wait_for(lambda: self._waiting)
            if worker.process.is_alive():
                return self._waiting.popleft()
            self._arrived.notify()  # another worker need not wait for the new one
            return None

    async def _attempt(self, worker: Worker, order: Order) -> bool:
        """Do a job; whether the worker can do another one."""
        self._running.add(order)
        try:
            await self._run(worker, order)
            return not worker.is_lost
        except Exception:  # a defect of this program; the pictures that follow have another worker
            _LOG.exception("unexpected error at a picture")
            return False
        finally:
            order.finish("closing" if self.is_closing else "lost")
            self._running.discard(order)

    async def _run(self, worker: Worker, order: Order) -> None:
        order.started()
        worker.begin(order.job)
        receiving = asyncio.ensure_future(self._in_thread(self._received, worker, order))
        cancelled = asyncio.ensure_future(order.cancelled.wait())
        end: End = "result"
        try:
            await asyncio.wait(
                {receiving, cancelled}, timeout=self._max_seconds, return_when=asyncio.FIRST_COMPLETED
            )
            if not receiving.done():
                end = "cancelled" if cancelled.done() else "time"
                await self._stop(worker, order, receiving)
            result = await receiving
            order.finish("lost" if worker.is_lost and end == "result" else end, result)
        except asyncio.CancelledError:
            worker.stop()  # the service ends: this waits until what is half written is removed
            raise
        finally:
            cancelled.cancel()
        worker.job = None

    async def _stop(self, worker: Worker, order: Order, receiving: asyncio.Future[JobResult]) -> None:
        # A worker notices at its next tile; starting another one costs more than that.
        with suppress(OSError):
            order.job.source.unlink(missing_ok=True)
        await asyncio.wait({receiving}, timeout=_GRACE)
        if not receiving.done():
            await self._in_thread(worker.stop)

    def _received(self, worker: Worker, order: Order) -> JobResult:
        """Messages of the worker up to its result; in a thread."""
        while not isinstance(message := worker.receive(), JobResult):
            self._loop.call_soon_threadsafe(order.advance, message)
        return message

    async def _in_thread(self, function: Callable[..., T], *arguments: Any) -> T:
        return await self._loop.run_in_executor(self._threads, function, *arguments)
