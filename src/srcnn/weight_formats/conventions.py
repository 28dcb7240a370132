"""What the makers of weights took for granted, as data: a file of arrays says none of it.

Where a format's files can differ, its row is what most of them do, and an option or a named origin says
otherwise. A named origin is an implementation with released weights: its row is what its code does, and
where that is not known, the border under which its weights score best on Set5. The figures that go round for
such weights were all taken on studio-range luma, also where the row says ``full``.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from srcnn.arch import Border
from srcnn.color import LumaRange
from srcnn.errors import UsageError


@dataclass(frozen=True)
class Convention:
    """How weights of one origin are meant to be run.

    Attributes:
        borders: one rule for every layer, or one for each.
        luma_range: ``studio``, Y of 16 to 235; ``full``, Y of 0 to 255.
        input_range: what white of 255 is at the network's input, 1 or 255.
        transpose: the kernels are stored with rows and columns exchanged.
        why: where this comes from, in words.
    """

    borders: tuple[Border, ...]
    luma_range: LumaRange = "studio"
    input_range: float = 1.0
    transpose: bool = False
    why: str = ""


FORMATS: Mapping[str, Convention] = {
    "matlab": Convention(
        ("replicate",), why="the authors' test code: imfilter with 'replicate', rgb2ycbcr, im2double"
    ),
    "caffe": Convention(
        ("replicate",),
        transpose=True,
        why="trained on HDF5 files that MATLAB wrote, which Caffe reads with rows and columns exchanged; "
        "run by the authors' test code",
    ),
    "pytorch": Convention(("zero",), why="nn.Conv2d with padding k // 2, Y / 255 of convert_rgb_to_y"),
    "keras": Convention(("zero",), why="Conv2D with padding 'same', where the file says nothing else"),
    "onnx": Convention(("zero",), why="the graph says how layers pad; 0 to 1 and studio range as in PyTorch"),
    "npz": Convention(
        ("zero",), why="arrays of PyTorch, Keras or Flax, whose convolutions mostly pad by zeros"
    ),
    "safetensors": Convention(("zero",), why="as PyTorch"),
}
"""Defaults of each format."""

ORIGINS: Mapping[str, Convention] = {
    **FORMATS,
    "fuyongXu": Convention(("zero",), why="padding k // 2, studio range, Pillow's bicubic"),
    "kymikim0401": Convention(
        ("zero",),
        luma_range="full",
        why="padding 'same'; OpenCV's full-range Y, min-max normalised per picture (which is not repeated)",
    ),
    "Ling1304": Convention(
        ("valid",),
        why="both networks score higher with edges repeated than with zeros; OpenCV's enlargements",
    ),
    "nikitaoltyan": Convention(
        ("replicate",),
        luma_range="full",
        why="padding_mode='replicate' with 2 pixels before each layer, for which 4, 0, 2 stand here; grey",
    ),
    "jartap99": Convention(
        ("valid", "zero", "valid"), luma_range="full", why="Conv2D valid, same, valid; OpenCV's full-range Y"
    ),
    "yukia18": Convention(("zero",), input_range=255.0, why="Keras on levels of 0 to 255"),
}
"""Every known origin: the formats, and implementations whose weights were measured."""


def find_origin(name: str) -> Convention:
    """The convention of an origin.

    Raises:
        UsageError: an unknown name.
    """
    if name not in ORIGINS:
        raise UsageError(f"expected an origin of {', '.join(ORIGINS)}, got {name!r}")
    return ORIGINS[name]
