"""``srcnn data pairs``."""

from pathlib import Path
from typing import Annotated, Any

import typer

from srcnn.cli.common import AsJson, Bar, Overwrite, Workers
from srcnn.cli.data_common import HrSide, Side, report
from srcnn.errors import UsageError

EPILOG = """
Examples:

  srcnn data pairs --hr hr/ --lr lr/ -o pairs/

  srcnn data pairs --split pairs/ --hr halves/hr/ --lr halves/lr/
"""


def pairs_command(
    hr: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder of HR pictures: read, or written with --split.")
    ],
    lr: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder of LR pictures: read, or written with --split.")
    ],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="DIR", help="Folder for the joined pictures.")
    ] = None,
    split: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of joined pictures to split.")
    ] = None,
    hr_side: HrSide = Side.LEFT,
    overwrite: Overwrite = False,
    workers: Workers = None,
    as_json: AsJson = False,
) -> None:
    """Join HR and LR pictures of the same names side by side, or split such pictures again."""
    from srcnn.data.side_by_side import make_pairs, split_pairs

    if (out is None) == (split is None):
        raise UsageError("use either --out, to join two folders, or --split, to split one")
    with Bar("pairing") as bar:
        options: dict[str, Any] = {
            "hr_side": hr_side.value,
            "overwrite": overwrite,
            "processes": workers,
            "progress": bar.update,
        }
        if split is not None:
            outcomes = split_pairs(split, hr, lr, **options)
        else:
            assert out is not None
            outcomes = make_pairs(hr, lr, out, **options)
    report(outcomes, "split" if split else "joined", as_json)
