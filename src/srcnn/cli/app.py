"""The list of commands."""

from typing import Annotated

import typer

from srcnn import __version__
from srcnn.cli import (
    batch,
    compare,
    data,
    doctor,
    evaluate,
    export,
    figures,
    hardware,
    import_,
    models,
    reproduce,
    restore,
    train,
    upscale,
    web,
)

app = typer.Typer(
    name="srcnn",
    help="Upscale pictures with SRCNN, train it, and measure it.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help: greppable, and it starts faster than the boxed one
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    if version:
        print(f"srcnn {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        print(context.get_help())


for _name, _command, _epilog, _in_short in (
    ("upscale", upscale.upscale_command, upscale.EPILOG, "Upscale pictures."),
    ("restore", restore.restore_command, restore.EPILOG, "Remove JPEG damage or a blur."),
    ("batch", batch.batch_command, batch.EPILOG, "Upscale or restore a corpus on a cluster."),
    ("models", models.models_command, models.EPILOG, "List the shipped weights."),
    ("evaluate", evaluate.evaluate_command, evaluate.EPILOG, "Measure weights on pictures."),
    ("compare", compare.compare_command, compare.EPILOG, "Compare methods side by side."),
    ("import", import_.import_command, import_.EPILOG, "Read weights of other programs."),
    ("export", export.export_command, export.EPILOG, "Write weights for other programs."),
    ("train", train.train_command, train.EPILOG, "Train weights by a recipe."),
    ("reproduce", reproduce.reproduce_command, reproduce.EPILOG, "Measure the paper's tables again."),
    ("web", web.web_command, web.EPILOG, "Open a page that does it; serve it."),
    ("doctor", doctor.doctor_command, doctor.EPILOG, "Check the installation."),
):
    app.command(_name, epilog=_epilog, short_help=_in_short)(_command)
app.add_typer(data.app, name="data", short_help="Check, prepare, degrade, cut and pair image sets.")
app.add_typer(
    figures.app,
    name="figures",
    short_help="Draw filters, feature maps, curves, costs, error maps.",
)
app.add_typer(hardware.app, name="hardware", short_help="Weights to C, HLS and a Verilog core, proved equal.")
