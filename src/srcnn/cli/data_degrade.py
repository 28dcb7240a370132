"""``srcnn data degrade``."""

from pathlib import Path
from typing import Annotated

import typer

from srcnn.cli.common import AsJson, Bar, DataRoot, Folder, Overwrite, Workers
from srcnn.cli.data_common import Steps, report

EPILOG = """
Examples:

  srcnn data degrade photos/ -o lr/ --scale 3 --hr hr/

  srcnn data degrade photos/ -o lr/ --same-size --step "shrink 2" --step enlarge --step "jpeg 20"

  srcnn data degrade photos/ -o lr/ --scale 4 --step "blur 1.6 9" --step subsample --step "noise 5"
"""


def degrade_command(
    folder: Folder,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Folder for the LR pictures.")],
    scale: Annotated[
        int,
        typer.Option(
            "--scale", "-s", min=1, metavar="S", help="HR pictures are cropped to a multiple of it."
        ),
    ] = 1,
    step: Steps = None,
    same_size: Annotated[
        bool, typer.Option("--same-size", help="Enlarge LR pictures to the size of the HR.")
    ] = False,
    grey: Annotated[bool, typer.Option("--grey", help="Full-range grey instead of colour.")] = False,
    hr: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder for the cropped HR pictures.")
    ] = None,
    data: DataRoot = None,
    workers: Workers = None,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Make LR pictures of HR pictures, as PNG: smaller, blurred, noisy, compressed, in any order.

    Without --step they are shrunk by the scale as MATLAB's imresize does.
    """
    from srcnn.data.degrade_folder import DegradeOptions, degrade_folder
    from srcnn.data.sets import set_folder

    with Bar("degrading") as bar:
        outcomes = degrade_folder(
            set_folder(folder, data),
            out,
            DegradeOptions(scale, tuple(step or ()), same_size, grey),
            hr_out=hr,
            overwrite=overwrite,
            processes=workers,
            progress=bar.update,
        )
    report(outcomes, "degraded", as_json)
