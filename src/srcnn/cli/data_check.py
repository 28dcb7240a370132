"""``srcnn data check``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from srcnn.cli.common import Bar, print_json
from srcnn.cli.data_common import Side

if TYPE_CHECKING:
    from srcnn.data.check import BesideReport, MatchReport, SetReport

EPILOG = """
Examples:

  srcnn data check Set5 --data sets/

  srcnn data check photos/ --size 64

  srcnn data check t91-x3.h5

  srcnn data check mine/high_res/ --lr mine/low_res/

  srcnn data check sets/Skyline --side-by-side --sharp left
"""


def check_command(
    folder: Annotated[
        str, typer.Argument(metavar="FOLDER", help="A folder of pictures, a set's name, or an .h5 file.")
    ],
    lr: Annotated[Path | None, typer.Option(help="Folder of the poor pictures of the same names.")] = None,
    beside: Annotated[
        bool, typer.Option("--side-by-side", help="Each picture holds a good and a poor half.")
    ] = False,
    sharp: Annotated[Side, typer.Option(help="With --side-by-side: the good half.")] = Side.LEFT,
    data: Annotated[
        Path | None, typer.Option(help="Folder that holds the image sets.", envvar="SRCNN_DATA")
    ] = None,
    size: Annotated[int, typer.Option(min=1, help="Side of a sub-image; smaller pictures are told.")] = 33,
    processes: Annotated[int | None, typer.Option(min=1, help="Processes at once [all cores].")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Report on an image set: sizes, kinds, broken files, duplicates, and which standard set it is.

    The exit code is 1 if anything would stop a training.
    """
    from srcnn.data.check import check_beside, check_folder, check_match
    from srcnn.data.hdf5 import HDF5_SUFFIXES
    from srcnn.data.sets import set_folder
    from srcnn.errors import UsageError

    if beside and lr:
        raise UsageError("expected --lr or --side-by-side, got both")
    if folder.lower().endswith(HDF5_SUFFIXES):
        _check_file(folder, data, as_json)
        return
    with Bar("checking") as bar:
        report = check_folder(set_folder(folder, data), size=size, processes=processes, progress=bar.update)
    poor = match = None
    if lr is not None:
        with Bar("checking LR") as bar:
            poor = check_folder(lr, size=1, processes=processes, progress=bar.update)
        match = check_match(report, poor)
    both = check_beside(report.looks, sharp.value, processes) if beside else None
    if as_json:
        value: dict[str, Any] = report.to_json()
        if poor and match:
            value |= {"lr": poor.to_json(), "match": match.to_json()}
        if both:
            value |= {"side_by_side": both.to_json()}
        print_json(value)
    else:
        _print(report)
        if both:
            _print_beside(both)
        if poor and match:
            _print(poor)
            _print_match(match)
    if any(part.problems for part in (report, poor, match, both) if part):
        raise typer.Exit(1)


def _check_file(given: str, data: Path | None, as_json: bool) -> None:
    from srcnn.data.check import check_file
    from srcnn.data.sets import find_file

    path = Path(given)
    report = check_file(path if path.exists() else find_file(given, data))
    facts = report.to_json()
    if as_json:
        print_json(facts)
    else:
        sizes = " to ".join(dict.fromkeys(f"{width}x{height}" for height, width in facts["inputs"]))
        print(f"{report.path}: {report.count:,} pairs of {report.channels} plane(s), inputs {sizes}")
        print(f"  targets lack {report.margin} pixels on each side")
        for key, value in facts["facts"].items():
            print(f"  {key}: {value}")
        for line in report.problems:
            print(f"  problem: {line}")
    if report.problems:
        raise typer.Exit(1)


def _print(report: "SetReport") -> None:
    facts = report.to_json()
    print(f"{report.folder}: {facts['pictures']} picture(s), {facts['megapixels']:g} megapixels")
    for mode, count in facts["modes"].items():
        print(f"  {count} {mode}")
    if facts["width"]:
        (narrow, wide), (low, high) = facts["width"], facts["height"]
        print(f"  widths {narrow} to {wide}, heights {low} to {high}")
    if report.recognised:
        print(f"  {report.recognised}")
    for kind, lines in (("problem", report.problems), ("note", report.notes)):
        for line in lines:
            print(f"  {kind}: {line}")


def _print_beside(report: "BesideReport") -> None:
    print(f"  {report.halved} pairs, the {report.sharp} half good")
    _print_estimate(report.estimate)
    for kind, lines in (("problem", report.problems), ("note", report.notes)):
        for line in lines:
            print(f"  {kind}: {line}")


def _print_estimate(scale: float | None) -> None:
    told = f"about {scale:.1f}" if scale else "none: the poor pictures are not softer than the good ones"
    print(f"  scale, estimated from the spectra: {told}")


def _print_match(report: "MatchReport") -> None:
    print(f"{report.match}")
    for scale, count in sorted(report.scales.items()):
        print(f"  {count} of equal size" if scale == 1 else f"  {count} with HR {scale} times larger")
    if set(report.scales) == {1}:
        _print_estimate(report.estimate)
    for line in report.problems:
        print(f"  problem: {line}")
