"""HDF5 files of sub-images in the layouts that people have, read and written.

- ``pytorch``: datasets ``lr`` and ``hr`` of (N, H, W) or (N, C, H, W), both of one size, or ``lr`` smaller
  by the scale as files for FSRCNN and ESPCN have it; files to evaluate on hold groups ``lr`` and ``hr`` with
  whole pictures named 0, 1, ... instead. Levels of 255 or [0, 1].
- ``caffe``: datasets ``data`` and ``label`` of (N, 1, ., .), labels smaller by what valid convolutions cut
  off, in [0, 1], as the authors' MATLAB code leaves them. MATLAB writes arrays by columns, so that a row of
  the file is a column of the picture.

h5py is imported where it is needed.
"""

import io
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from srcnn.atomic import written_aside
from srcnn.data.pair import Pair, pixels_digest
from srcnn.data.planes import PairColor, channels_of
from srcnn.errors import DataError, MissingExtraError, one_of, reason
from srcnn.resize import imresize
from srcnn.types import Planes

if TYPE_CHECKING:
    import h5py

HDF5_SUFFIXES = (".h5", ".hdf5")
FileLayout = Literal["pytorch", "caffe"]
FILE_LAYOUTS: tuple[FileLayout, ...] = get_args(FileLayout)
_NAMES: dict[FileLayout, tuple[str, str]] = {"pytorch": ("lr", "hr"), "caffe": ("data", "label")}
_EXPECTED = "expected an HDF5 file with lr and hr, or data and label,"


def read_subimages(path: Path, color: PairColor | None = "y", scale: int | None = 1) -> list[Pair]:
    """All pairs of a file, of either layout, as float32 in [0, 1].

    Levels of 255 are told from [0, 1] by the largest value of the targets. Inputs that are smaller by the
    scale are enlarged with bicubic, each by itself: near its edges that differs from what enlarging the whole
    picture would give.

    Args:
        path: the file.
        color: what the file's planes are taken for; only their number is checked, or not (None).
        scale: by how much small inputs are enlarged; None: by whatever makes them as large as the targets.

    Raises:
        DataError: no HDF5 file, another layout, values that are neither kind of level, inputs and targets
            that do not belong together, or more of them than the memory holds.
        MissingExtraError: h5py is not installed.
    """
    with _opened(path) as file:
        layout = _layout(file)
        if layout is None:
            raise DataError(f"{_EXPECTED} got {path} with {', '.join(file) or 'nothing'}")
        inputs, targets = (file[name] for name in _NAMES[layout])
        if hasattr(inputs, "keys") and hasattr(targets, "keys"):
            blocks = list(_pictures(inputs, targets, path))
            if not blocks:
                raise DataError(f"{_EXPECTED} with pictures in them, got {path}, whose groups are empty")
        else:
            blocks = [(_block(inputs, layout, path), _block(targets, layout, path))]
    read = [(_enlarged(lr, hr, scale, path), hr, pixels_digest(lr)) for lr, hr in blocks]
    return _pairs(read, path, channels_of(color) if color else blocks[0][0].shape[1])


def small_by(lr: tuple[int, ...], hr: tuple[int, ...]) -> int:
    """The whole factor above 1 by which (..., H, W) targets are larger than inputs; 1 where there is none."""
    factor = hr[-1] // max(lr[-1], 1)
    fits = factor > 1 and all(b == a * factor for a, b in zip(lr[-2:], hr[-2:], strict=True))
    return factor if fits else 1


