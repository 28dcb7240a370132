"""Protocols: every convention that moves the number, stated in one object."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from srcnn.errors import UsageError
from srcnn.metrics import check_data_range
from srcnn.resize import ResizeBorder

Metric = Literal["psnr", "ssim"]

# What can be carried out (by `srcnn.evaluation.steps`), and how it is said: field, value, words.
_WORDS: Mapping[str, Mapping[str, str]] = {
    "channel": {"y": "Y (BT.601) rounded to 8 bits"},
    "luma_range": {"studio": "studio range 16-235"},
    "crop": {"modulo": "HR cropped to a multiple of the scale"},
    "degradation": {"bicubic": "LR bicubic (a = -0.5, antialiased)"},
    "resize_border": {"symmetric": "symmetric borders", "replicate": "replicated borders"},
    "lr": {"float": "LR not quantised"},
    "output": {"uint8": "output rounded half up to 8 bits"},
    "crop_border": {"scale": "as many pixels as the scale left out on each side"},
    "mean": {"images": "mean over images"},
}
_METRICS = ("psnr", "ssim")


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """How a figure is made. No field has a default: what is not named is not agreed upon.

    A convention that this version cannot carry out makes no protocol, so that no number is ever printed
    under a name it does not deserve.

    Attributes:
        name: what the protocol is called beside a number.
        channel: what is measured: ``y``, luma rounded to 8 bits; a grey picture is its own luma.
        luma_range: ``studio``, Y of 16 to 235.
        crop: how the reference gets sides that are multiples of the scale: ``modulo``, by cutting right and
            bottom; never by resizing.
        degradation: how the low-resolution picture is made: ``bicubic``, a = -0.5, antialiased.
        resize_border: what lies beyond the edge when resizing.
        lr: ``float``, the low-resolution picture is not quantised.
        output: ``uint8``, results are rounded half up and clipped to 8 bits before they are measured.
        crop_border: pixels left out on each side: ``scale``, as many as the scale.
        data_range: peak of PSNR and L of SSIM, in grey levels of 255.
        mean: ``images``, a set's figure is the mean of its images' figures.
        metrics: what is measured.

    Raises:
        UsageError: a convention that cannot be carried out.
    """

    name: str
    channel: Literal["y"]
    luma_range: Literal["studio"]
    crop: Literal["modulo"]
    degradation: Literal["bicubic"]
    resize_border: ResizeBorder
    lr: Literal["float"]
    output: Literal["uint8"]
    crop_border: Literal["scale"]
    data_range: float
    mean: Literal["images"]
    metrics: tuple[Metric, ...]

    def __post_init__(self) -> None:
        for field, words in _WORDS.items():
            if getattr(self, field) not in words:
                raise UsageError(f"expected a {field} of {' or '.join(words)}, got {getattr(self, field)!r}")
        check_data_range(self.data_range)
        if not self.metrics or not set(self.metrics) <= set(_METRICS):
            raise UsageError(f"expected metrics out of {', '.join(_METRICS)}, got {self.metrics!r}")

    def describe(self) -> str:
        """Name and conventions in one line, to print beside the numbers."""
        words = [known[getattr(self, field)] for field, known in _WORDS.items()]
        return f"{self.name}: {'; '.join(words)}; peak {self.data_range:g}"


AUTHORS = Protocol(
    name="authors",
    channel="y",
    luma_range="studio",
    crop="modulo",
    degradation="bicubic",
    resize_border="symmetric",
    lr="float",
    output="uint8",
    crop_border="scale",
    data_range=255.0,
    mean="images",
    metrics=("psnr", "ssim"),
)
"""The conventions of the authors' released code, which give the paper's figures of Set5 and Set14."""
