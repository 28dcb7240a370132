"""``srcnn data tile``."""

import re
from pathlib import Path
from typing import Annotated

import typer

from srcnn.cli.common import Bar
from srcnn.cli.data_common import AsJson, Processes, report

EPILOG = """
Examples:

  srcnn data tile photos/ -o tiles/ --size 128 --resize 1024x1024

  srcnn data tile scan.png -o tiles/ --size 256 --crop

  srcnn data tile tiles/ -o whole/ --join
"""


def tile_command(
    source: Annotated[Path, typer.Argument(metavar="IN", help="A picture, or a folder of them.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the results.")],
    size: Annotated[int, typer.Option(min=1, help="Side of a tile.")] = 128,
    resize: Annotated[str | None, typer.Option(metavar="WxH", help="Resize to this first.")] = None,
    crop: Annotated[bool, typer.Option("--crop", help="Leave out what fills no tile.")] = False,
    join: Annotated[bool, typer.Option("--join", help="Join the tiles of a folder again.")] = False,
    processes: Processes = None,
    as_json: AsJson = False,
) -> None:
    """Cut large pictures into equal PNG tiles named NAME_rROW_cCOLUMN, or join such tiles without loss.

    Bit depth, transparency and colour profile are kept.
    """
    from srcnn.data.tile_folder import Tiling, cut_folder, join_folder
    from srcnn.errors import UsageError

    if join and (resize or crop):
        raise UsageError("expected --join without --resize and --crop, which are for cutting")
    with Bar("joining" if join else "cutting") as bar:
        if join:
            outcomes = join_folder(source, out, processes=processes, progress=bar.update)
        else:
            tiling = Tiling(size, _shape(resize), "crop" if crop else "refuse")
            outcomes = cut_folder(source, out, tiling, processes=processes, progress=bar.update)
    report(outcomes, "joined" if join else "cut", as_json)


def _shape(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    match = re.fullmatch(r"([1-9]\d{0,5})x([1-9]\d{0,5})", text)
    if not match:
        raise typer.BadParameter(f"expected WIDTHxHEIGHT such as 1024x1024, got {text!r}")
    return int(match[2]), int(match[1])
