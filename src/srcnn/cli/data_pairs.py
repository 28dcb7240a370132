"""``srcnn data pairs``."""

from pathlib import Path
from typing import Annotated

import typer

from srcnn.cli.common import Bar
from srcnn.cli.data_common import AsJson, Processes, Side, report

EPILOG = """
Examples:

  srcnn data pairs --hr sharp/ --lr poor/ -o beside/

  srcnn data pairs --split beside/ --hr sharp/ --lr poor/ --sharp right
"""


def pairs_command(
    hr: Annotated[Path, typer.Option(help="Folder of the good pictures: read, or written with --split.")],
    lr: Annotated[Path, typer.Option(help="Folder of the poor pictures: read, or written with --split.")],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Folder for the joined ones.")] = None,
    split: Annotated[Path | None, typer.Option(help="Folder of joined pictures to split.")] = None,
    sharp: Annotated[Side, typer.Option(help="The half that is the good one.")] = Side.LEFT,
    processes: Processes = None,
    as_json: AsJson = False,
) -> None:
    """Join good and poor pictures side by side, matched by name, or split such pictures again."""
    from srcnn.data.side_by_side import make_pairs, split_pairs
    from srcnn.errors import UsageError

    if (out is None) == (split is None):
        raise UsageError("expected --out to join two folders, or --split to split one, got both or neither")
    with Bar("pairing") as bar:
        options = {"sharp": sharp.value, "processes": processes, "progress": bar.update}
        if split is not None:
            outcomes = split_pairs(split, hr, lr, **options)
        else:
            assert out is not None
            outcomes = make_pairs(hr, lr, out, **options)
    report(outcomes, "split" if split else "joined", as_json)
