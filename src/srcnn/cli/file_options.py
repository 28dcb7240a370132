"""What commands from pictures to pictures share: their options, what they print, their exit code."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Protocol

import typer

from srcnn.cli import common as parsing
from srcnn.cli.common import Bar, complain, print_json
from srcnn.errors import UsageError

if TYPE_CHECKING:
    from srcnn.files import WriteOptions
    from srcnn.jobs import Existing, Job, JobResult, Naming, Outcome, Request

EXIT_CODES = "Exit codes: 0 all done, 1 some failed, 2 usage, 130 interrupted."

Inputs = Annotated[
    list[str],
    typer.Argument(
        metavar="IN", help="Pictures, folders, patterns such as 'scans/**/*.tif', or - for standard input."
    ),
]
Out = Annotated[
    str | None,
    typer.Option("--out", "-o", help="A file for one picture, - for standard output; a folder for several."),
]
Recursive = Annotated[
    bool, typer.Option("--recursive", "-r", help="Folders with all below them; outputs in the same tree.")
]
InPlace = Annotated[bool, typer.Option("--in-place", help="Outputs take the place of their inputs.")]
Format = Annotated[
    str | None,
    typer.Option(
        "--format", metavar="FORMAT", help="Of all outputs: png, jpg, tif, webp, avif; else as the input."
    ),
]
SkipExisting = Annotated[bool, typer.Option("--skip-existing", help="Leave outputs that exist as they are.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace outputs that exist.")]
Resume = Annotated[
    bool,
    typer.Option(
        "--resume", help="Go on with a run that was cut off: what it made with the same settings is kept."
    ),
]
Workers = Annotated[
    int, typer.Option(min=1, metavar="N", help="Pictures worked on at once, each in a process.")
]
Report = Annotated[
    str | None, typer.Option(metavar="FILE", help="Write what became of each picture as JSON.")
]
Depth = Annotated[int | None, typer.Option(metavar="BITS", help="Of outputs, 8 or 16; else as the input.")]
Strip = Annotated[bool, typer.Option("--strip", help="Leave out EXIF, XMP and resolution.")]
Background = Annotated[
    str | None,
    typer.Option(
        metavar="COLOUR", help="What transparency is laid on where a format holds none: ffffff, white."
    ),
]
MaxMemory = Annotated[
    int | None,
    typer.Option(
        "--max-memory",
        parser=parsing.memory_size,
        metavar="SIZE",
        help="For pixels, such as 500M or 2G; more lies in scratch files.  [default: a quarter of all]",
    ),
]
QualityOf = Annotated[
    int | None,
    typer.Option(
        "--quality-of",
        min=1,
        max=100,
        metavar="Q",
        help="Quality of the JPEGs that the pictures were, whatever their files say.",
    ),
]
Quality = Annotated[
    int, typer.Option(min=1, max=100, help="Of JPEG, WebP and AVIF outputs; WebP is lossless at 100.")
]
Json = Annotated[bool, typer.Option("--json", help="Print the results as JSON.")]


def write_options(quality: int, depth: int | None, strip: bool, background: str | None) -> "WriteOptions":
    """How outputs are written.

    Raises:
        UsageError: options that cannot be meant.
    """
    from srcnn.files import WriteOptions

    return WriteOptions(quality=quality, depth=depth, strip=strip, background=parsing.colour(background))


def make_request(
    inputs: list[str],
    out: str | None,
    naming: "Naming",
    *,
    recursive: bool,
    in_place: bool,
    skip_existing: bool,
    overwrite: bool,
    resume: bool,
    workers: int,
    report: str | None,
) -> "Request":
    """The request that the options mean.

    Raises:
        UsageError: options that contradict each other.
    """
    from srcnn.jobs import Request

    if out is None and not in_place:
        raise UsageError("expected an output with --out, or --in-place; see --help")
    if skip_existing and overwrite:
        raise UsageError("expected one of --skip-existing and --overwrite, got both")
    existing: Existing = "skip" if skip_existing else "overwrite" if overwrite else "refuse"
    return Request(
        inputs,
        out,
        naming,
        recursive=recursive,
        in_place=in_place,
        existing=existing,
        resume=resume,
        workers=workers,
        report=report,
    )


class Run(Protocol):
    """Does a request, telling how far it is and what became of each picture."""

    def __call__(
        self, *, progress: "Callable[[Job, float, int], None]", report: "Callable[[JobResult], None]"
    ) -> "Outcome":
        """What became of all."""
        ...


def run_and_print(title: str, run: Run, *, as_json: bool, to_stdout: bool = False) -> None:
    """Do a request with a bar, a line for each picture and a summary.

    Args:
        title: of the bar.
        run: does it.
        as_json: print JSON instead.
        to_stdout: a picture goes to standard output, which is left alone otherwise.

    Raises:
        UsageError: JSON and a picture on standard output.
        typer.Exit: with code 1, where a picture failed.
    """
    if as_json and to_stdout:
        raise UsageError("expected --json or a picture on standard output, got both; use --report")
    with Bar(title) as bar:

        def report(result: "JobResult") -> None:
            for note in result.notes:
                complain("note", f"{result.source}: {note}")
            if result.error is not None:
                complain("error", result.error)
            elif not (as_json or to_stdout):
                print(_line(result), flush=True)

        outcome = run(
            progress=lambda job, done, total: bar.update(done, total, job.source.name), report=report
        )
    if as_json:
        print_json(outcome.to_json())
    elif not to_stdout and (len(outcome.results) > 1 or outcome.others or outcome.count("skipped")):
        print("\n".join(summary(outcome)))
    if outcome.count("failed"):
        raise typer.Exit(1)


def summary(outcome: "Outcome") -> list[str]:
    """Lines: how many were done, skipped and failed, and each reason."""
    counts = ", ".join(f"{outcome.count(status)} {status}" for status in ("done", "skipped", "failed"))
    plural = "" if outcome.others == 1 else "s"
    others = f"; {outcome.others} other file{plural} ignored" if outcome.others else ""
    lines = [f"{counts}{others}"]
    lines += [f"  failed  {result.error}" for result in outcome.results if result.error is not None]
    return lines


def _line(result: "JobResult") -> str:
    if result.skipped is not None:
        return f"{result.source} -> {result.target}  skipped: {result.skipped}"
    return f"{result.source} -> {result.target}  {result.width}x{result.height}  {result.seconds:.2f} s"
