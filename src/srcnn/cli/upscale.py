"""``srcnn upscale``: pictures in, larger pictures out."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from srcnn.cli import file_options as files
from srcnn.cli.common import (
    AsJson,
    BackProjection,
    DamageQuality,
    Device,
    Engine,
    Ensemble,
    Half,
    Overwrite,
    Passes,
    Threads,
    Tile,
    engine_on,
)

if TYPE_CHECKING:
    from srcnn.scales import Size

EPILOG = f"""
Examples:

  srcnn upscale photo.jpg -o large.png

  srcnn upscale scans/ logo.png -o large/ --scale 3

  srcnn upscale album/ -r -o large/ --longest 4000 --workers 2 --resume

  srcnn upscale photo.png -o best.png --scale 4 --quality-mode best

  srcnn upscale old.jpg -o large.png --restore

  srcnn upscale - -o - --format png <photo.jpg >large.png

{files.EXIT_CODES}
"""
NAME = "{stem}_{size}{ext}"


def upscale_command(
    inputs: files.Inputs,
    out: files.Out = None,
    scale: files.ScaleFactor = None,
    width: files.Width = None,
    height: files.Height = None,
    longest: files.Longest = None,
    fit: files.Fit = None,
    quality_mode: files.QualityMode = None,
    model: files.Network = None,
    engine: Engine = None,
    device: Device = None,
    half: Half = False,
    threads: Threads = None,
    ensemble: Ensemble = False,
    passes: Passes = None,
    back_projection: BackProjection = 0,
    tile: Tile = None,
    alpha: files.Alpha = "network",
    restore: files.RestoreFirst = False,
    damage_quality: DamageQuality = None,
    quality: files.Quality = 95,
    depth: files.Depth = None,
    strip: files.Strip = False,
    background: files.Background = None,
    recursive: files.Recursive = False,
    in_place: files.InPlace = False,
    drop_rest: files.DropRest = False,
    name: Annotated[
        str,
        typer.Option(
            metavar="PATTERN",
            help="Output names in a folder; fields {stem} {ext} {size} {model}, with --scale {scale}.",
        ),
    ] = NAME,
    file_format: files.Format = None,
    skip_existing: files.SkipExisting = False,
    overwrite: Overwrite = False,
    resume: files.Resume = False,
    workers: files.Workers = 1,
    max_memory: files.MaxMemory = None,
    report: files.Report = None,
    as_json: AsJson = False,
) -> None:
    """Upscale pictures: reads PNG, JPEG, TIFF, WebP, AVIF, BMP and GIF, writes all of them but BMP and GIF.

    Bit depth, alpha, colour profile and metadata are kept. Inputs are never overwritten without --in-place.
    A file that fails does not stop the others; the exit code is 1 then. Scales above 4 take several steps.
    """
    from srcnn.jobs import Naming, Request, UpscaleOptions
    from srcnn.jobs.upscale_job import choose_network

    size = wanted_size(scale, width, height, longest, fit)
    network, averaged = choose_network(quality_mode, model, ensemble)
    options = UpscaleOptions(
        size=size,
        model=network,
        engine=engine_on(engine, device, half),
        threads=threads,
        ensemble=averaged,
        passes=passes,
        back_projection=back_projection,
        alpha=alpha,  # type: ignore[arg-type]  # checked there
        restore=restore,
        quality_of=damage_quality,
        tile=tile,
        write=files.write_options(quality, depth, strip, background),
        max_memory=max_memory,
    )
    request = Request(
        inputs,
        out,
        Naming(name, name_fields(size, network), file_format, chosen=name != NAME),
        recursive=recursive,
        in_place=in_place,
        drop_rest=drop_rest,
        existing=files.existing(skip_existing, overwrite),
        resume=resume,
        workers=workers,
        report=report,
    )
    files.run_and_print("upscaling", request, options, as_json=as_json)


def wanted_size(
    scale: float | None, width: int | None, height: int | None, longest: int | None, fit: str | None
) -> "Size":
    """How large outputs are to be, from the options that say so; twice as large without any."""
    from srcnn.scales import Size, parse_size

    if (width, height, longest, fit) == (None, None, None, None) and scale is None:
        scale = 2.0
    return Size(scale, width, height, longest, parse_size(fit, "--fit"))


def name_fields(size: "Size", network: str) -> dict[str, str]:
    """Fields of output names beside those of `srcnn.jobs.Naming`."""
    fields = {"size": size.label, "model": Path(network).stem}
    return fields if size.scale is None else {**fields, "scale": f"{size.scale:g}"}