@dataclass
class SubimageWriter:
    """An HDF5 file that takes sub-images as they come; see `subimage_writer`."""

    file: "h5py.File"
    layout: FileLayout
    sink: "_Sink"
    count: int = 0

    def add(self, inputs: Planes, targets: Planes) -> None:
        """Append (N, C, H, W) inputs and targets in [0, 1]."""
        self.count += len(inputs)
        for name, block in zip(_NAMES[self.layout], (inputs, targets), strict=True):
            if self.layout == "caffe":
                block = block.swapaxes(2, 3)
            elif block.shape[1] == 1:
                block = block[:, 0]
            if name not in self.file:
                largest = (None, *block.shape[1:])
                chunks = (min(64, max(1, len(block))), *block.shape[1:])
                self.file.create_dataset(name, (0, *block.shape[1:]), "f4", maxshape=largest, chunks=chunks)
            dataset: Any = self.file[name]
            dataset.resize(self.count, axis=0)
            dataset[self.count - len(block) :] = block
        self.sink.check()

    def add_picture(self, bicubic: Planes, hr: Planes) -> None:
        """Append a whole picture (H, W) or (C, H, W), for files to evaluate on (``pytorch`` alone)."""
        for name, planes in zip(_NAMES["pytorch"], (bicubic, hr), strict=True):
            self.file.require_group(name).create_dataset(str(self.count), data=planes)
        self.count += 1
        self.sink.check()


class _Sink(io.FileIO):
    """A file that HDF5 writes to. It never learns that a disk is full, since it can end the process then."""

    error: OSError | None = None

    def write(self, content: Any) -> int:
        """Write; what the system refuses is remembered for `check`."""
        try:
            written = 0
            view = memoryview(content).cast("B")
            while written < len(view):
                written += super().write(view[written:]) or 0
        except OSError as error:
            self.error = error
        return len(memoryview(content).cast("B"))

    def truncate(self, size: int | None = None) -> int:
        """As `write`."""
        try:
            return super().truncate(size)
        except OSError as error:
            self.error = error
            return size or 0

    def check(self) -> None:
        """Raise what the system has refused.

        Raises:
            OSError: a full disk.
        """
        if self.error is not None:
            raise self.error


@contextmanager
def subimage_writer(
    path: Path, layout: FileLayout = "pytorch", facts: Mapping[str, Any] | None = None
) -> Iterator[SubimageWriter]:
    """Write a file whole or not at all; ``facts`` become its attributes: what it was made from.

    Raises:
        UsageError: an unknown layout.
        DataError: the file cannot be written, a full disk included.
        MissingExtraError: h5py is not installed.
    """
    one_of(layout, FILE_LAYOUTS, "a layout")
    h5 = _h5py()
    try:
        with written_aside(path) as aside, _Sink(aside, "w+") as sink:
            with h5.File(sink, "w") as file:
                file.attrs.update(dict(facts or {}))
                yield SubimageWriter(file, layout, sink)
            sink.check()
    except OSError as error:
        raise DataError(f"cannot write {path}: {reason(error)}") from error


def read_facts(path: Path) -> dict[str, Any]:
    """Attributes of a file as `subimage_writer` left them; of other files whatever they have."""
    with _opened(path) as file:
        values = {key: np.asarray(value).tolist() for key, value in file.attrs.items()}
    return {
        key: _plain(value[0] if isinstance(value, list) and len(value) == 1 else value)
        for key, value in values.items()
    }


