"""``srcnn upscale``: pictures in, larger pictures out."""

from pathlib import Path
from typing import Annotated

import typer

from srcnn.cli import file_options as files
from srcnn.cli.common import (
    AsJson,
    BackProjection,
    DamageQuality,
    Engine,
    Ensemble,
    Overwrite,
    Passes,
    Threads,
    Tile,
    parse_number,
)

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


def upscale_command(
    inputs: files.Inputs,
    out: files.Out = None,
    scale: Annotated[
        float | None,
        typer.Option(
            "--scale",
            "-s",
            parser=parse_number,
            metavar="S",
            help="Scale factor: any number above 1.  [default: 2]",
        ),
    ] = None,
    width: Annotated[
        int | None, typer.Option(min=1, metavar="W", help="Width in pixels, instead of a scale.")
    ] = None,
    height: Annotated[
        int | None, typer.Option(min=1, metavar="H", help="Height in pixels, instead of a scale.")
    ] = None,
    longest: Annotated[
        int | None, typer.Option(min=1, metavar="L", help="Longer side in pixels, instead of a scale.")
    ] = None,
    fit: Annotated[
        str | None, typer.Option(metavar="WxH", help="Largest size that fits into it, instead of a scale.")
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
            "--model", "-m", help="A name from `srcnn models`, best, or a .safetensors file [9-5-5]."
        ),
    ] = None,
    engine: Engine = None,
    threads: Threads = None,
    ensemble: Ensemble = False,
    passes: Passes = None,
    back_projection: BackProjection = 0,
    tile: Tile = None,
    alpha: Annotated[
        str, typer.Option(metavar="WAY", help="How alpha is enlarged: network, bicubic, or drop it.")
    ] = "network",
    restore: Annotated[
        bool, typer.Option("--restore", help="Remove JPEG damage first, as `srcnn restore` does.")
    ] = False,
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
    ] = "{stem}_{size}{ext}",
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
    from srcnn.scales import Size, parse_size

    if (width, height, longest, fit) == (None, None, None, None) and scale is None:
        scale = 2.0
    size = Size(scale, width, height, longest, parse_size(fit, "--fit"))
    network, averaged = choose_network(quality_mode, model, ensemble)
    options = UpscaleOptions(
        size=size,
        model=network,
        engine=engine,
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
    fields = {"size": size.label, "model": Path(network).stem}
    if scale is not None:
        fields["scale"] = f"{scale:g}"
    request = Request(
        inputs,
        out,
        Naming(name, fields, file_format),
        recursive=recursive,
        in_place=in_place,
        drop_rest=drop_rest,
        existing=files.existing(skip_existing, overwrite),
        resume=resume,
        workers=workers,
        report=report,
    )
    files.run_and_print("upscaling", request, options, as_json=as_json)
