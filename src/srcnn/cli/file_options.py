"""What ``upscale`` and ``restore`` share: options about files, what is printed, the exit code."""

from typing import TYPE_CHECKING, Annotated

import typer

from srcnn.cli.common import Bar, complain, parse_memory, parse_number, print_json
from srcnn.errors import UsageError
from srcnn.text_table import printable

if TYPE_CHECKING:
    from srcnn.files import WriteOptions
    from srcnn.jobs import Existing, JobResult, Outcome, Request, Work

EXIT_CODES = "Exit codes: 0 all done, 1 some failed, 2 usage, 130 interrupted, 143 ended."

Inputs = Annotated[
    list[str],
    typer.Argument(
        metavar="IN", help="Pictures, folders, patterns such as 'scans/**/*.tif', or - for standard input."
    ),
]
Out = Annotated[
    str | None,
    typer.Option(
        "--out",
        "-o",
        metavar="PATH",
        help="A file for one picture, - for standard output; a folder for several.",
    ),
]
Recursive = Annotated[
    bool, typer.Option("--recursive", "-r", help="Include subfolders; outputs in the same tree.")
]
InPlace = Annotated[bool, typer.Option("--in-place", help="Replace the inputs by the outputs.")]
DropRest = Annotated[
    bool,
    typer.Option("--drop-rest", help="With --in-place: lose further pages, frames, channels, appended data."),
]
Format = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="FORMAT",
        help="Output format: png, jpg, tif, webp, avif, jxl (extra phone); else the input's.",
    ),
]
SkipExisting = Annotated[bool, typer.Option("--skip-existing", help="Keep outputs that exist.")]
Resume = Annotated[
    bool,
    typer.Option("--resume", help="Continue an interrupted run; keep what it wrote with the same settings."),
]
Workers = Annotated[
    int, typer.Option("--workers", min=1, metavar="N", help="Processes at once, one picture each.")
]
Report = Annotated[str | None, typer.Option(metavar="FILE", help="Write the result per file as JSON.")]
Depth = Annotated[
    int | None, typer.Option(metavar="BITS", help="Bit depth of outputs, 8 or 16; else the input's.")
]
Strip = Annotated[bool, typer.Option("--strip", help="Write no EXIF, XMP and resolution.")]
Background = Annotated[
    str | None,
    typer.Option(metavar="COLOR", help="Background for formats without alpha: ffffff, white."),
]
MaxMemory = Annotated[
    int | None,
    typer.Option(
        "--max-memory",
        parser=parse_memory,
        metavar="SIZE",
        help="Memory for pixels, such as 500M or 2G; beyond it scratch files are used [a quarter of all].",
    ),
]
Quality = Annotated[
    int, typer.Option(min=1, max=100, metavar="Q", help="Of JPEG, WebP (100: lossless) and AVIF outputs.")
]

ScaleFactor = Annotated[
    float | None,
    typer.Option(
        "--scale",
        "-s",
        parser=parse_number,
        metavar="S",
        help="Scale factor: any number above 1.  [default: 2]",
    ),
]
Width = Annotated[int | None, typer.Option(min=1, metavar="W", help="Width in pixels, instead of a scale.")]
Height = Annotated[int | None, typer.Option(min=1, metavar="H", help="Height in pixels, instead of a scale.")]
Longest = Annotated[
    int | None, typer.Option(min=1, metavar="L", help="Longer side in pixels, instead of a scale.")
]
Fit = Annotated[
    str | None, typer.Option(metavar="WxH", help="Largest size that fits into it, instead of a scale.")
]
QualityMode = Annotated[
    str | None,
    typer.Option(metavar="MODE", help="fast (9-1-5), balanced (9-5-5), or best (--model best --ensemble)."),
]
Network = Annotated[
    str | None,
    typer.Option(
        "--model",
        "-m",
        metavar="MODEL",
        help="A name from `srcnn models`, best, or a .safetensors file [9-5-5].",
    ),
]
Alpha = Annotated[
    str, typer.Option(metavar="WAY", help="How alpha is enlarged: network, bicubic, or drop it.")
]
RestoreFirst = Annotated[
    bool, typer.Option("--restore", help="Remove JPEG damage first, as `srcnn restore` does.")
]


def write_options(quality: int, depth: int | None, strip: bool, background: str | None) -> "WriteOptions":
    """How outputs are written."""
    from srcnn.files import WriteOptions, parse_color

    return WriteOptions(quality=quality, depth=depth, strip=strip, background=parse_color(background))


def existing(skip: bool, overwrite: bool) -> "Existing":
    """What to do about outputs that exist."""
    if skip and overwrite:
        raise UsageError("use either --skip-existing or --overwrite")
    return "skip" if skip else "overwrite" if overwrite else "refuse"


def run_and_print(title: str, request: "Request", work: "Work", *, as_json: bool) -> None:
    """`run_files` with a bar called ``title``, and a line for each file and a summary, or JSON.

    Raises:
        UsageError: no output, or JSON and a picture on standard output.
        typer.Exit: with code 1, where a file failed.
    """
    from srcnn.jobs import run_files

    to_stdout = request.out == "-"
    if request.out is None and not request.in_place:
        raise UsageError("expected an output: use --out or --in-place; see --help")
    if as_json and to_stdout:
        raise UsageError("use either --json or a picture on standard output; --report writes JSON to a file")
    with Bar(title) as bar:

        def report(result: "JobResult") -> None:
            for note in result.notes:
                complain("note", f"{result.source}: {note}")
            if result.error is not None:
                complain("error", result.error)
            elif not (as_json or to_stdout):
                print(printable(_line(result)), flush=True)

        outcome = run_files(
            request,
            work,
            progress=lambda job, done, total: bar.update(done, total, job.source.name),
            report=report,
        )
    if as_json:
        print_json(outcome.to_json())
    elif not to_stdout and (len(outcome.results) > 1 or outcome.others or outcome.count("skipped")):
        print("\n".join(map(printable, _summary(outcome))))
    if outcome.count("failed"):
        raise typer.Exit(1)


def _line(result: "JobResult") -> str:
    if result.skipped is not None:
        return f"{result.source} -> {result.target}  skipped: {result.skipped}"
    return f"{result.source} -> {result.target}  {result.width}x{result.height}  {result.seconds:.2f} s"


def _summary(outcome: "Outcome") -> list[str]:
    counts = ", ".join(f"{outcome.count(status)} {status}" for status in ("done", "skipped", "failed"))
    plural = "" if outcome.others == 1 else "s"
    others = f"; {outcome.others} other file{plural} ignored" if outcome.others else ""
    errors = [f"  failed  {result.error}" for result in outcome.results if result.error is not None]
    return [f"{counts}{others}", *errors]
