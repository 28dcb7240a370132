"""``srcnn data check``."""

from pathlib import Path
from typing import Annotated

import typer

from srcnn.cli.common import AsJson, Bar, DataRoot, Workers, print_json
from srcnn.cli.data_common import HrSide, Side
from srcnn.errors import UsageError

EPILOG = """
Examples:

  srcnn data check Set5 --data sets/

  srcnn data check photos/ --size 64

  srcnn data check t91-x3.h5

  srcnn data check mine/high_res/ --lr mine/low_res/

  srcnn data check sets/Skyline --side-by-side --hr-side left
"""


def check_command(
    folder: Annotated[
        str, typer.Argument(metavar="FOLDER", help="A folder of pictures, a set's name, or an .h5 file.")
    ],
    lr: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of the LR pictures of the same names.")
    ] = None,
    side_by_side: Annotated[
        bool, typer.Option("--side-by-side", help="Each picture holds an HR and an LR half.")
    ] = False,
    hr_side: HrSide = Side.LEFT,
    data: DataRoot = None,
    size: Annotated[
        int, typer.Option(min=1, metavar="N", help="Side of a sub-image; smaller pictures are reported.")
    ] = 33,
    workers: Workers = None,
    as_json: AsJson = False,
) -> None:
    """Report on an image set: sizes, kinds, broken files, duplicates, and which standard set it is.

    The exit code is 1 if anything would stop a training.
    """
    from srcnn.data.check import DataReport, check_file, check_image_set
    from srcnn.data.check_pairs import check_match, check_side_by_side
    from srcnn.data.fingerprints import fingerprint_folder
    from srcnn.data.hdf5 import HDF5_SUFFIXES
    from srcnn.data.sets import find_file, set_folder

    if side_by_side and lr:
        raise UsageError("use either --lr or --side-by-side")
    parts: dict[str, DataReport] = {}
    if folder.lower().endswith(HDF5_SUFFIXES):
        report = check_file(Path(folder) if Path(folder).exists() else find_file(folder, data))
    else:
        path = set_folder(folder, data)
        with Bar("checking") as bar:
            prints = fingerprint_folder(path, processes=workers, progress=bar.update)
        report = check_image_set(path, prints, size=size)
        if lr is not None:
            with Bar("checking LR") as bar:
                lr_prints = fingerprint_folder(lr, processes=workers, progress=bar.update)
            parts["lr"] = check_image_set(lr, lr_prints, size=1, least=1)
            parts["match"] = check_match(path, lr, (*prints, *lr_prints))
        if side_by_side:
            parts["side_by_side"] = check_side_by_side(prints, hr_side.value, workers)
    if as_json:
        print_json(report.to_json() | {name: part.to_json() for name, part in parts.items()})
    else:
        print("\n".join(str(part) for part in (report, *parts.values())))
    if any(part.problems for part in (report, *parts.values())):
        raise typer.Exit(1)
