"""``srcnn restore``: damaged pictures in, better pictures of the same size out."""

import functools
from typing import Annotated

import typer

from srcnn.cli import file_options as pictures
from srcnn.tiling import BLOCK, DEFAULT_TILE

EPILOG = f"""
Examples:

  srcnn restore photo.jpg -o photo.png

  srcnn restore scans/ -r -o restored/ --format png --workers 4

  srcnn restore screenshot.png -o better.png --quality-of 20

  srcnn restore soft.png -o sharp.png --model 9-5-5-blur1.6

{pictures.EXIT_CODES}
"""


def restore_command(
    inputs: pictures.Inputs,
    out: pictures.Out = None,
    quality_of: pictures.QualityOf = None,
    model: Annotated[
        str,
        typer.Option(
            "--model", "-m", help="A name from `srcnn models`, or a .safetensors file; 9-5-5 goes by quality."
        ),
    ] = "9-5-5",
    engine: Annotated[
        str, typer.Option(help="What runs the network: onnxruntime, numpy, or torch.")
    ] = "onnxruntime",
    ensemble: Annotated[
        bool, typer.Option("--ensemble", help="Mean over 8 flips and rotations: slower, a little better.")
    ] = False,
    tile: Annotated[
        int,
        typer.Option(
            min=1,
            help=f"Side of the pieces worked on, rounded up to multiples of {BLOCK}; less takes less memory.",
        ),
    ] = DEFAULT_TILE,
    quality: pictures.Quality = 95,
    depth: pictures.Depth = None,
    strip: pictures.Strip = False,
    background: pictures.Background = None,
    recursive: pictures.Recursive = False,
    in_place: pictures.InPlace = False,
    name: Annotated[
        str, typer.Option(metavar="PATTERN", help="Of outputs in a folder; fields: {stem} {ext}.")
    ] = "{stem}_restored{ext}",
    file_format: pictures.Format = None,
    skip_existing: pictures.SkipExisting = False,
    overwrite: pictures.Overwrite = False,
    resume: pictures.Resume = False,
    workers: pictures.Workers = 1,
    max_memory: pictures.MaxMemory = None,
    report: pictures.Report = None,
    as_json: pictures.Json = False,
) -> None:
    """Undo what JPEG has done to pictures, at the same size.

    How much is undone goes by the quality that a JPEG's own tables tell. A picture that never was a JPEG is
    refused, unless --quality-of or a whole model's name says what it went through. A JPEG better than the
    best that there are weights for is left as it is: its output is a copy, and a note says so.
    """
    from srcnn.jobs import Naming, RestoreOptions, restore_files

    options = RestoreOptions(
        model=model,
        quality_of=quality_of,
        engine=engine,
        ensemble=ensemble,
        tile=tile,
        write=pictures.write_options(quality, depth, strip, background),
        max_memory=max_memory,
    )
    request = pictures.make_request(
        inputs,
        out,
        Naming(name, format=file_format),
        recursive=recursive,
        in_place=in_place,
        skip_existing=skip_existing,
        overwrite=overwrite,
        resume=resume,
        workers=workers,
        report=report,
    )
    run = functools.partial(restore_files, request, options)
    pictures.run_and_print("restoring", run, as_json=as_json, to_stdout=out == "-")
