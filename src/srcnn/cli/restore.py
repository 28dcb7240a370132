"""``srcnn restore``: damaged pictures in, better pictures of the same size out."""

from typing import Annotated

import typer

from srcnn.cli import file_options as files
from srcnn.cli.common import (
    AsJson,
    DamageQuality,
    Device,
    Engine,
    Ensemble,
    Half,
    Overwrite,
    Threads,
    Tile,
    engine_on,
)

EPILOG = f"""
Examples:

  srcnn restore photo.jpg -o photo.png

  srcnn restore scans/ -r -o restored/ --format png --workers 4

  srcnn restore screenshot.png -o better.png --damage-quality 20

  srcnn restore soft.png -o sharp.png --model 9-5-5-blur1.6

{files.EXIT_CODES}
"""
NAME = "{stem}_restored{ext}"


def restore_command(
    inputs: files.Inputs,
    out: files.Out = None,
    damage_quality: DamageQuality = None,
    model: Annotated[
        str,
        typer.Option(
            "--model",
            "-m",
            metavar="MODEL",
            help="A name from `srcnn models`, or a .safetensors file; 9-5-5: the weights for the quality.",
        ),
    ] = "9-5-5",
    engine: Engine = None,
    device: Device = None,
    half: Half = False,
    threads: Threads = None,
    ensemble: Ensemble = False,
    tile: Tile = None,
    quality: files.Quality = 95,
    depth: files.Depth = None,
    strip: files.Strip = False,
    background: files.Background = None,
    recursive: files.Recursive = False,
    in_place: files.InPlace = False,
    drop_rest: files.DropRest = False,
    name: Annotated[
        str, typer.Option(metavar="PATTERN", help="Output names in a folder; fields {stem} {ext}.")
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
    """Remove JPEG damage, or a blur, from pictures at the same size.

    The weights are chosen by the JPEG quality that the file's quantisation tables give. A picture that is no
    JPEG is refused without --damage-quality or the name of one model, such as 9-5-5-jpeg20. A JPEG of a
    higher quality than there are weights for is copied, with a note.
    """
    from srcnn.jobs import Naming, Request, RestoreOptions

    options = RestoreOptions(
        model=model,
        quality_of=damage_quality,
        engine=engine_on(engine, device, half),
        threads=threads,
        ensemble=ensemble,
        tile=tile,
        write=files.write_options(quality, depth, strip, background),
        max_memory=max_memory,
    )
    request = Request(
        inputs,
        out,
        Naming(name, format=file_format, chosen=name != NAME),
        recursive=recursive,
        in_place=in_place,
        drop_rest=drop_rest,
        existing=files.existing(skip_existing, overwrite),
        resume=resume,
        workers=workers,
        report=report,
    )
    files.run_and_print("restoring", request, options, as_json=as_json)
