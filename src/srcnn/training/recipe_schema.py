"""The sections of a recipe and their keys, checked as they are read."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, model_validator

from srcnn.arch import Architecture, Border, parse_architecture
from srcnn.data.degradations import check_factor, parse_chain
from srcnn.data.pair_sources import PairRules

Positive = Annotated[int, Field(gt=0)]
Decay = Annotated[float, Field(ge=0, lt=1)]
Rate = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Section(BaseModel, extra="forbid", frozen=True):
    """A part of a recipe: unknown keys are an error, values do not change."""


class NetworkSection(Section, frozen=True):
    """The network and how it starts."""

    architecture: str = "9-5-5"
    """Sides of the layers' kernels, in pixels; a network of four layers is ``9-5-3-5``."""
    widths: tuple[Positive, ...] = (64, 32)
    """Filters of each layer but the last, whose number is ``channels``."""
    channels: Literal[1, 3] = 1
    """Planes in and out: 3 for ``data.color`` of ``ycbcr`` and ``rgb``."""
    border: Border = "valid"
    """What stands beyond an input's sides. ``valid``: nothing, so outputs are smaller by the halo.
    ``zero``, ``replicate``: each layer adds zeros, or repeats its input's edge, and keeps the size."""
    init: Literal["gaussian", "he", "identity"] = "identity"
    """``gaussian``: N(0, 0.001^2) and zero biases, as the paper. ``he``: He et al. 2015. ``identity``: He,
    but one channel carries the input through, so that the network starts as bicubic."""

    residual: bool = False
    """Train what is to be added to the bicubic input, and fold it into the plain network when saving: bf16
    then rounds only small numbers. Starts as bicubic; needs ``init = "identity"``."""

    def build(self) -> Architecture:
        """The architecture these keys describe."""
        return parse_architecture(
            self.architecture, widths=self.widths, channels=self.channels, border=self.border
        )


class DataSection(Section, PairRules, frozen=True):
    """What is trained on, and what is watched; the first keys say how pictures become pairs."""

    train: Annotated[tuple[str, ...], Field(min_length=1)]
    """Names of sets, or of HDF5 files of sub-images, which need ``watch``."""
    watch: tuple[str, ...] = ()
    """Sets to validate on; by default pictures held out of the training sets."""
    hold_out: Annotated[int, Field(ge=2)] = 10
    """Without ``watch``: every n-th picture of each training set is held out."""
    hold_out_from: tuple[str, ...] = ()
    """Without ``watch``: the training sets to hold pictures out of; by default all of them."""
    scale: Annotated[int, Field(ge=1, le=8)]
    """1: restoration at the same size."""
    sampling: Literal["ordered", "random"] = "random"
    """``ordered``: sub-images of a fixed grid, each seen once an epoch, shuffled anew every time. ``random``:
    crops from anywhere."""
    size: Positive = 64
    """Side of an input."""
    stride: Positive = 14
    """Distance between ordered sub-images."""
    augment: bool = True
    """Draw one of eight flips and rotations each time."""
    sizes: tuple[Annotated[float, Field(gt=0.1, le=1)], ...] = (1.0,)
    """Copies of each training picture, shrunk by these factors."""
    shares: dict[str, Annotated[float, Field(gt=0, le=1)]] = Field(default_factory=dict)
    """With ``random``: share of the crops that comes from a training set, such as ``{T91 = 0.2}``; the other
    sets divide the rest by their pixels, and so do all sets by default."""

    @model_validator(mode="after")
    def _degradation_fits(self) -> "DataSection":
        if self.layout == "pictures":
            check_factor(parse_chain(self.degradation), self.scale)
        elif self.degradation:
            raise ValueError(f'data.degradation is for data.layout = "pictures", got "{self.layout}"')
        return self


