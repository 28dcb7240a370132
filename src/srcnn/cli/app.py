"""The list of commands."""

from collections.abc import Sequence
from importlib import import_module
from typing import Annotated

import typer

from srcnn import __version__

_COMMANDS = {
    "upscale": "Upscale pictures.",
    "restore": "Remove JPEG damage or a blur.",
    "batch": "Upscale or restore a corpus on a cluster.",
    "models": "List the shipped weights.",
    "evaluate": "Measure weights on pictures.",
    "compare": "Compare methods side by side.",
    "import": "Read weights of other programs.",
    "export": "Write weights for other programs.",
    "train": "Train weights by a recipe.",
    "reproduce": "Measure the paper's tables again.",
    "web": "Open a page that does it; serve it.",
    "doctor": "Check the installation.",
}
_GROUPS = {
    "data": "Check, prepare, degrade, cut and pair image sets.",
    "figures": "Draw filters, feature maps, curves, costs, error maps.",
    "hardware": "Weights to C, HLS and a Verilog core, proved equal.",
}


def build_app(arguments: Sequence[str] = ()) -> typer.Typer:
    """The program with all its commands; with one alone where ``arguments`` begin with its name.

    Loading the others takes as long as a small picture.
    """
    app = typer.Typer(
        name="srcnn",
        help="Upscale pictures with SRCNN, train it, and measure it.",
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,  # plain help: greppable, and it starts faster than the boxed one
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback(invoke_without_command=True)(_root)
    known = (*_COMMANDS, *_GROUPS)
    for name in arguments[:1] if arguments and arguments[0] in known else known:
        # `import` is no name of a module.
        module = import_module(f"srcnn.cli.{'import_' if name == 'import' else name}")
        if name in _GROUPS:
            app.add_typer(module.app, name=name, short_help=_GROUPS[name])
        else:
            command = getattr(module, f"{name}_command")
            app.command(name, epilog=module.EPILOG, short_help=_COMMANDS[name])(command)
    return app


def _root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    if version:
        print(f"srcnn {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        print(context.get_help())
