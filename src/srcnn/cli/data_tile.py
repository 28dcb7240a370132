"""``srcnn data tile``."""

from pathlib import Path
from typing import Annotated, Any

import typer

from srcnn.cli.common import AsJson, Bar, Overwrite, Workers
from srcnn.cli.data_common import report
from srcnn.errors import UsageError

EPILOG = """
Examples:

  srcnn data tile photos/ -o tiles/ --size 128 --resize 1024x1024

  srcnn data tile scan.png -o tiles/ --size 256 --crop

  srcnn data tile tiles/ -o whole/ --join

  srcnn restore tiles/ -o restored/ --damage-quality 20

  srcnn data tile restored/ -o whole/ --join
"""


def tile_command(
    source: Annotated[Path, typer.Argument(metavar="IN", help="A picture, or a folder of pictures.")],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Folder for the results.")],
    size: Annotated[int, typer.Option(min=1, metavar="N", help="Side of a tile.")] = 128,
    resize: Annotated[str | None, typer.Option(metavar="WxH", help="Resize to this first.")] = None,
    crop: Annotated[bool, typer.Option("--crop", help="Drop the rest that fills no tile.")] = False,
    join: Annotated[bool, typer.Option("--join", help="Join the tiles of a folder.")] = False,
    overwrite: Overwrite = False,
    workers: Workers = None,
    as_json: AsJson = False,
) -> None:
    """Cut large pictures into equal PNG tiles named NAME_rROW_cCOLUMN, or join such tiles without loss.

    Bit depth, alpha and colour profile are kept. What another command added to the names of all tiles comes
    behind the picture's: NAME_r0_c0_restored and so on are joined to NAME_restored.
    """
    from srcnn.data.tile_folder import TileOptions, cut_folder, join_folder
    from srcnn.scales import parse_size

    if join and (resize or crop):
        raise UsageError("use either --join, or --resize and --crop, which are for cutting")
    with Bar("joining" if join else "cutting") as bar:
        how: dict[str, Any] = {"overwrite": overwrite, "processes": workers, "progress": bar.update}
        if join:
            outcomes = join_folder(source, out, **how)
        else:
            width_height = parse_size(resize, "--resize")
            shape = width_height and (width_height[1], width_height[0])
            options = TileOptions(size, shape, "crop" if crop else "refuse")
            outcomes = cut_folder(source, out, options, **how)
    report(outcomes, "joined" if join else "cut", as_json)