class OptimiserSection(Section, frozen=True):
    """How weights move."""

    name: Literal["sgd", "adam", "adamw", "soap", "muon"] = "adam"
    """``soap``: Adam in the eigenbasis of the gradient. ``muon``: orthogonalised momentum for all kernels but
    the last layer's, SOAP for the rest."""
    whiten: bool = False
    """Of ``muon``: draw and move the first layer's kernels in coordinates in which the pictures' patches vary
    alike in all directions."""
    null_decay: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    """Times ``rate``, what each step takes of the first layer's kernels in directions in which the pictures'
    patches do not vary; 20 keeps the filters clean. At the start of the run all of it is taken. Needs
    ``network.residual``."""
    null_ridge: Rate = 1e-6
    """Of ``null_decay``: variance of patches, white being 1, below which a direction counts as empty."""
    loss: Literal["mean", "sum", "psnr", "l1", "charbonnier"] = "mean"
    """``mean``: mean squared error. ``sum``: Caffe's Euclidean loss, sum over pixels / (2 N): the paper's.
    ``psnr``: minus the PSNR of the batch. ``l1``: mean absolute error. ``charbonnier``: a smooth ``l1``."""
    pretrain_planes: tuple[Annotated[int, Field(ge=0, le=2)], ...] = ()
    """Planes whose error alone counts at first: 0 is Y (or R), 1 and 2 are Cb and Cr. Then all count."""
    pretrain_share: Annotated[float, Field(gt=0, lt=1)] = 0.5
    """Share of the steps that ``pretrain_planes`` take."""
    rate: Rate = 1e-3
    """Learning rate; ``schedule`` and ``warmup`` say how it changes."""
    last_rate: Rate | None = None
    """Rate of the last layer's weights; ``rate`` by default."""
    bias_rate: Rate | None = None
    """Rate of all biases; ``rate`` by default."""
    momentum: Decay = 0.9
    """Of ``sgd``."""
    betas: tuple[Decay, Decay] = (0.9, 0.999)
    """Decay of the running means of the gradient and of its square, of all but ``sgd``. The first is the
    momentum of ``muon``."""
    weight_decay: Annotated[float, Field(ge=0)] = 0.0
    """Of ``sgd``, ``adam`` (both added to the gradient) and ``adamw`` (decoupled)."""
    schedule: Literal["constant", "cosine", "step", "one-cycle"] = "cosine"
    """``step``: times ``step_factor`` after each ``step_every`` of the run. ``one-cycle``: a linear rise over
    three tenths of the run, then a cosine fall (Smith and Topin, arXiv 1708.07120)."""
    step_every: Annotated[float, Field(gt=0, le=1)] = 0.25
    """With ``step``: share of the run between two changes of the rate."""
    step_factor: Annotated[float, Field(gt=0, le=1)] = 0.5
    """With ``step``: what the rate is multiplied by at each change."""
    warmup: Annotated[int, Field(ge=0)] = 0
    """Steps over which the rate rises from zero."""
    clip: Rate | None = None
    """Largest norm of the whole gradient."""


class RunSection(Section, frozen=True):
    """How long, how exact, how often."""

    steps: Positive | None = None
    """How many batches are learned from; either this or ``epochs``."""
    epochs: Positive | None = None
    """Instead of ``steps``, with ordered sampling: how often every sub-image is seen."""
    batch: Positive = 32
    """Examples a step, over all processes."""
    precision: Literal["fp32", "bf16"] = "fp32"
    """Of the network's sums in training. ``bf16`` is faster where the processor has it, and rounds to 8
    bits; weights are kept in fp32. On GPUs that have it torch uses TF32 for the convolutions of ``fp32``."""
    exact_tail: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Share of the steps, at the end, that run in fp32 whatever ``precision`` says."""
    ema: Decay = 0.999
    """Decay of the averaged weights, which are validated and shipped; 0 turns averaging off."""
    validate_every: Positive = 500
    """Steps between two measurements on the watched pictures, each with a line in the log."""
    revive: bool = False
    """Draw units of the inner layers that are zero on every validation picture anew, at the start and at the
    validations in the first half of the run."""
    snapshot_every: Positive | None = None
    """Keep the averaged weights after every so many steps, with the training time so far on their card."""
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 0
    """Of the weights that training starts from, and of the order and turns of what it sees."""
