"""What a request may say: the options of the commands, as parameters of the address."""

import re
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from srcnn.engines import ENGINES, FIXED, engine_name
from srcnn.errors import UsageError
from srcnn.files import WRITABLE_SUFFIXES, WriteOptions, parse_color
from srcnn.jobs import Naming, RestoreOptions, UpscaleOptions, Work
from srcnn.jobs.upscale_job import MODES, choose_network
from srcnn.pixels import ALPHA_MODES
from srcnn.scales import MAX_PASSES, MAX_SIDE, Size, parse_size
from srcnn.web.limits import Limits
from srcnn.zoo import BEST, list_models

_FORMATS = [suffix[1:] for suffix in WRITABLE_SUFFIXES]
_ENGINE = f"{'|'.join(ENGINES)}|{FIXED}(:(int)?[0-9]{{1,2}}|:w[0-9]{{1,2}}a[0-9]{{1,2}})?"
_DEVICE = "auto|cpu|mps|(cuda|xpu)(:[0-9]{1,2})?"
_MAX_TILE = 2048  # more would be held in memory at once


class PictureQuery(BaseModel):
    """What both tasks may be asked."""

    model_config = ConfigDict(extra="forbid")

    model: str | None = Field(
        None, min_length=1, description="A name from /api/models, or one without what it is for: 9-5-5."
    )
    engine: str | None = Field(
        None,
        min_length=1,
        description=f"What runs the network; {FIXED}:12 computes as hardware does. Default: the fastest.",
        json_schema_extra={"pattern": f"^({_ENGINE})$"},
    )
    device: str | None = Field(
        None,
        min_length=1,
        description="Where torch runs the network: cuda, mps, xpu, cpu or auto.",
        json_schema_extra={"pattern": f"^({_DEVICE})$"},
    )
    half: bool = Field(False, description="16-bit floats on the device.")
    ensemble: bool = Field(False, description="Mean over 8 flips and rotations; 8 times slower.")
    tile: int | None = Field(None, ge=1, le=_MAX_TILE, description="Side of a tile in pixels.")
    damage_quality: int | None = Field(
        None, ge=1, le=100, description="JPEG quality of the damage. Default: read from the file."
    )
    format: str | None = Field(
        None,
        description="Of the result. Default: that of the picture, PNG where it is not written.",
        json_schema_extra={"enum": [*_FORMATS, None]},
    )
    quality: int = Field(95, ge=1, le=100, description="Of JPEG, WebP (100: lossless) and AVIF.")
    depth: int | None = Field(
        None,
        description="Bits a sample. Default: those of the picture.",
        json_schema_extra={"enum": [8, 16, None]},
    )
    strip: bool = Field(False, description="Write no EXIF, XMP and resolution.")
    background: str | None = Field(
        None,
        min_length=1,
        description="Background for formats without alpha: ffffff, white, black.",
        json_schema_extra={"pattern": "^(#?[0-9a-fA-F]{6}|white|black)$"},
    )

    def write_options(self) -> WriteOptions:
        """How the result is written."""
        return WriteOptions(
            quality=self.quality,
            depth=self.depth,
            strip=self.strip,
            background=parse_color(self.background),
        )

    def naming(self) -> Naming:
        """What the result is called, which says its format.

        Raises:
            UsageError: a format that is not written.
        """
        return Naming(format=self.format)

    def check_names(self, task: str) -> None:
        """Refuse what could name a file of this machine, and models and engines that there are none of.

        Raises:
            UsageError: such a name.
        """
        if self.model is not None and self.model not in known_models(task):
            raise UsageError(f"expected a model to {task} with, see /api/models, got {self.model!r}")
        if self.engine is not None and re.fullmatch(_ENGINE, self.engine) is None:
            known = f"{', '.join(ENGINES)}, {FIXED}:12"
            raise UsageError(f"expected an engine such as {known}, got {self.engine!r}")
        if self.device is not None and re.fullmatch(_DEVICE, self.device) is None:
            raise UsageError(f"expected a device such as cuda, cuda:1 or auto, got {self.device!r}")


