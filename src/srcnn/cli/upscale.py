"""``srcnn upscale``: pictures in, larger pictures out."""

import functools
from typing import Annotated

import typer

from srcnn.cli import pictures
from srcnn.cli.output import number
from srcnn.tiling import BLOCK, DEFAULT_TILE

EPILOG = f"""
Examples:

  srcnn upscale photo.jpg -o large.png

  srcnn upscale scans/ logo.png -o large/ --scale 3

  srcnn upscale photo.png -o best.png --scale 4 --ensemble

  srcnn upscale thumbnail.png -o large.png --scale 4 --passes 2 --back-projection 3

{pictures.EXIT_CODES}
"""


def upscale_command(
    inputs: pictures.Inputs,
    out: pictures.Out = None,
    scale: Annotated[
        float,
        typer.Option(
            "--scale", "-s", parser=number, metavar="S", help="How many times larger: any number above 1."
        ),
    ] = 2.0,
    model: Annotated[
        str, typer.Option("--model", "-m", help="A name from `srcnn models`, or a .safetensors file.")
    ] = "9-5-5",
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
    quality: pictures.Quality = 95,
    recursive: pictures.Recursive = False,
    in_place: pictures.InPlace = False,
    name: Annotated[
        str, typer.Option(metavar="PATTERN", help="Of outputs in a folder; fields: {stem} {scale} {ext}.")
    ] = "{stem}_x{scale}{ext}",
    file_format: pictures.Format = None,
    skip_existing: pictures.SkipExisting = False,
    overwrite: pictures.Overwrite = False,
    workers: pictures.Workers = 1,
    report: pictures.Report = None,
    as_json: pictures.Json = False,
) -> None:
    """Upscale pictures: PNG, JPEG, TIFF, WebP and AVIF in and out, BMP and GIF in.

    Bit depth, transparency and colour profile are kept. Inputs are never written to; one bad picture
    does not stop the rest, and makes the exit code 1.
    """
    from srcnn.files import WriteOptions
    from srcnn.jobs import Naming, UpscaleOptions, upscale_files

    options = UpscaleOptions(
        scale=scale,
        model=model,
        engine=engine,
        ensemble=ensemble,
        passes=passes,
        back_projection=back_projection,
        tile=tile,
        write=WriteOptions(quality=quality),
    )
    request = pictures.make_request(
        inputs,
        out,
        Naming(name, {"scale": f"{scale:g}"}, file_format),
        recursive=recursive,
        in_place=in_place,
        skip_existing=skip_existing,
        overwrite=overwrite,
        workers=workers,
        report=report,
    )
    pictures.run_and_print("upscaling", functools.partial(upscale_files, request, options), as_json=as_json)
