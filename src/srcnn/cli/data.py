"""``srcnn data``: the commands about image sets, one file each."""

import typer

from srcnn.cli import data_check, data_degrade, data_pairs, data_prepare, data_tile
from srcnn.cli.common import show_help

app = typer.Typer(
    name="data",
    help="Check, prepare, degrade, cut and pair image sets.",
    rich_markup_mode=None,
    invoke_without_command=True,
    callback=show_help,
)

for _name, _command, _epilog, _in_short in (
    ("check", data_check.check_command, data_check.EPILOG, "Report on an image set."),
    ("prepare", data_prepare.prepare_command, data_prepare.EPILOG, "Cut sub-images into an HDF5 file."),
    ("degrade", data_degrade.degrade_command, data_degrade.EPILOG, "Make LR pictures of HR pictures."),
    ("tile", data_tile.tile_command, data_tile.EPILOG, "Cut large pictures into tiles, or join them."),
    ("pairs", data_pairs.pairs_command, data_pairs.EPILOG, "Join or split side-by-side pictures."),
):
    app.command(_name, epilog=_epilog, short_help=_in_short)(_command)