class UpscaleQuery(PictureQuery):
    """How a picture is enlarged: what ``srcnn upscale`` takes."""

    scale: float | None = Field(None, gt=1, description="Any number above 1. Default: 2.")
    width: int | None = Field(None, ge=1, le=MAX_SIDE, description="In pixels, instead of a scale.")
    height: int | None = Field(None, ge=1, le=MAX_SIDE, description="In pixels, instead of a scale.")
    longest: int | None = Field(None, ge=1, le=MAX_SIDE, description="Longer side, instead of a scale.")
    fit: str | None = Field(
        None,
        min_length=1,
        description="WIDTHxHEIGHT to fit into, instead of a scale.",
        json_schema_extra={"pattern": "^[1-9][0-9]{0,5}x[1-9][0-9]{0,5}$"},
    )
    quality_mode: str | None = Field(
        None,
        description="Model and ensemble in one word.",
        json_schema_extra={"enum": [*MODES, None]},
    )
    passes: int | None = Field(None, ge=1, le=MAX_PASSES, description="Reach the scale in equal steps.")
    back_projection: int = Field(0, ge=0, le=20, description="Steps after each pass; 3 is enough.")
    alpha: str = Field(
        "network", description="How alpha is enlarged.", json_schema_extra={"enum": list(ALPHA_MODES)}
    )
    restore: bool = Field(False, description="Remove JPEG damage first.")

    def work(self, limits: Limits) -> Work:
        """What the command would make of it.

        Raises:
            UsageError: options that contradict each other, or invalid ones.
        """
        self.check_names("upscale")
        ways = (self.width, self.height, self.longest, self.fit)
        scale = 2.0 if self.scale is None and not any(ways) else self.scale
        model, ensemble = choose_network(self.quality_mode, self.model, self.ensemble)
        return UpscaleOptions(
            size=Size(scale, self.width, self.height, self.longest, parse_size(self.fit, "fit")),
            model=model,
            engine=engine_name(self.engine, self.device, self.half),
            ensemble=ensemble,
            passes=self.passes,
            back_projection=self.back_projection,
            alpha=self.alpha,  # type: ignore[arg-type]  # checked there
            restore=self.restore,
            quality_of=self.damage_quality,
            tile=self.tile,
            write=self.write_options(),
            max_memory=limits.memory,
            max_pixels=limits.pixels(self.back_projection),
        )


class RestoreQuery(PictureQuery):
    """How a picture is restored: what ``srcnn restore`` takes."""

    def work(self, limits: Limits) -> Work:
        """What the command would make of it.

        Raises:
            UsageError: options that contradict each other, or invalid ones.
        """
        self.check_names("restore")
        return RestoreOptions(
            model=self.model or "9-5-5",
            quality_of=self.damage_quality,
            engine=engine_name(self.engine, self.device, self.half),
            ensemble=self.ensemble,
            tile=self.tile,
            write=self.write_options(),
            max_memory=limits.memory,
            max_pixels=limits.max_pixels,
        )


QUERIES: dict[str, type[UpscaleQuery] | type[RestoreQuery]] = {
    "upscale": UpscaleQuery,
    "restore": RestoreQuery,
}
"""By task."""


def known_models(task: str) -> list[str]:
    """Names that `model` takes: whole ones, and those without the scale or the damage."""
    names = [entry.name for entry in list_models() if entry.card.task == task]
    whole = [BEST] if task == "upscale" else []
    return [*whole, *dict.fromkeys(name.rpartition("-")[0] for name in names), *names]


def parse_query(task: str, parameters: list[tuple[str, str]]) -> UpscaleQuery | RestoreQuery:
    """The parameters of an address.

    Raises:
        UsageError: one that is unknown, given twice or out of range, all of them in one line.
    """
    from pydantic import ValidationError

    names = [name for name, _ in parameters]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageError(f"expected each parameter once, got {', '.join(twice)} several times")
    values: dict[str, Any] = dict(parameters)
    try:
        return QUERIES[task].model_validate(values)
    except ValidationError as error:
        faults = [
            f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}, got {fault['input']!r:.80}"
            for fault in error.errors()
        ]
        raise UsageError("; ".join(faults)) from error
