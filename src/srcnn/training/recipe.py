"""Recipes: everything that decides what a run learns, as TOML; sets are named, paths never."""

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, model_validator

from srcnn.arch import Architecture, Border, parse_architecture
from srcnn.data.planes import channels_of
from srcnn.data.settings import DataRules, Section
from srcnn.errors import RecipeError, SrcnnError

Positive = Annotated[int, Field(gt=0)]
Decay = Annotated[float, Field(ge=0, lt=1)]
Rate = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class NetworkSection(Section):
    """The network and how it starts."""

    architecture: str = "9-5-5"
    widths: tuple[Positive, ...] = (64, 32)
    channels: Literal[1, 3] = 1
    """Planes in and out: 3 for ``data.color`` of ``ycbcr`` and ``rgb``."""
    border: Border = "valid"
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


class DataSection(DataRules):
    """What is trained on, and what is watched; the keys of `DataRules` say how pictures become pairs."""

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
    size: Positive = 64
    """Side of an input."""
    stride: Positive = 14
    """Distance between ordered sub-images."""
    augment: bool = True
    """Draw one of eight flips and rotations each time."""
    sizes: tuple[Annotated[float, Field(gt=0.1, le=1)], ...] = (1.0,)
    """Copies of each training picture, shrunk by these factors."""


class OptimiserSection(Section):
    """How weights move."""

    name: Literal["sgd", "adam", "adamw", "soap", "muon"] = "adam"
    """``soap``: Adam in the eigenbasis of the gradient. ``muon``: orthogonalised momentum for all kernels but
    the last layer's, SOAP for the rest."""
    loss: Literal["mean", "sum", "psnr", "l1", "charbonnier"] = "mean"
    """``mean``: mean squared error. ``sum``: Caffe's Euclidean loss, sum over pixels / (2 N): the paper's.
    ``psnr``: minus the PSNR of the batch. ``l1``: mean absolute error. ``charbonnier``: a smooth ``l1``."""
    rate: Rate = 1e-3
    last_rate: Rate | None = None
    """Rate of the last layer's weights; ``rate`` by default."""
    bias_rate: Rate | None = None
    """Rate of all biases; ``rate`` by default."""
    momentum: Decay = 0.9
    betas: tuple[Decay, Decay] = (0.9, 0.999)
    weight_decay: Annotated[float, Field(ge=0)] = 0.0
    """Of ``sgd``, ``adam`` (both added to the gradient) and ``adamw`` (decoupled)."""
    schedule: Literal["constant", "cosine", "step", "one-cycle"] = "cosine"
    """``step``: times ``step_factor`` after each ``step_every`` of the run. ``one-cycle``: a linear rise over
    three tenths of the run, then a cosine fall (Smith and Topin, arXiv 1708.07120)."""
    step_every: Annotated[float, Field(gt=0, le=1)] = 0.25
    step_factor: Annotated[float, Field(gt=0, le=1)] = 0.5
    warmup: Annotated[int, Field(ge=0)] = 0
    """Steps over which the rate rises from zero."""
    clip: Rate | None = None
    """Largest norm of the whole gradient."""


