"""``srcnn data degrade``."""

from pathlib import Path
from typing import Annotated

import typer

from srcnn.cli.common import Bar
from srcnn.cli.data_common import AsJson, Processes, Steps, report

EPILOG = """
Examples:

  srcnn data degrade photos/ -o lr/ --scale 3 --hr hr/

  srcnn data degrade photos/ -o poor/ --same-size --step "shrink 2" --step enlarge --step "jpeg 20"

  srcnn data degrade photos/ -o lr/ --scale 4 --step "blur 1.6 9" --step subsample --step "noise 5"
"""


def degrade_command(
    folder: Annotated[str, typer.Argument(metavar="FOLDER", help="A folder of pictures, or a set's name.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the poor pictures.")],
    scale: Annotated[int, typer.Option("--scale", "-s", min=1, help="Good pictures are cut to it.")] = 1,
    step: Steps = None,
    same_size: Annotated[bool, typer.Option("--same-size", help="Enlarge to the size before.")] = False,
    grey: Annotated[bool, typer.Option("--grey", help="Full-range grey instead of colour.")] = False,
    hr: Annotated[Path | None, typer.Option(help="Folder for the good pictures as they were cut.")] = None,
    data: Annotated[
        Path | None, typer.Option(help="Folder that holds the image sets.", envvar="SRCNN_DATA")
    ] = None,
    processes: Processes = None,
    as_json: AsJson = False,
) -> None:
    """Write poor copies of good pictures as PNG: smaller, blurred, noisy, compressed, in any order.

    Without --step they are shrunk by the scale as MATLAB's imresize does it.
    """
    from srcnn.data.degrade_folder import Spoiling, spoil_folder
    from srcnn.data.sets import set_folder

    with Bar("degrading") as bar:
        outcomes = spoil_folder(
            set_folder(folder, data),
            out,
            Spoiling(scale, tuple(step or ()), same_size, grey),
            hr_out=hr,
            processes=processes,
            progress=bar.update,
        )
    report(outcomes, "degraded", as_json)
