"""``srcnn upscale``: pictures in, larger pictures out."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from srcnn.cli.output import Bar, complain, number, print_json
from srcnn.tiling import BLOCK, DEFAULT_TILE

if TYPE_CHECKING:
    from srcnn.jobs import JobResult

EPILOG = """
Examples:

  srcnn upscale photo.jpg -o large.png

  srcnn upscale scans/ logo.png -o large/ --scale 3

  srcnn upscale photo.png -o best.png --scale 4 --ensemble

  srcnn upscale thumbnail.png -o large.png --scale 4 --passes 2 --back-projection 3
"""


def upscale_command(
    inputs: Annotated[list[str], typer.Argument(metavar="IN", help="Pictures, and folders of pictures.")],
    out: Annotated[
        str, typer.Option("--out", "-o", help="A file for one picture; a folder gets NAME_xS for each.")
    ],
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
    quality: Annotated[
        int, typer.Option(min=1, max=100, help="Of JPEG, WebP and AVIF outputs; WebP is lossless at 100.")
    ] = 95,
    as_json: Annotated[bool, typer.Option("--json", help="Print the results as JSON.")] = False,
) -> None:
    """Upscale pictures: PNG, JPEG, TIFF, WebP and AVIF in and out, BMP and GIF in.

    Bit depth, transparency and colour profile are kept. Inputs are never written to; one bad picture
    does not stop the rest, and makes the exit code 1.
    """
    from srcnn.jobs import upscale_files

    with Bar("upscaling") as bar:

        def report(result: "JobResult") -> None:
            for note in result.notes:
                complain("note", f"{result.source}: {note}")
            if result.error is not None:
                complain("error", result.error)
            elif not as_json:
                print(_line(result), flush=True)

        results = upscale_files(
            inputs,
            out,
            scale,
            model=model,
            engine=engine,
            ensemble=ensemble,
            passes=passes,
            back_projection=back_projection,
            tile=tile,
            quality=quality,
            progress=lambda job, done, total: bar.update(done, total, job.source.name),
            report=report,
        )
    failed = sum(result.error is not None for result in results)
    if as_json:
        print_json(
            {"done": len(results) - failed, "failed": failed, "results": [_fields(r) for r in results]}
        )
    elif len(results) > 1:
        print(f"{len(results) - failed} of {len(results)} pictures upscaled, {failed} failed")
    if failed:
        raise typer.Exit(1)


def _line(result: "JobResult") -> str:
    return f"{result.source} -> {result.target}  {result.width}x{result.height}  {result.seconds:.2f} s"


def _fields(result: "JobResult") -> dict[str, Any]:
    return {
        "source": str(result.source),
        "target": str(result.target),
        "width": result.width,
        "height": result.height,
        "seconds": round(result.seconds, 3),
        "notes": list(result.notes),
        "error": result.error,
    }
