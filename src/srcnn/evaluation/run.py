"""From a folder of pictures and a model to figures."""

import os
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from srcnn.data.sets import find_set
from srcnn.errors import DataError, UsageError
from srcnn.evaluation.protocol import AUTHORS, Protocol
from srcnn.evaluation.result import Evaluation, ImageScores
from srcnn.evaluation.steps import enlarged, reference, scores
from srcnn.files import list_pictures, read_pixels
from srcnn.model import Model, load_model
from srcnn.weights import Weights

Progress = Callable[[int, int], None]


def evaluate(
    model: str | os.PathLike[str] | Weights | Model,
    data: str | os.PathLike[str],
    scale: float,
    *,
    protocol: Protocol = AUTHORS,
    engine: str | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Measure a model, and bicubic beside it, on a folder of high-resolution pictures.

    Every picture in the folder counts: one that cannot be measured is an error, never left out.

    Args:
        model: see `srcnn.load_model`; a name such as ``9-5-5`` stands for its weights nearest to the scale.
        data: a folder, or the name of an image set such as ``Set5``, found under ``SRCNN_DATA``.
        scale: a whole number of at least 2.
        protocol: the conventions to measure under.
        engine: see `srcnn.engines.create_engine`.
        progress: called with (images done, images in all).

    Returns:
        Figures per image and their means; ``print`` shows a table with what was published beside it.

    Raises:
        UsageError: a scale that is not whole or below 2, an unknown model or engine, or a model that works
            on something other than what the protocol measures.
        DataError: no such folder or set, or a picture that the protocol says nothing about (transparent,
            16 bits) or that is too small.
        ImageError: a folder without pictures, or a picture that cannot be read.
        WeightsError: weights that cannot be read.
    """
    if not float(scale).is_integer() or scale < 2:
        raise UsageError(f"expected a whole scale of at least 2, got {scale:g}")
    factor = int(scale)
    net = load_model(model, scale, engine=engine)
    _check_fits(net, protocol)
    folder = _folder(data)
    paths = list_pictures(folder)
    images = []
    for done, (name, path) in enumerate(zip(_names(paths), paths, strict=True), start=1):
        images.append(ImageScores(name, _measured(path, net, factor, protocol)))
        if progress is not None:
            progress(done, len(paths))
    return Evaluation(
        protocol=protocol,
        scale=factor,
        model=net.card.name,
        architecture=net.architecture.name,
        digest=net.weights.digest,
        set=folder.resolve().name,
        images=tuple(images),
    )


def _check_fits(net: Model, protocol: Protocol) -> None:
    card = net.card
    expected = ("upscale", protocol.channel, protocol.luma_range)
    if (card.task, card.color, card.luma_range) != expected:
        raise UsageError(
            f"expected a model to {expected[0]} {expected[2]}-range {expected[1].upper()} under the protocol "
            f"{protocol.name}, got {card.name}: {card.task}, {card.color}, {card.luma_range} range"
        )


def _folder(data: str | os.PathLike[str]) -> Path:
    expected = "expected a folder of pictures, or the name of an image set under SRCNN_DATA"
    # An empty path means the current folder to pathlib; here it is a shell variable that was not set.
    if not os.fspath(data):
        raise DataError(f"{expected}, got an empty name")
    path = Path(data)
    try:
        if path.is_dir():
            return path
        exists = path.exists()
    except OSError as error:
        raise DataError(f"{expected}, got {path}: {error.strerror}") from error
    if exists or path.name != os.fspath(data):
        raise DataError(f"{expected}, got {path}, which is {'no folder' if exists else 'not there'}")
    try:
        return find_set(path.name)
    except DataError as error:
        raise DataError(f"{expected}, got {path}: {error}") from error


def _names(paths: Sequence[Path]) -> list[str]:
    """Names without suffix; with it where two files would share one."""
    count = Counter(path.stem for path in paths)
    return [path.stem if count[path.stem] == 1 else path.name for path in paths]


def _measured(path: Path, net: Model, scale: int, protocol: Protocol) -> dict[str, dict[str, float]]:
    pixels = _eight_bit(path)
    try:
        levels = reference(pixels, scale)
        bicubic = enlarged(levels, scale, protocol)
        results = {"bicubic": bicubic, "srcnn": net(bicubic)}
        return {method: scores(levels, plane, scale, protocol) for method, plane in results.items()}
    except UsageError as error:
        raise DataError(f"cannot measure {path}: {error}") from error


def _eight_bit(path: Path) -> npt.NDArray[np.uint8]:
    # How transparency is laid over what, and how 16 bits become 8, would be conventions of their own.
    pixels = read_pixels(path)
    if pixels.shape[2:] in ((2,), (4,)):
        raise DataError(
            f"expected opaque pictures to measure on, got {path} with transparency; flatten it first"
        )
    if pixels.dtype != np.uint8:
        raise DataError(f"expected pictures of 8 bits to measure on, got {path} of 16 bits; convert it first")
    return pixels.astype(np.uint8, copy=False)
