"""``srcnn batch``: a corpus of pictures on a Ray cluster."""

import sys
import time
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Annotated

import typer

from srcnn.cli import file_options as files
from srcnn.cli import restore, upscale
from srcnn.cli.common import (
    AsJson,
    BackProjection,
    Bar,
    DamageQuality,
    Device,
    Engine,
    Ensemble,
    Half,
    Overwrite,
    Passes,
    Tile,
    complain,
    engine_on,
    parse_memory,
    print_json,
)
from srcnn.errors import UsageError, one_of
from srcnn.text_table import printable

if TYPE_CHECKING:
    from srcnn.corpus import Tally
    from srcnn.files import WriteOptions
    from srcnn.jobs import RestoreOptions

EPILOG = f"""
Examples:

  srcnn batch scans/ large/ --scale 2

  srcnn batch s3://archive/scans s3://archive/large --longest 4000 --resume

  srcnn batch s3://archive/scans s3://archive/clean --task restore --address auto

  srcnn batch wanted.parquet large/ --base s3://archive/scans --address 10.0.0.1:6379

{files.EXIT_CODES}
"""
_TASKS = ("upscale", "restore")
_OFTEN = 60.0
"""Seconds between two lines about the progress, where no bar shows it."""


def batch_command(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="A folder or URL (s3://, gs://, file://) with all below it; or a .txt or .parquet of names.",
        ),
    ],
    target: Annotated[
        str, typer.Argument(metavar="TARGET", help="A folder or URL for the outputs, in the same tree.")
    ],
    task: Annotated[
        str, typer.Option(metavar="TASK", help="upscale, or restore as `srcnn restore` does.")
    ] = "upscale",
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
    ensemble: Ensemble = False,
    passes: Passes = None,
    back_projection: BackProjection = 0,
    tile: Tile = None,
    alpha: files.Alpha = "network",
    restore_first: files.RestoreFirst = False,
    damage_quality: DamageQuality = None,
    quality: files.Quality = 95,
    depth: files.Depth = None,
    strip: files.Strip = False,
    background: files.Background = None,
    name: Annotated[
        str | None,
        typer.Option(metavar="PATTERN", help="Output names, as in the command of the task; with {stem}."),
    ] = None,
    file_format: files.Format = None,
    base: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="What the names of a list are counted from [the folder of the list]."
        ),
    ] = None,
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Skip what the manifest in TARGET says is done with equal settings."),
    ] = False,
    overwrite: Overwrite = False,
    address: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="An existing Ray cluster, or auto [one of this machine alone]."),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Workers [as many as fit, more where the cluster grows]."),
    ] = None,
    threads: Annotated[int, typer.Option(min=1, metavar="N", help="Cores of each worker.")] = 1,
    gpus: Annotated[
        float | None,
        typer.Option(
            min=0, metavar="N", help="GPUs of each worker, also parts of one [none; 1 with --device cuda]."
        ),
    ] = None,
    max_memory: Annotated[
        int | None,
        typer.Option(
            parser=parse_memory,
            metavar="SIZE",
            help="Memory for pixels of a worker, which Ray sets aside [a quarter of all, shared].",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Upscale or restore a corpus of pictures on a Ray cluster; needs the extra "cluster".

    Each output is written whole or not at all. A picture that fails does not stop the others and is a row of
    the manifest, Parquet in TARGET/.srcnn-batch/manifest; the exit code is 1 then.
    """
    from srcnn.corpus import CorpusRequest, RayPipeline, run_corpus
    from srcnn.engines import engine_name
    from srcnn.jobs import Naming, UpscaleOptions
    from srcnn.jobs.upscale_job import choose_network

    # A device may be on the machines of the cluster alone.
    engine = (engine_on if address is None else engine_name)(engine, device, half)
    gpus = gpus or float((device or "").startswith("cuda"))
    write = files.write_options(quality, depth, strip, background)
    fields: dict[str, str] = {}
    if one_of(task, _TASKS, "a task") == "restore":
        only = (scale, width, height, longest, fit, quality_mode, passes)
        if any(value is not None for value in only) or back_projection or restore_first or alpha != "network":
            raise UsageError("use options about enlarging with --task upscale; --task restore keeps the size")
        work = _restoring(model, damage_quality, engine, threads, ensemble, tile, write, max_memory)
    else:
        size = upscale.wanted_size(scale, width, height, longest, fit)
        network, averaged = choose_network(quality_mode, model, ensemble)
        fields = upscale.name_fields(size, network)
        work = UpscaleOptions(
            size=size,
            model=network,
            engine=engine,
            threads=threads,
            ensemble=averaged,
            passes=passes,
            back_projection=back_projection,
            alpha=alpha,  # type: ignore[arg-type]  # checked there
            restore=restore_first,
            quality_of=damage_quality,
            tile=tile,
            write=write,
            max_memory=max_memory,
        )
    pattern = name or (upscale.NAME if task == "upscale" else restore.NAME)
    request = CorpusRequest(
        source,
        target,
        Naming(pattern, fields, file_format),
        base=base,
        resume=resume,
        overwrite=overwrite,
        threads=threads,
    )
    pipeline = RayPipeline(address, workers, threads, gpus, max_memory)
    # Ray prints to standard output when a machine is gone; that is for the result alone.
    with Bar("upscaling" if task == "upscale" else "restoring") as bar, redirect_stdout(sys.stderr):
        tally = run_corpus(request, work, pipeline, progress=_Progress(bar))
    if as_json:
        print_json(tally.to_json())
    else:
        print("\n".join(map(printable, _summary(tally))))
    if tally.failed:
        raise typer.Exit(1)


def _restoring(
    model: str | None,
    damage_quality: int | None,
    engine: str | None,
    threads: int,
    ensemble: bool,
    tile: int | None,
    write: "WriteOptions",
    max_memory: int | None,
) -> "RestoreOptions":
    from srcnn.jobs import RestoreOptions

    return RestoreOptions(
        model=model or "9-5-5",
        quality_of=damage_quality,
        engine=engine,
        threads=threads,
        ensemble=ensemble,
        tile=tile,
        write=write,
        max_memory=max_memory,
    )


class _Progress:
    """A bar on a terminal, and a line a minute in a log."""

    def __init__(self, bar: Bar) -> None:
        self._bar = bar
        self._last = time.monotonic()

    def __call__(self, tally: "Tally") -> None:
        done = tally.done + tally.failed
        left = tally.seconds_left
        text = f"{_rates(tally)}, {'' if left is None else _duration(left)} left"
        self._bar.update(done, tally.total, text)
        if not sys.stderr.isatty() and time.monotonic() - self._last > _OFTEN:
            self._last = time.monotonic()
            complain("note", f"{done:,} of {tally.total:,} pictures, {tally.failed:,} failed; {text}")


def _rates(tally: "Tally") -> str:
    return f"{tally.pictures_per_second:.1f} pictures/s, {tally.megapixels_per_second:.1f} megapixels/s"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return (
        f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
    )


def _summary(tally: "Tally") -> list[str]:
    counts = f"{tally.done:,} done, {tally.skipped:,} skipped, {tally.failed:,} failed"
    others = (
        f"; {tally.others:,} other file{'' if tally.others == 1 else 's'} ignored" if tally.others else ""
    )
    rates = f" in {_duration(tally.seconds)}, {_rates(tally)}" if tally.done + tally.failed else ""
    failures = [
        f"  failed  {count:,} x {kind}, first: {tally.first[kind]}"
        for kind, count in tally.kinds.most_common()
    ]
    return [f"{counts}{rates}{others}", *failures, f"manifest in {tally.manifest}"]
