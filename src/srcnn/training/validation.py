"""PSNR on the centre of held-out pictures during a run, by the authors' conventions, and samples as PNG."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from srcnn.color import rounded
from srcnn.data.pair import Pair
from srcnn.data.planes import PairColor, displayed
from srcnn.errors import DataError
from srcnn.files import Picture, write_picture
from srcnn.training.network import Srcnn
from srcnn.types import Floats, Levels

LARGEST = 240
"""Side of the centre that is validated on: whole photographs would cost more time than they add precision."""


@dataclass(frozen=True)
class Watch:
    """Prepared validation pictures.

    Attributes:
        inputs: (1, C, H, W) float32 bicubic centres.
        labels: (C, H, W) float64 levels of 255, of the same centres.
        border: pixels left out on each side (the scale, as in the paper's protocol).
        bicubic: mean PSNR in dB of the inputs themselves.
    """

    inputs: tuple[torch.Tensor, ...]
    labels: tuple[np.ndarray, ...]
    border: int
    bicubic: float


def prepare_watch(pairs: Sequence[Pair], scale: int) -> Watch:
    """Cut the centres out of ``pairs``.

    Raises:
        DataError: no pictures, or one of which the border leaves nothing.
    """
    if not pairs:
        raise DataError("expected pictures to validate on, got none; see data.watch and data.hold_out")
    inputs, labels = [], []
    for pair in pairs:
        if min(pair.hr.shape[-2:]) <= 2 * scale:
            raise DataError(
                f"expected pictures of more than {2 * scale} pixels a side to validate on, "
                f"got {pair.name} of {pair.hr.shape[-1]}x{pair.hr.shape[-2]}"
            )
        planes, levels = pair.known()
        rows, columns = (_centre(side) for side in planes.shape[1:])
        inputs.append(torch.from_numpy(planes[:, rows, columns].copy())[None])
        labels.append(levels[:, rows, columns])
    bicubic = np.mean([_psnr(_mse(x[0], y, scale)) for x, y in zip(inputs, labels, strict=True)])
    return Watch(tuple(inputs), tuple(labels), scale, float(bicubic))


def scores(network: Srcnn, watch: Watch) -> tuple[float, float]:
    """Mean squared error (white being 1) and PSNR in dB, each the mean over the validation pictures."""
    pairs = zip(outputs(network, watch), watch.labels, strict=True)
    errors = [_mse(output, label, watch.border) for output, label in pairs]
    return float(np.mean(errors)), float(np.mean([_psnr(error) for error in errors]))


def outputs(network: Srcnn, watch: Watch) -> Iterator[torch.Tensor]:
    """The network's (C, H, W) result for each validation picture, in fp32 whatever training uses."""
    halo = network.architecture.halo
    valid = network.architecture.layers[0].border == "valid"
    device = next(network.parameters()).device
    network.eval()
    with torch.inference_mode(), _whole_fp32():
        for x in watch.inputs:
            padded = functional.pad(x, [halo] * 4, mode="replicate") if valid else x
            yield network(padded.to(device))[0].cpu()
    network.train()


@contextmanager
def _whole_fp32() -> Iterator[None]:
    # By default torch lets GPUs multiply fp32 in convolutions with 10 bits.
    before = torch.backends.cudnn.allow_tf32
    torch.backends.cudnn.allow_tf32 = False
    try:
        yield
    finally:
        torch.backends.cudnn.allow_tf32 = before


def _psnr(mse: float) -> float:
    return float(-10 * np.log10(max(mse, 1e-12)))


def _mse(output: torch.Tensor, label: np.ndarray, border: int) -> float:
    levels = rounded(output.numpy())
    inner = slice(border, -border)
    return float(np.mean((levels[:, inner, inner] - label[:, inner, inner]) ** 2) / 255**2)


def _centre(side: int) -> slice:
    start = max(0, (side - LARGEST) // 2)
    return slice(start, start + min(side, LARGEST))


COUNT = 4
SIDE = 160


def write_samples(network: Srcnn, watch: Watch, color: PairColor, path: Path) -> None:
    """Write a PNG: a row for each of the first four validation pictures, bicubic | network | HR.

    ``color`` is what their planes are; one plane makes a grey strip, three a colour one.

    Raises:
        ImageError: the file cannot be written.
    """
    few = Watch(watch.inputs[:COUNT], watch.labels[:COUNT], watch.border, watch.bicubic)
    rows = [
        np.hstack([_square(planes, color) for planes in (x[0].numpy(), output.numpy(), label / 255)])
        for x, output, label in zip(few.inputs, outputs(network, few), few.labels, strict=True)
    ]
    write_picture(Picture(np.vstack(rows)), path)


def _square(planes: Floats, color: PairColor) -> Levels:
    # Cut or filled up with black to one size, so that rows can be stacked.
    cut = planes[:, :SIDE, :SIDE].astype(np.float64)
    shown = displayed(cut[0] if len(cut) == 1 else cut, color)
    levels = rounded(shown).astype(np.uint8)
    missing = [(0, SIDE - side) for side in levels.shape[:2]]
    return np.pad(levels, [*missing, (0, 0)][: levels.ndim])
