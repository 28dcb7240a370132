"""The named protocols: the authors', and the conventions by which others in the field differ from it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from srcnn.errors import UsageError
from srcnn.evaluation.protocol import Protocol
from srcnn.weights import ModelCard

AUTHORS = Protocol(
    name="authors",
    task="upscale",
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
    mean="images",
    metrics=("psnr", "ssim"),
)
"""The conventions of the authors' released code, which give the paper's figures of Set5 and Set14."""

JPEG = Protocol(
    name="jpeg",
    task="restore",
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
    mean="images",
    metrics=("psnr", "ssim", "psnr_b"),
)
"""Restoration of JPEG as in AR-CNN (Dong et al., ICCV 2015) and after: the Y of a picture is compressed."""

BLUR = replace(JPEG, name="blur", degradation="blur", quality=None, sigma=1.6, metrics=("psnr", "ssim"))
"""Restoration of a Gaussian blur, of a picture saved in 8 bits."""


def _variant(name: str, **changes: Any) -> Protocol:
    return replace(AUTHORS, name=name, **changes)


_ALL = (
    AUTHORS,
    _variant("replicate-borders", resize_border="replicate"),
    _variant("lr-8bit", lr="uint8"),
    _variant("pillow", degradation="pillow", resize_border="cut-off"),
    _variant("opencv", degradation="opencv", resize_border="replicate"),
    _variant("full-range", luma_range="full"),
    _variant("full-range-8bit", luma_range="full", degradation="bicubic-uint8", lr="uint8"),
    _variant("colour-ycbcr", channel="ycbcr"),
    _variant("colour-rgb", channel="rgb"),
    _variant("hr-resized", crop="resized"),
    _variant("float-output", output="float"),
    _variant("no-shave", crop_border="none"),
    JPEG,
    replace(JPEG, name="jpeg-colour", degradation="jpeg-colour"),
    BLUR,
)
PROTOCOLS: Mapping[str, Protocol] = {protocol.name: protocol for protocol in _ALL}

_DEFAULTS = {protocol.baseline: protocol for protocol in (AUTHORS, JPEG, BLUR)}

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
    "blur": "pictures out of focus",
}
"""Where each is met, in words."""


def find_protocol(protocol: str | Protocol) -> Protocol:
    """A protocol by name; one given is returned.

    Raises:
        UsageError: an unknown name.
    """
    if isinstance(protocol, Protocol):
        return protocol
    if protocol not in PROTOCOLS:
        raise UsageError(f"expected a protocol of {listed()}; got {protocol!r}")
    return PROTOCOLS[protocol]


def listed() -> str:
    """Every protocol with where it is met, in one line."""
    return ", ".join(f"{name} ({why})" for name, why in WHY.items())


def at_quality(protocol: Protocol, quality: int) -> Protocol:
    """A protocol of JPEG at another quality.

    Raises:
        UsageError: a protocol without JPEG, or a quality outside 1 to 100.
    """
    return replace(protocol, quality=quality)


def protocol_of(card: ModelCard) -> Protocol:
    """The protocol that measures what weights are for: `AUTHORS`, `JPEG` of their quality, or `BLUR`.

    Raises:
        UsageError: weights that restore something else.
    """
    if card.task == "upscale":
        return AUTHORS
    match [step.split() for step in card.degradation]:
        case [["jpeg", quality]]:
            return at_quality(JPEG, int(quality))
        case [["blur", sigma], ["round"]]:
            return replace(BLUR, sigma=float(sigma))
    told = ", ".join(card.degradation) or "nothing known"
    raise UsageError(
        f"expected weights that restore JPEG or a blur, got {card.name} ({told}); name a protocol"
    )


def changed(protocol: Protocol) -> str:
    """In words, what a protocol changes of the default one of its task: ``""`` if nothing."""
    default = _DEFAULTS[protocol.baseline].conventions()
    own = protocol.conventions()
    return "; ".join(words for field, words in own.items() if words != default[field])
