"""Protocols: every convention that moves a number, in one object.

Named are the authors' own, and the conventions by which others in the field differ from it.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

from srcnn.color import Color, LumaRange
from srcnn.errors import UsageError
from srcnn.evaluation.metric_table import METRICS
from srcnn.metrics import check_data_range
from srcnn.weights import ModelCard

Task = Literal["upscale", "restore"]
Crop = Literal["modulo", "resized", "none"]
Degradation = Literal["bicubic", "bicubic-uint8", "pillow", "opencv", "jpeg", "jpeg-colour", "blur"]
InputBorder = Literal["symmetric", "replicate", "cut-off", "none"]

# What can be carried out (by `srcnn.evaluation.case`), and how it is said: field, value, words.
_WORDS: Mapping[str, Mapping[str, str]] = {
    "task": {"upscale": "upscaling", "restore": "restoration"},
    "channel": {
        "y": "Y rounded to 8 bits",
        "ycbcr": "squared error over Y, Cb and Cr of 8 bits (the paper's RGB), other metrics averaged",
        "rgb": "squared error over R, G and B of 8 bits, other metrics averaged",
    },
    "luma_range": {"studio": "BT.601, studio range 16-235", "full": "BT.601, full range 0-255"},
    "crop": {
        "modulo": "HR cropped to a multiple of the scale",
        "resized": "HR resized to a multiple of the scale",
        "none": "whole pictures",
    },
    "degradation": {
        "bicubic": "LR bicubic (a = -0.5, antialiased)",
        "bicubic-uint8": "LR bicubic (a = -0.5, antialiased), it and its enlargement rounded after each axis",
        "pillow": "LR bicubic by Pillow (a = -0.5, antialiased)",
        "opencv": "LR cubic as OpenCV's (a = -0.75, no antialiasing)",
        "jpeg": "JPEG of the 8-bit Y by Pillow",
        "jpeg-colour": "JPEG of the colour picture by Pillow, chroma subsampled",
        "blur": "Gaussian blur of the 8-bit Y, rounded to 8 bits",
    },
    "resize_border": {
        "symmetric": "symmetric borders",
        "replicate": "replicated borders",
        "cut-off": "kernel cut off at borders",
        "none": "nothing resized",
    },
    "lr": {"float": "LR not quantised", "uint8": "LR rounded to 8 bits", "none": "no LR"},
    "output": {"uint8": "output rounded half up to 8 bits", "float": "output clipped, not rounded"},
    "crop_border": {
        "scale": "as many pixels as the scale left out on each side",
        "none": "no pixels left out at the sides",
    },
    "mean": {"images": "mean over images"},
}
_Rules = Mapping[str, tuple[str, ...]]
_RESIZED: _Rules = {"crop": ("modulo", "resized"), "lr": ("float", "uint8")}
_DAMAGED: _Rules = dict.fromkeys(("crop", "resize_border", "lr", "crop_border"), ("none",))
# What goes with a degradation: field, and the values that it allows.
_ALLOWED: Mapping[str, _Rules] = {
    "bicubic": {**_RESIZED, "resize_border": ("symmetric", "replicate")},
    "bicubic-uint8": {**_RESIZED, "resize_border": ("symmetric", "replicate"), "lr": ("uint8",)},
    "pillow": {**_RESIZED, "resize_border": ("cut-off",)},
    "opencv": {**_RESIZED, "resize_border": ("replicate",)},
    "jpeg": _DAMAGED,
    "jpeg-colour": _DAMAGED,
    "blur": _DAMAGED,
}
_LUMA_ALONE = ("jpeg", "blur")
# What goes with several channels: full-range chroma is another transform, a JPEG of Y has no colour.
_COLOR = {"luma_range": ("studio",), "degradation": tuple(d for d in _ALLOWED if d not in _LUMA_ALONE)}


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """How a figure is made. No field has a default: what is not named is not agreed upon.

    A convention that this version cannot carry out makes no protocol, so that no number is ever printed
    under a name it does not deserve. A grey picture is its own luma, and all there is to measure of it.

    Attributes:
        name: what the protocol is called beside a number.
        channel: what is measured: ``y``, luma rounded to 8 bits; ``ycbcr``, the squared error averaged over
            Y, Cb and Cr; ``rgb``, the same over R, G and B. Other metrics than MSE and PSNR are averaged
            over the channels.
        luma_range: ``studio``, Y of 16 to 235, or ``full``, Y of 0 to 255.
        crop: how the reference gets sides that are multiples of the scale: ``modulo``, by cutting right and
            bottom; ``resized``, which makes the reference smoother; ``none``, it need not.
        degradation: how the low-resolution picture is made and enlarged again: ``bicubic`` as MATLAB,
            ``bicubic-uint8`` as MATLAB's imresize on 8-bit pictures, which rounds after each axis,
            ``pillow``, ``opencv``; or damaged: ``jpeg`` of what is measured, ``jpeg-colour``, ``blur``.
        quality: of JPEG, 1 to 100; None elsewhere.
        sigma: of the blur, in pixels; None elsewhere.
        resize_border: what lies beyond the edge when resizing.
        lr: whether the low-resolution picture is quantised, ``uint8``, or not, ``float``.
        output: ``uint8``, results are rounded half up and clipped to 8 bits before they are measured;
            ``float``, only clipped.
        crop_border: pixels left out on each side: ``scale``, as many as the scale; ``none``.
        data_range: peak of PSNR and L of SSIM, in grey levels of 255.
        metrics: what is measured; see `srcnn.evaluation.metric_table.METRICS`.

    Raises:
        UsageError: a convention that cannot be carried out.
    """

    name: str
    channel: Color
    luma_range: LumaRange
    crop: Crop
    degradation: Degradation
    quality: int | None
    sigma: float | None
    resize_border: InputBorder
    lr: Literal["float", "uint8", "none"]
    output: Literal["uint8", "float"]
    crop_border: Literal["scale", "none"]
    data_range: float
    metrics: tuple[str, ...]
    mean: ClassVar[str] = "images"
    """A set's figure is the mean of its images' figures."""

    def __post_init__(self) -> None:
        self._check({field: tuple(words) for field, words in _WORDS.items()})
        self._check(_ALLOWED[self.degradation])
        if self.channel != "y":
            self._check(_COLOR)
        check_data_range(self.data_range)
        if self.quality not in (range(1, 101) if self.degradation.startswith("jpeg") else (None,)):
            got = f"{self.quality!r} for {self.degradation}"
            raise UsageError(f"expected a quality of 1 to 100 for JPEG, and none elsewhere, got {got}")
        if not (0 < (self.sigma or 0) < math.inf if self.degradation == "blur" else self.sigma is None):
            got = f"{self.sigma!r} for {self.degradation}"
            raise UsageError(f"expected a sigma above 0 for blur, and none elsewhere, got {got}")
        if not self.metrics or not set(self.metrics) <= set(METRICS):
            raise UsageError(f"expected metrics out of {', '.join(METRICS)}, got {', '.join(self.metrics)!r}")

    def _check(self, allowed: _Rules) -> None:
        for field, values in allowed.items():
            if getattr(self, field) not in values:
                raise UsageError(f"expected a {field} of {' or '.join(values)}, got {getattr(self, field)!r}")

    @property
    def task(self) -> Task:
        """``upscale``, or ``restore``: the damaged image is as large as the reference."""
        return "restore" if _ALLOWED.get(self.degradation) is _DAMAGED else "upscale"

    @property
    def baseline(self) -> str:
        """What the network is given and has to improve on: ``bicubic``, ``jpeg`` or ``blurred``."""
        return {"jpeg": "jpeg", "jpeg-colour": "jpeg", "blur": "blurred"}.get(self.degradation, "bicubic")

    @property
    def damages_luma_alone(self) -> bool:
        """Whether there are no damaged colours that a network of three planes could be given."""
        return self.degradation in _LUMA_ALONE

    def shave(self, scale: int | None) -> int:
        """Levels left out on each side."""
        return scale or 0 if self.crop_border == "scale" else 0

    def describe(self) -> str:
        """Name and conventions in one line, to print beside the numbers."""
        return f"{self.name}: {'; '.join(self.conventions().values())}; peak {self.data_range:g}"

    def conventions(self) -> dict[str, str]:
        """Field to words, for those that this task has."""
        words = {field: known[getattr(self, field)] for field, known in _WORDS.items()}
        if self.task == "restore":
            how = f"sigma {self.sigma:g}" if self.quality is None else f"quality {self.quality}"
            words["degradation"] += f", {how}"
            del words["resize_border"], words["lr"]
        return words

    def to_json(self) -> dict[str, Any]:
        """Every convention, as plain values for ``json.dumps``."""
        fields = {field: value for field, value in vars(self).items() if field != "metrics"}
        return {
            "name": self.name,
            "task": self.task,
            **fields,
            "mean": self.mean,
            "metrics": list(self.metrics),
        }


AUTHORS = Protocol(
    name="authors",
    channel="y",
    luma_range="studio",
    crop="modulo",
    degradation="bicubic",
    quality=None,
    sigma=None,
    resize_border="symmetric",
    lr="float",
    output="uint8",
    crop_border="scale",
    data_range=255.0,
    metrics=("psnr", "ssim"),
)
"""The conventions of the authors' released code, which give the paper's figures of Set5 and Set14."""

JPEG = Protocol(
    name="jpeg",
    channel="y",
    luma_range="studio",
    crop="none",
    degradation="jpeg",
    quality=10,
    sigma=None,
    resize_border="none",
    lr="none",
    output="uint8",
    crop_border="none",
    data_range=255.0,
    metrics=("psnr", "ssim", "psnr_b"),
)
"""Restoration of JPEG as in AR-CNN (Dong et al., ICCV 2015) and after: the Y of a picture is compressed."""

JPEG_RGB = replace(JPEG, name="jpeg-rgb", channel="rgb", degradation="jpeg-colour", metrics=("psnr", "ssim"))
"""Restoration of colour JPEGs with chroma of half the resolution, as files have it."""

BLUR = replace(JPEG, name="blur", degradation="blur", quality=None, sigma=1.6, metrics=("psnr", "ssim"))
"""Restoration of a Gaussian blur, of a picture saved in 8 bits."""

_ALL = (
    AUTHORS,
    replace(AUTHORS, name="replicate-borders", resize_border="replicate"),
    replace(AUTHORS, name="lr-8bit", lr="uint8"),
    replace(AUTHORS, name="pillow", degradation="pillow", resize_border="cut-off"),
    replace(AUTHORS, name="opencv", degradation="opencv", resize_border="replicate"),
    replace(AUTHORS, name="full-range", luma_range="full"),
    replace(AUTHORS, name="full-range-8bit", luma_range="full", degradation="bicubic-uint8", lr="uint8"),
    replace(AUTHORS, name="colour-ycbcr", channel="ycbcr"),
    replace(AUTHORS, name="colour-rgb", channel="rgb"),
    replace(AUTHORS, name="hr-resized", crop="resized"),
    replace(AUTHORS, name="float-output", output="float"),
    replace(AUTHORS, name="no-shave", crop_border="none"),
    JPEG,
    replace(JPEG, name="jpeg-colour", degradation="jpeg-colour"),
    JPEG_RGB,
    BLUR,
)
PROTOCOLS: Mapping[str, Protocol] = {protocol.name: protocol for protocol in _ALL}
WHY: Mapping[str, str] = {
    "authors": "the paper's figures of Set5 and Set14",
    "replicate-borders": "older MATLAB: only the outermost pixels differ",
    "lr-8bit": "the low-resolution picture was a file",
    "pillow": "Python code that resizes with Pillow, in floats",
    "opencv": "Python code that resizes with cv2.INTER_CUBIC: aliased, so a network learns something else",
    "full-range": "Y of OpenCV, Pillow and rgb2gray; the paper's figures of SRCNN on BSD200",
    "full-range-8bit": "MATLAB's imresize on 8-bit grey; the paper's bicubic figures of BSD200",
    "colour-ycbcr": "the paper's column RGB in its table of colour",
    "colour-rgb": "what RGB PSNR means elsewhere",
    "hr-resized": "code that resizes the reference instead of cropping it: a smoother, easier one",
    "float-output": "code that measures the network's floats",
    "no-shave": "code that measures the borders too",
    "jpeg": "the field's figures of Classic5 and LIVE1",
    "jpeg-colour": "the colour picture was compressed and only Y is measured: easier",
    "jpeg-rgb": "what people's JPEGs lose in all three planes",
    "blur": "pictures out of focus",
}
"""Where each is met, in words."""


def find_protocol(protocol: str | Protocol) -> Protocol:
    """A protocol by its name, `UsageError` if it is unknown; a `Protocol` is returned as it is."""
    if isinstance(protocol, Protocol):
        return protocol
    if protocol not in PROTOCOLS:
        known = ", ".join(f"{name} ({why})" for name, why in WHY.items())
        raise UsageError(f"expected a protocol of {known}; got {protocol!r}")
    return PROTOCOLS[protocol]


def at_quality(protocol: Protocol, quality: int) -> Protocol:
    """A protocol of JPEG at another quality; `UsageError` without JPEG, or if it is not of 1 to 100."""
    return replace(protocol, quality=quality)


def protocol_of(card: ModelCard) -> Protocol:
    """What measures weights, such as `JPEG` or `JPEG_RGB` of their quality; `UsageError` if nothing does."""
    if card.task == "upscale":
        return AUTHORS
    match [step.split() for step in card.degradation]:
        case [["jpeg", quality]]:
            return at_quality(JPEG if card.color == "y" else JPEG_RGB, int(quality))
        case [["blur", sigma], ["round"]]:
            return replace(BLUR, sigma=float(sigma))
    damage = ", ".join(card.degradation) or "nothing known"
    raise UsageError(
        f"expected weights that restore JPEG or a blur, got {card.name} ({damage}); name a protocol"
    )
