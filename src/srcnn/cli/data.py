"""``srcnn data``: the commands about image sets, one file each."""

import typer

from srcnn.cli import data_check, data_degrade, data_pairs, data_prepare, data_tile

app = typer.Typer(
    name="data",
    help="Check, prepare, degrade, cut and pair image sets.",
    rich_markup_mode=None,
)


@app.callback(invoke_without_command=True)
def _root(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        print(context.get_help())


for _name, _command, _epilog, _in_short in (
    ("check", data_check.check_command, data_check.EPILOG, "A report on an image set."),
    ("prepare", data_prepare.prepare_command, data_prepare.EPILOG, "Sub-images into an HDF5 file."),
    ("degrade", data_degrade.degrade_command, data_degrade.EPILOG, "Poor copies of good pictures."),
    ("tile", data_tile.tile_command, data_tile.EPILOG, "Large pictures into tiles, and back."),
    ("pairs", data_pairs.pairs_command, data_pairs.EPILOG, "Make or split side-by-side pictures."),
):
    app.command(_name, epilog=_epilog, short_help=_in_short)(_command)
