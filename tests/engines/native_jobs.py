"""Jobs of the native engine as the program ``native_job.c`` reads them, and the program itself."""

import subprocess
from pathlib import Path

import numpy as np

import hatch_build
from srcnn.arch import Architecture, Layer
from srcnn.engines.native import NativeEngine
from srcnn.types import Planes
from srcnn.weights import ModelCard, Weights

SOURCE = hatch_build.SOURCES / "csrc"


def weights_of(layers: tuple[Layer, ...], channels: int, seed: int = 0) -> Weights:
    """Random weights that keep values near the size of their inputs."""
    architecture = Architecture(layers, channels)
    rng = np.random.default_rng(seed)
    kernels = [
        rng.normal(0, 1 / np.sqrt(np.prod(shape[1:])), shape).astype(np.float32)
        for shape in architecture.weight_shapes
    ]
    biases = [rng.normal(0, 0.1, shape[0]).astype(np.float32) for shape in architecture.weight_shapes]
    return Weights(tuple(kernels), tuple(biases), architecture, ModelCard("random", 2))


def planes_of(channels: int, height: int, width: int, seed: int = 0) -> Planes:
    return np.random.default_rng(seed).random((channels, height, width), np.float32)


class Recorder(NativeEngine):
    """Keeps what it hands to C."""

    job = b""

    def _work(self, job, workers, stop) -> None:
        super()._work(job, workers, stop)
        self.job = bytes(job)

    def packed(self, planes: Planes, result: Planes) -> bytes:
        """The last job: of these planes, with this result."""
        arrays = [*(array for pair in self._packed for array in pair), planes]
        counts = np.array([array.size for array in (*arrays, result)], np.int64)
        return b"".join([self.job, counts.tobytes(), *(array.tobytes() for array in arrays)])


def link(folder: Path, compiler: list[str], *parts: str | Path) -> Path:
    """The jobs' program, of these parts."""
    command = [*compiler, "-std=c11", f"-I{SOURCE}", Path(__file__).with_name("native_job.c")]
    subprocess.run([*command, *parts, "-o", folder / "job"], check=True)
    return folder / "job"
