"""``srcnn data prepare``."""

from pathlib import Path
from typing import Annotated

import typer

from srcnn.cli.common import (
    AsJson,
    Bar,
    DataRoot,
    Folder,
    Overwrite,
    Workers,
    check_new,
    complain,
    print_json,
)
from srcnn.cli.data_common import Steps
from srcnn.errors import UsageError, one_of

EPILOG = """
Examples:

  srcnn data prepare T91 -o t91-x3.h5 --scale 3

  srcnn data prepare T91 -o train.h5 --scale 3 --layout caffe

  srcnn data prepare photos/ -o crops.h5 --scale 2 --random 200 --size 48 --color rgb

  srcnn data prepare Set5 -o set5-x3.h5 --scale 3 --whole
"""


def prepare_command(
    folder: Folder,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="The HDF5 file to write.")],
    scale: Annotated[
        int, typer.Option("--scale", "-s", min=1, metavar="S", help="1: restoration at the same size.")
    ],
    size: Annotated[int, typer.Option(min=1, metavar="N", help="Side of a sub-image (f_sub).")] = 33,
    stride: Annotated[int, typer.Option(min=1, metavar="N", help="Distance between sub-images.")] = 14,
    random: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Random crops per picture instead.")
    ] = None,
    whole: Annotated[bool, typer.Option("--whole", help="Whole pictures, for evaluation.")] = False,
    sizes: Annotated[
        list[float] | None,
        typer.Option(metavar="FACTOR", help="Add copies shrunk by this factor, repeatable."),
    ] = None,
    step: Steps = None,
    color: Annotated[str, typer.Option(metavar="COLOR", help="y, grey, ycbcr or rgb.")] = "y",
    hr_folder: Annotated[
        str | None, typer.Option(metavar="NAME", help="Subfolder of FOLDER that holds HR pictures.")
    ] = None,
    lr_folder: Annotated[
        str | None, typer.Option(metavar="NAME", help="Subfolder of FOLDER that holds LR pictures.")
    ] = None,
    layout: Annotated[
        str, typer.Option(metavar="LAYOUT", help="pytorch (lr, hr) or caffe (data, label).")
    ] = "pytorch",
    margin: Annotated[
        int | None,
        typer.Option(
            min=0, metavar="N", help="Pixels that labels lack on each side [caffe: 6, as 9-1-5 needs]."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", help="Of the random crops.")] = 0,
    data: DataRoot = None,
    workers: Workers = None,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Cut a set into sub-images in one HDF5 file for any framework; whole pictures are degraded first.

    A recipe trains on the file by its name; see also `srcnn data check`.
    """
    from srcnn.data.hdf5 import FILE_LAYOUTS
    from srcnn.data.pair_sources import PairRules
    from srcnn.data.planes import COLORS
    from srcnn.data.prepare import Cutting, prepare
    from srcnn.data.sets import find_set, set_folder

    if (hr_folder is None) != (lr_folder is None):
        raise UsageError("use --hr-folder and --lr-folder together")
    if hr_folder and step:
        raise UsageError("use either --step or --lr-folder, whose pictures are degraded already")
    chosen, planes = one_of(layout, FILE_LAYOUTS, "a layout"), one_of(color, COLORS, "a color")
    rules = PairRules(color=planes, degradation=tuple(step or ()))
    if hr_folder and lr_folder:
        rules = PairRules(color=planes, layout="folders", hr_folder=hr_folder, lr_folder=lr_folder)
    if margin is None:
        margin = 6 if chosen == "caffe" else 0
    cutting = Cutting(size, stride, random, margin, whole, (1.0, *(sizes or ())), seed)
    check_new(out, overwrite)
    path = Path(folder)
    if not path.is_dir() or not hr_folder:
        path = find_set(folder, data, part=hr_folder) if hr_folder else set_folder(folder, data)
    with Bar("cutting") as bar:
        done = prepare(
            path,
            out,
            scale,
            cutting=cutting,
            rules=rules,
            layout=chosen,
            processes=workers,
            progress=bar.update,
        )
    for name in done.small:
        complain("note", f"{name} is smaller than a sub-image and left out")
    if as_json:
        print_json(
            {"path": str(out), "count": done.count, "pictures": done.pictures, "small": list(done.small)}
        )
    else:
        kind = "pictures" if whole else "sub-images"
        print(f"{done.count:,} {kind} of {done.pictures} pictures in {out}")
