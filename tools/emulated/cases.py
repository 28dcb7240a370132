"""Networks and planes, and what the native engine makes of them on this machine's levels of instructions."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from native_jobs import Recorder, planes_of, weights_of

from srcnn.arch import BORDERS, Layer, parse_architecture
from srcnn.engines.native.library import load_library
from srcnn.tiling import ALL_EDGES, Edges
from srcnn.types import Planes
from srcnn.weights import Weights, load_weights
from srcnn.zoo import list_models

SHAPES = ((1, 1), (13, 50), (37, 131))
"""Of windows: vectors that are full and not, one and several."""
CORNER = Edges(top=True, bottom=False, left=False, right=True)
SCALES = (1.0, 255.0, 1e-39, 1e30)
"""Of values: usual ones, those below the smallest normal number, and those whose products overflow."""
NO_NUMBERS = (np.nan, np.inf, -np.inf)
SHIPPED_SHAPE = (13, 70)
THREADED = (64, 96)
"""Rows that two threads share, from and up to."""


@dataclass(frozen=True)
class Case:
    """A network on a window of a picture.

    Attributes:
        weights: the network.
        planes: (channels, height, width) float32.
        edges: of the window that are the picture's.
        threads: most that share its rows.
    """

    weights: Weights
    planes: Planes
    edges: Edges
    threads: int


def fixed_cases() -> Iterator[Case]:
    """Every kernel under every border rule, whole and as a window; and every shipped network."""
    for kernels, channels in (("9-5-5", 1), ("9-1-5", 3), ("11-3-7", 1), ("3-1-9-5", 3), ("7-11-1", 1)):
        for border in BORDERS:
            widths = (13, 6, 5)[: kernels.count("-")]
            network = parse_architecture(kernels, widths=widths, channels=channels, border=border)
            weights = weights_of(network.layers, channels)
            for height, width in SHAPES:
                yield Case(weights, planes_of(channels, height, width), ALL_EDGES, 1)
                halo = Recorder(weights, 1).halo
                yield Case(weights, planes_of(channels, height + halo, width + halo), CORNER, 1)
    for number, entry in enumerate(list_models()):
        weights = load_weights(entry.path)
        planes = planes_of(weights.architecture.channels, *SHIPPED_SHAPE, number)
        yield Case(weights, planes * np.float32(weights.card.input_range), ALL_EDGES, 1)


def random_case(seed: int) -> Case:
    """One of 1 to 4 layers with kernels of 1 to 11; every fourth holds a NaN or an infinity."""
    rng = np.random.default_rng(seed)
    channels = int(rng.choice([1, 3]))
    count = int(rng.integers(1, 5))
    widths = [*(int(width) for width in rng.integers(1, 13, count - 1)), channels]
    layers = tuple(
        Layer(int(rng.choice([1, 3, 5, 7, 9, 11])), width, BORDERS[rng.integers(len(BORDERS))])
        for width in widths
    )
    threads = int(rng.integers(1, 3))
    height = int(rng.integers(*THREADED)) if threads == 2 else int(rng.integers(1, 41))
    planes = planes_of(channels, height, int(rng.integers(1, 131)), seed)
    planes *= np.float32(rng.choice(SCALES, p=[0.7, 0.1, 0.1, 0.1]))
    if seed % 4 == 0:
        planes[tuple(rng.integers(planes.shape))] = rng.choice(NO_NUMBERS)
    return Case(weights_of(layers, channels, seed), planes, ALL_EDGES, threads)


def packed(case: Case) -> tuple[bytes, Planes]:
    """The job of a case, and its result with every NaN the same one.

    Raises:
        ValueError: the levels of this machine disagree.
    """
    levels = load_library()
    if isinstance(levels, str):
        raise ValueError(levels)
    job, results = b"", []
    for level in levels:
        engine = Recorder(case.weights, case.threads, level.name)
        result = engine.run(case.planes, case.edges)
        job = engine.packed(case.planes, result)
        results.append(np.where(np.isnan(result), np.float32(np.nan), result))
    if any(result.tobytes() != results[0].tobytes() for result in results):
        raise ValueError(f"levels disagree on {case.weights.architecture.name} of {case.planes.shape}")
    return job, results[0]


def record_of(job: bytes, expected: Planes) -> bytes:
    """A job and what it must give, as ``kernel.c`` reads them."""
    whole = job + expected.tobytes()
    return whole + bytes(-len(whole) % 8)


def with_a_bit_changed(expected: Planes) -> Planes:
    """What no level gives: proof that a difference would be seen."""
    changed = expected.copy()
    changed.view(np.uint32)[0, 0, 0] ^= 1
    return changed