class RunSection(Section):
    """How long, how exact, how often."""

    steps: Positive | None = None
    epochs: Positive | None = None
    """Instead of ``steps``, with ordered sampling: how often every sub-image is seen."""
    batch: Positive = 32
    """Examples a step, over all processes."""
    precision: Literal["fp32", "bf16"] = "fp32"
    exact_tail: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Share of the steps, at the end, that run in fp32 whatever ``precision`` says."""
    ema: Decay = 0.999
    """Decay of the averaged weights, which are validated and shipped; 0 turns averaging off."""
    validate_every: Positive = 500
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 0


class Recipe(Section):
    """A whole recipe."""

    name: Annotated[str, Field(pattern=r"^[\w.-]*\w[\w.-]*$")]
    """Letters, digits, dots and dashes: it names the run's folder."""
    description: str
    network: NetworkSection = NetworkSection()
    data: DataSection
    optimiser: OptimiserSection = OptimiserSection()
    run: RunSection

    @model_validator(mode="after")
    def _fits(self) -> "Recipe":
        halo = self.network.build().halo
        if self.network.border == "valid" and self.data.size <= 2 * halo:
            raise ValueError(
                f"data.size must exceed twice the halo of {self.network.architecture}, {2 * halo}; "
                f"got {self.data.size}"
            )
        if (self.run.steps is None) == (self.run.epochs is None):
            raise ValueError("run needs either steps or epochs")
        if self.run.epochs and self.data.sampling != "ordered":
            raise ValueError('run.epochs needs data.sampling = "ordered"; random crops have no epochs')
        if self.optimiser.weight_decay and self.optimiser.name in ("soap", "muon"):
            raise ValueError(f"optimiser.weight_decay is not for {self.optimiser.name}")
        if self.network.residual and self.network.init != "identity":
            raise ValueError('network.residual starts as bicubic; it needs network.init = "identity"')
        if self.data.watch and set(self.data.watch) & set(self.data.train):
            raise ValueError("data.watch names a training set; watch another set, or hold pictures out")
        if self.network.channels != channels_of(self.data.color):
            raise ValueError(
                f"network.channels must be {channels_of(self.data.color)} for data.color = "
                f'"{self.data.color}", got {self.network.channels}'
            )
        if set(self.data.hold_out_from) - set(self.data.train):
            raise ValueError("data.hold_out_from names a set that data.train does not")
        return self


def list_recipes() -> list[str]:
    """Names of the recipes that ship with the package."""
    return sorted(
        entry.name.removesuffix(".toml")
        for entry in (files("srcnn") / "recipes").iterdir()
        if entry.name.endswith(".toml")
    )


def load_recipe(name: str) -> Recipe:
    """A shipped recipe by name, or a recipe file by path (ending in ``.toml``).

    Raises:
        RecipeError: no such recipe, no TOML, or a key that is unknown, missing or contradictory.
    """
    if name.endswith(".toml"):
        try:
            text = Path(name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise RecipeError(f"expected a recipe file, cannot read {name}: {error}") from error
    elif name in list_recipes():
        text = (files("srcnn") / "recipes" / f"{name}.toml").read_text(encoding="utf-8")
    else:
        raise RecipeError(
            f"expected a recipe, got {name!r}; there are {', '.join(list_recipes())}, or name a .toml file"
        )
    return parse_recipe(text, name)


def parse_recipe(text: str, origin: str) -> Recipe:
    """A recipe from TOML text; ``origin`` names it in errors."""
    try:
        return check_recipe(tomllib.loads(text), origin)
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(f"expected TOML in recipe {origin}: {error}") from error


def check_recipe(content: Any, origin: str) -> Recipe:
    """A recipe from plain values, such as a run's stored ``recipe.json``; ``origin`` names it in errors."""
    try:
        return Recipe.model_validate(content)
    except ValidationError as error:
        raise RecipeError(f"recipe {origin}: {_first(error)}") from error
    except SrcnnError as error:
        raise RecipeError(f"recipe {origin}: {error}") from error


def _first(error: ValidationError) -> str:
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return f"unknown key {key}; there are {', '.join(_keys_beside(first['loc']))}"
    if first["type"] == "missing":
        return f"key {key} is missing"
    message = first["msg"].removeprefix("Value error, ")
    return f"{key}: {message}, got {first['input']!r}" if key else message


def _keys_beside(location: tuple[int | str, ...]) -> list[str]:
    section: type[Section] = Recipe
    for part in location[:-1]:
        kind = section.model_fields[str(part)].annotation
        assert isinstance(kind, type)
        assert issubclass(kind, Section)
        section = kind
    return list(section.model_fields)