def _plain(value: Any) -> Any:
    """An attribute as JSON can hold it: other programs write bytes, and lists of them."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


@contextmanager
def _opened(path: Path) -> "Iterator[h5py.File]":
    h5 = _h5py()
    try:
        with h5.File(path, "r") as file:
            yield file
    except (OSError, RuntimeError, KeyError) as error:
        raise DataError(f"{_EXPECTED} got {path}, which is broken or no HDF5 file") from error
    except MemoryError as error:
        raise DataError(f"expected an HDF5 file that fits into memory, got {path}") from error


def _layout(file: "h5py.File") -> FileLayout | None:
    return next((kind for kind in FILE_LAYOUTS if all(name in file for name in _NAMES[kind])), None)


def _h5py() -> Any:
    try:
        import h5py
    except ImportError as error:
        raise MissingExtraError("sub-images in HDF5 files", "train") from error
    return h5py


def _block(dataset: Any, layout: FileLayout, path: Path) -> Planes:
    _shape_of_numbers(dataset, path)
    block = np.asarray(dataset, np.float32)
    if block.ndim == 3:
        block = block[:, None]
    if block.ndim != 4 or block.shape[1] not in (1, 3):
        raise DataError(f"{_EXPECTED} of shape (N, H, W) or (N, 1|3, H, W), got {path} with {dataset.shape}")
    return np.ascontiguousarray(block.swapaxes(2, 3)) if layout == "caffe" else block


def _picture(dataset: Any, path: Path) -> Planes:
    shape = _shape_of_numbers(dataset, path)
    if len(shape) not in (2, 3):
        raise DataError(f"{_EXPECTED} with pictures of (H, W) or (C, H, W), got {path} with {shape}")
    return np.asarray(dataset, np.float32).reshape(1, -1, *shape[-2:])


def _shape_of_numbers(dataset: Any, path: Path) -> tuple[int, ...]:
    if not hasattr(dataset, "shape") or dataset.dtype.kind not in "fiu" or not dataset.size:
        raise DataError(f"{_EXPECTED} as numbers, got {path} with {getattr(dataset, 'dtype', 'a group')}")
    return dataset.shape


def _pictures(inputs: Any, targets: Any, path: Path) -> Iterator[tuple[Planes, Planes]]:
    if set(inputs) != set(targets):
        odd = sorted(set(inputs) ^ set(targets))
        raise DataError(
            f"{_EXPECTED} with the same pictures, got {path}, where {', '.join(odd)} has no partner"
        )
    for name in sorted(inputs, key=lambda name: (len(name), name)):
        yield _picture(inputs[name], path), _picture(targets[name], path)


def _enlarged(lr: Planes, hr: Planes, scale: int | None, path: Path) -> Planes:
    factor = small_by(lr.shape, hr.shape)
    if factor == 1:
        return lr
    if scale not in (None, factor):
        raise DataError(
            f"expected inputs that scale {scale} makes as large as the targets, got {path}, where they are "
            f"{factor} times smaller; set the scale to {factor}"
        )
    # All at once: (H, W, C) with every plane of the block as a channel.
    planes = np.moveaxis(lr.reshape(-1, *lr.shape[2:]), 0, 2)
    large = np.moveaxis(imresize(planes, factor), 2, 0)
    return np.ascontiguousarray(large.reshape(*lr.shape[:2], *large.shape[1:]))


def _white(blocks: list[tuple[Planes, Planes, str]], path: Path) -> int:
    """What stands for white: 255, or 1. Resized pictures overshoot it, inputs with noise go far beyond."""
    (least, most), (lowest, highest) = _range(lr for lr, _, _ in blocks), _range(hr for _, hr, _ in blocks)
    white = 255 if highest > 2 else 1
    fits = -white / 2 <= lowest and highest <= 2 * white and max(-least, most) <= 16 * white
    if not fits or 0 < most <= white / 255:
        raise DataError(
            f"expected levels of 255 or of [0, 1], the same in inputs and targets, got {path} with "
            f"inputs of {least:g} to {most:g} and targets of {lowest:g} to {highest:g}"
        )
    return white


def _range(arrays: Iterable[Planes]) -> tuple[float, float]:
    """The least and the largest finite value, and 0."""
    each = [(block, np.isfinite(block)) for block in arrays]
    least = min(float(np.min(block, where=finite, initial=0)) for block, finite in each)
    return least, max(float(np.max(block, where=finite, initial=0)) for block, finite in each)


def _pairs(blocks: list[tuple[Planes, Planes, str]], path: Path, channels: int) -> list[Pair]:
    white = _white(blocks, path)
    pairs = []
    for lr, hr, digest in blocks:
        less = {a - b for a, b in zip(lr.shape[2:], hr.shape[2:], strict=True)}
        margin = less.pop() // 2
        if lr.shape[:2] != hr.shape[:2] or less or margin < 0 or lr.shape[2] != hr.shape[2] + 2 * margin:
            raise DataError(
                "expected targets of the size of the inputs, a whole factor larger, or centred in them, "
                f"got {path} with {lr.shape} and {hr.shape}"
            )
        if lr.shape[1] != channels:
            raise DataError(f"expected {channels} plane(s) a picture, got {lr.shape[1]} in {path}")
        for block in (lr, hr):
            if white == 255:
                block /= np.float32(255)
        for one_lr, one_hr in zip(lr, hr, strict=True):
            name = f"{path.name}/{len(pairs)}"
            planes = (one_lr[0], one_hr[0]) if channels == 1 else (one_lr, one_hr)
            pairs.append(Pair(name, *planes, margin, digest))
    return pairs
