"""``srcnn upscale``: pictures in, larger pictures out."""

import functools
from pathlib import Path
from typing import Annotated

import typer

from srcnn.cli import common as parsing
from srcnn.cli import file_options as pictures
from srcnn.cli.common import number
from srcnn.errors import UsageError
from srcnn.tiling import BLOCK, DEFAULT_TILE
from srcnn.zoo import BEST

EPILOG = f"""
Examples:

  srcnn upscale photo.jpg -o large.png

  srcnn upscale scans/ logo.png -o large/ --scale 3

  srcnn upscale album/ -r -o large/ --longest 4000 --workers 2 --resume

  srcnn upscale photo.png -o best.png --scale 4 --quality-mode best

  srcnn upscale old.jpg -o large.png --restore

  srcnn upscale - -o - --format png <photo.jpg >large.png

{pictures.EXIT_CODES}
"""
MODES: dict[str, tuple[str, bool]] = {
    "fast": ("9-1-5", False),
    "balanced": ("9-5-5", False),
    "best": (BEST, True),
}
"""Model and ensemble of each --quality-mode."""


def upscale_command(
    inputs: pictures.Inputs,
    out: pictures.Out = None,
    scale: Annotated[
        float | None,
        typer.Option(
            "--scale",
            "-s",
            parser=number,
            metavar="S",
            help="How many times larger: any number above 1.  [default: 2]",
        ),
    ] = None,
    width: Annotated[
        int | None, typer.Option(min=1, metavar="W", help="Pixels across, instead of a scale.")
    ] = None,
    height: Annotated[
        int | None, typer.Option(min=1, metavar="H", help="Pixels down, instead of a scale.")
    ] = None,
    longest: Annotated[
        int | None, typer.Option(min=1, metavar="L", help="Pixels of the longer side, instead of a scale.")
    ] = None,
    fit: Annotated[
        str | None,
        typer.Option(metavar="WxH", help="As large as fits into it, instead of a scale."),
    ] = None,
    quality_mode: Annotated[
        str | None,
        typer.Option(
            metavar="MODE", help="fast (9-1-5), balanced (9-5-5), or best (--model best --ensemble)."
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            "-m",
            help="A name from `srcnn models`, best, or a .safetensors file.  [default: 9-5-5]",
        ),
    ] = None,
    engine: Annotated[
        str, typer.Option(help="What runs the network: onnxruntime, numpy, or torch.")
    ] = "onnxruntime",
    ensemble: Annotated[
        bool, typer.Option("--ensemble", help="Mean over 8 flips and rotations: slower, a little better.")
    ] = False,
    passes: Annotated[
        int | None, typer.Option(help="Equal steps to S, each through the network; x4 as two of x2: 2.")
    ] = None,
    back_projection: Annotated[
        int,
        typer.Option(
            "--back-projection",
            metavar="N",
            help="Steps that make the result fit a picture made small with bicubic; 3 is enough.",
        ),
    ] = 0,
    tile: Annotated[
        int,
        typer.Option(
            min=1,
            help=f"Side of the pieces worked on, rounded up to multiples of {BLOCK}; less takes less memory.",
        ),
    ] = DEFAULT_TILE,
    alpha: Annotated[
        str, typer.Option(metavar="WAY", help="What enlarges transparency: network, bicubic, or drop it.")
    ] = "network",
    restore: Annotated[
        bool, typer.Option("--restore", help="Undo the damage of JPEGs first, as `srcnn restore` does.")
    ] = False,
    quality_of: pictures.QualityOf = None,
    quality: pictures.Quality = 95,
    depth: pictures.Depth = None,
    strip: pictures.Strip = False,
    background: pictures.Background = None,
    recursive: pictures.Recursive = False,
    in_place: pictures.InPlace = False,
    name: Annotated[
        str,
        typer.Option(
            metavar="PATTERN",
            help="Of outputs in a folder; fields: {stem} {ext} {size} {model}, with --scale {scale}.",
        ),
    ] = "{stem}_{size}{ext}",
    file_format: pictures.Format = None,
    skip_existing: pictures.SkipExisting = False,
    overwrite: pictures.Overwrite = False,
    resume: pictures.Resume = False,
    workers: pictures.Workers = 1,
    max_memory: pictures.MaxMemory = None,
    report: pictures.Report = None,
    as_json: pictures.Json = False,
) -> None:
    """Upscale pictures: PNG, JPEG, TIFF, WebP and AVIF in and out, BMP and GIF in.

    Bit depth, transparency, colour profile and metadata are kept. Inputs are never written to unless
    --in-place; one bad picture does not stop the rest, and makes the exit code 1. Above 4 times, it goes in
    several steps.
    """
    from srcnn.jobs import Naming, UpscaleOptions, upscale_files
    from srcnn.scales import Size

    if (width, height, longest, fit) == (None, None, None, None) and scale is None:
        scale = 2.0
    size = Size(scale, width, height, longest, parsing.box(fit))
    network, averaged = _network(quality_mode, model, ensemble)
    options = UpscaleOptions(
        size=size,
        model=network,
        engine=engine,
        ensemble=averaged,
        passes=passes,
        back_projection=back_projection,
        alpha=alpha,  # type: ignore[arg-type]  # checked there
        restore=restore,
        quality_of=quality_of,
        tile=tile,
        write=pictures.write_options(quality, depth, strip, background),
        max_memory=max_memory,
    )
    fields = {"size": size.label, "model": Path(network).stem}
    if scale is not None:
        fields["scale"] = f"{scale:g}"
    request = pictures.make_request(
        inputs,
        out,
        Naming(name, fields, file_format),
        recursive=recursive,
        in_place=in_place,
        skip_existing=skip_existing,
        overwrite=overwrite,
        resume=resume,
        workers=workers,
        report=report,
    )
    run = functools.partial(upscale_files, request, options)
    pictures.run_and_print("upscaling", run, as_json=as_json, to_stdout=out == "-")


def _network(mode: str | None, model: str | None, ensemble: bool) -> tuple[str, bool]:
    """Model and ensemble, said one way or the other."""
    if mode is None:
        return model or "9-5-5", ensemble
    if mode not in MODES:
        raise UsageError(f"expected a quality mode of {', '.join(MODES)}, got {mode!r}")
    if model is not None or ensemble:
        other = "--model" if model is not None else "--ensemble"
        raise UsageError(f"expected --quality-mode or {other}, got both; {mode} stands for {_meaning(mode)}")
    return MODES[mode]


def _meaning(mode: str) -> str:
    model, ensemble = MODES[mode]
    return f"--model {model}{' --ensemble' if ensemble else ''}"
