"""The native engine; see `NativeEngine`."""

import ctypes
import os
from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from itertools import pairwise
from threading import Lock

import numpy as np

from srcnn.arch import Border
from srcnn.borders import side_widths
from srcnn.engines.base import check_planes
from srcnn.engines.native.layer_plan import (
    MAX_KERNEL,
    MAX_LAYERS,
    TILE,
    covers,
    engine_halo,
    pack_weights,
    plan_layers,
)
from srcnn.engines.native.library import CJob, CLayer, choose_level
from srcnn.errors import UsageError
from srcnn.system import usable_cores
from srcnn.tiling import Edges
from srcnn.types import Planes
from srcnn.weights import Weights

_METHODS = {"product": 0, "direct": 1, "winograd": 2}
_BORDERS: dict[Border, int] = {"valid": 0, "zero": 1, "replicate": 2}
_FAR = 1 << 40
"""Beyond every picture: a side that is no edge has no end."""
_ALIGNMENT = 64
_LEAST_ROWS = 32
"""Rows of the result that are worth a thread: it computes some of its neighbours' inner maps again."""
_LOOK = 0.1
"""Seconds between looks at signals; waiting without an end is not interrupted on every system."""


def _unset(size: int) -> Planes:
    return np.empty(size, np.float32)


class NativeEngine:
    """Runs a network with the package's own compiled convolutions; see `srcnn.engines.base.Engine`.

    Windows that start at multiples of 4 of a picture and reach to its edge or to such a multiple, with `halo`
    pixels around them, give the bits of the whole picture, whatever the threads and the instructions.

    Args:
        weights: the network.
        threads: threads to use; by default as many as the process has cores.
        level: instructions to use; see `srcnn.engines.native.library.choose_level`.

    Raises:
        UsageError: a network that is not covered, a library that cannot be used, or a level that does not run
            here.
    """

    name = "native"
    whole_tiles = True

    def __init__(self, weights: Weights, threads: int | None = None, level: str | None = None) -> None:
        found = choose_level(level)
        if isinstance(found, str):
            raise UsageError(f"the native engine cannot be used: {found}; use another engine")
        if not covers(weights.architecture):
            raise UsageError(
                f"the native engine takes at most {MAX_LAYERS} layers and kernels of {MAX_KERNEL}, got "
                f"{weights.architecture.name}; use another engine"
            )
        self.level = found.name
        self.halo = engine_halo(weights.architecture)
        self._architecture = weights.architecture
        self._number, self._functions = found.number, found.functions
        self._plans = plan_layers(weights.architecture)
        self._packed = pack_weights(weights, self._plans)
        self._threads = threads or usable_cores()
        self._pool: ThreadPoolExecutor | None = None
        self._pool_process = 0
        self.empty: Callable[[int], Planes] = _unset

    def run(self, planes: Planes, edges: Edges) -> Planes:
        """The network's output for one window of a picture, without `halo` on the sides that are no edge."""
        check_planes(planes, edges, self._architecture, self.halo)
        planes = np.ascontiguousarray(planes, np.float32)
        (top, bottom), (left, right) = (
            (self.halo - p for p in pair) for pair in side_widths(self.halo, edges)
        )
        channels, height, width = planes.shape
        result = np.empty((channels, height - top - bottom, width - left - right), np.float32)
        workers = max(1, min(self._threads, result.shape[1] // _LEAST_ROWS))
        job = self._job(planes, edges, result, workers)
        floats = self._functions.srcnn_workspace_floats(self._number, ctypes.byref(job))
        workspace = self.empty(workers * floats + _ALIGNMENT)
        job.workspace = workspace.ctypes.data + -workspace.ctypes.data % _ALIGNMENT
        # Each worker's rows of tiles, the first in the upper half of a word; each has a line of the cache.
        ranges = np.zeros((workers, 8), np.uint64)
        ends = [job.tile_rows * worker // workers for worker in range(workers + 1)]
        ranges[:, 0] = [first << 32 | end for first, end in pairwise(ends)]
        stop = ctypes.c_int64(0)
        job.ranges, job.stop = ranges.ctypes.data, ctypes.addressof(stop)
        job.memory = planes, result, workspace, ranges, stop
        self._work(job, workers, stop)
        return result

    def _work(self, job: CJob, workers: int, stop: ctypes.c_int64) -> None:
        pool = self._pool
        if pool is None or self._pool_process != os.getpid():
            pool = ThreadPoolExecutor(self._threads, "srcnn")
            self._pool, self._pool_process = pool, os.getpid()
        futures: list[Future[None]] = []
        left, lock = set(range(workers)), Lock()

        def work(worker: int) -> None:
            with lock:
                if worker not in left:
                    return
                left.remove(worker)
                # Held until C returns: an interrupted caller may be gone by then.
                memory = job.memory
            self._functions.srcnn_work(self._number, ctypes.byref(job), worker)
            del memory

        # The caller only waits, so that it can be interrupted; the rest then stops within a row of tiles.
        try:
            for worker in range(workers):
                try:
                    futures.append(pool.submit(work, worker))
                except RuntimeError:  # the system gives no more threads; the pool may still keep the work
                    work(worker)
            while wait(futures, _LOOK, FIRST_EXCEPTION).not_done:
                pass
        except BaseException:
            # It does not know a thread whose start was interrupted, which would then be waited for at exit.
            self._pool = None
            raise
        finally:
            stop.value = 1
            with lock:
                left.clear()
            job.memory = ()  # for work that the pool keeps and never begins
        for future in futures:
            future.result()

    def _job(self, planes: Planes, edges: Edges, result: Planes, workers: int) -> CJob:
        """Sizes and places; everything that C takes for granted about them is worked out here."""
        job = CJob(count=len(self._plans), workers=workers)
        for number, (plan, (values, bias)) in enumerate(zip(self._plans, self._packed, strict=True)):
            job.layers[number] = CLayer(
                _METHODS[plan.method],
                plan.kernel,
                plan.taps + TILE - 1,
                plan.pieces,
                plan.inputs,
                plan.outputs,
                _BORDERS[plan.border],
                number < len(self._plans) - 1,
                values.ctypes.data,
                bias.ctypes.data,
            )
        _, height, width = planes.shape
        _, out_height, out_width = result.shape
        job.source, job.height, job.width = planes.ctypes.data, height, width
        job.row_stride, job.plane_stride = width, height * width
        job.result, job.out_height, job.out_width = result.ctypes.data, out_height, out_width
        job.tile_rows, tiles = -(-out_height // TILE), -(-out_width // TILE)
        layers = self._architecture.layers
        for number in range(len(layers), -1, -1):
            if number < len(layers):
                tiles += self._plans[number].reach
            job.tiles[number] = tiles
            later = layers[number:]
            reach = sum(layer.kernel // 2 for layer in later)
            # What lies around the picture and is computed as if it were a part of it.
            margin = sum(layer.kernel // 2 for layer in later if layer.border == "valid")
            job.top[number] = reach - margin if edges.top else 0
            job.left[number] = reach - margin if edges.left else 0
            job.bottom[number] = reach + out_height + margin if edges.bottom else _FAR
            job.right[number] = reach + out_width + margin if edges.right else _FAR
        halo = self._architecture.halo
        job.origin_row = halo if edges.top else halo - self.halo
        job.origin_column = halo if edges.left else halo - self.halo
        return job
