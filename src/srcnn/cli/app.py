"""The list of commands."""

from typing import Annotated

import typer

from srcnn import __version__
from srcnn.cli import models, train, upscale

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


app.command("upscale", epilog=upscale.EPILOG)(upscale.upscale_command)
app.command("models", epilog=models.EPILOG)(models.models_command)
app.command("train", epilog=train.EPILOG)(train.train_command)
