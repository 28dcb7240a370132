"""The same work on many pictures, in several processes, with results in order; and work that runs ahead.

Processes that work for another one leave Ctrl-C to it and do not outlive it.
"""

import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from multiprocessing import get_context, parent_process
from typing import TypeVar

from srcnn.errors import DataError
from srcnn.standard_streams import guard_reports
from srcnn.system import usable_cores
from srcnn.types import Progress

T = TypeVar("T")
R = TypeVar("R")
_WORTH_IT = 16
"""Pictures below which starting processes takes longer than it saves."""
_AHEAD = 4
"""Results a process may be ahead of whoever takes them: memory stays small."""


def map_in_order(
    function: Callable[[T], R],
    items: Sequence[T],
    processes: int | None = None,
    progress: Progress | None = None,
) -> Iterator[R]:
    """``function`` of each item, in order.

    Args:
        function: a module's function, or a partial of one; its errors are raised here.
        items: what to work on.
        processes: how many at once; by default as many as there are cores, and one for few items.
        progress: called with (done, total) after each result has been used.

    Raises:
        DataError: a process died, as the system ends those that take too much memory.
    """
    for done, result in enumerate(_results(function, items, processes), start=1):
        yield result
        if progress:
            progress(done, len(items))


def _results(function: Callable[[T], R], items: Sequence[T], processes: int | None) -> Iterator[R]:
    count = processes or (1 if len(items) < _WORTH_IT else usable_cores())
    count = min(count, max(1, len(items)))
    if count == 1:
        yield from map(function, items)
        return
    # Spawned, not forked: libvips has threads by now, which a fork would leave half alive.
    pool = ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=follow_parent)
    try:
        waiting = iter(items)
        running = [pool.submit(function, item) for item in islice(waiting, count * _AHEAD)]
        while running:
            yield running.pop(0).result()
            running.extend(pool.submit(function, item) for item in islice(waiting, 1))
    except BrokenProcessPool as error:
        raise DataError("a process was ended from outside, possibly out of memory; use fewer") from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def run_ahead(function: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    """``function`` of each item, in order, in a thread: one ahead of whoever takes them.

    So what makes the items, the function, and what is done with its results go on at the same time.
    """
    with ThreadPoolExecutor(1) as pool:
        following: Future[R] | None = None
        for item in items:
            following, ready = pool.submit(function, item), following
            if ready is not None:
                yield ready.result()
        if following is not None:
            yield following.result()


def follow_parent() -> None:
    """Make the process that calls it, one that multiprocessing started, end with the one that started it.

    Ctrl-C reaches every process of a terminal: it is ignored here, and whoever asked for the work ends this
    one after cleaning up. Where that one is killed, this one ends at once: nothing else would tell it. What
    cannot be printed is dropped.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    guard_reports()
    threading.Thread(target=_die_with_parent, daemon=True).start()


def _die_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
