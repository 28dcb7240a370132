"""``srcnn figures``: drawings of networks, runs and results."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from srcnn.cli.common import (
    Baselines,
    Engine,
    Model,
    ModelFile,
    Models,
    Overwrite,
    Protocol,
    ProtocolQuality,
    Scale,
    check_new,
    parse_list,
    show_help,
)

app = typer.Typer(
    name="figures",
    help="Draw filters, feature maps, training curves, PSNR against cost, and error maps.",
    rich_markup_mode=None,
    invoke_without_command=True,
    callback=show_help,
)

Out = Annotated[
    Path, typer.Option("--out", "-o", metavar="FILE", help="The file to write: .png, .svg or .pdf.")
]
Image = Annotated[str, typer.Argument(metavar="IMG", help="An HR picture; it is degraded first.")]


class Against(StrEnum):
    """What PSNR is drawn against."""

    MACS = "macs"
    TIME = "time"


def filters_command(
    model: ModelFile,
    out: Out,
    scale: Scale = None,
    overwrite: Overwrite = False,
) -> None:
    """Draw the filters of the first layer, largest variance first, each on its own scale; grey is 0."""
    from srcnn.figures.filters_and_maps import draw_filters
    from srcnn.figures.plot import save_figure
    from srcnn.model import load_model

    _check_target(out, overwrite)
    save_figure(draw_filters(load_model(model, scale).weights), out)
    print(out)


def maps_command(
    picture: Image,
    out: Out,
    scale: Scale = None,
    model: Model = "9-5-5",
    protocol: Protocol = "",
    damage_quality: ProtocolQuality = None,
    overwrite: Overwrite = False,
) -> None:
    """Draw the feature maps of the hidden layers for a picture.

    Maps of the first layer are in the order of `srcnn figures filters`.
    """
    from srcnn.cli.arguments import load_models, open_case, protocol_for
    from srcnn.figures.filters_and_maps import draw_maps, feature_maps
    from srcnn.figures.plot import save_figure

    _check_target(out, overwrite)
    conventions = protocol_for([model], scale, protocol, damage_quality)
    ((name, net),) = load_models([model], scale, conventions, engine="numpy").items()
    case = open_case(picture, conventions, scale)
    save_figure(draw_maps(feature_maps(case, net), f"{name} on {case.name}"), out)
    print(out)


def curves_command(
    runs: Annotated[
        list[str],
        typer.Argument(metavar="[LABEL=]RUN", help="Folders of runs, or a folder that holds several."),
    ],
    out: Out,
    published: Annotated[
        str,
        typer.Option(
            metavar="SET",
            help="Draw gains over bicubic, and those published for a set such as Set5 as lines.",
        ),
    ] = "",
    methods: Annotated[str, typer.Option(metavar="LIST", help="Published methods, such as a+,kk.")] = "all",
    overwrite: Overwrite = False,
) -> None:
    """Draw the training curves of one or several runs.

    A run is measured on its validation pictures, not on a test set: with --published, curves and lines are
    gains over bicubic, each on its own pictures.
    """
    from srcnn.cli.arguments import find_logs
    from srcnn.figures.curves import choose_levels, curves_figure, gains_figure
    from srcnn.figures.plot import save_figure
    from srcnn.training.run_log import common_scale

    _check_target(out, overwrite)
    logs = find_logs(runs)
    rows = {log.name: log.rows for log in logs}
    if published:
        scale = common_scale(logs)
        levels = choose_levels(published, scale, None if methods == "all" else parse_list(methods))
        figure = gains_figure(rows, levels, f"{published} x{scale}")
    else:
        figure = curves_figure(rows)
    save_figure(figure, out)
    print(out)


def tradeoff_command(
    records: Annotated[
        list[Path],
        typer.Argument(
            metavar="RECORD", help="Folders as in records/, or files of benchmarks/running_time.py."
        ),
    ],
    out: Out,
    against: Annotated[Against, typer.Option(help="What PSNR is drawn against.")] = Against.MACS,
    test_set: Annotated[str, typer.Option(metavar="SET", help="The set whose PSNR is drawn.")] = "Set5",
    overwrite: Overwrite = False,
) -> None:
    """Draw PSNR against multiply-accumulates or time, from records, with the paper's networks if known."""
    from srcnn.figures.plot import save_figure
    from srcnn.figures.tradeoff import published_points, read_tradeoff, tradeoff_figure

    _check_target(out, overwrite)
    tradeoff = read_tradeoff(records, test_set)
    save_figure(tradeoff_figure(tradeoff, against.value, published_points(tradeoff)), out)
    print(out)


def errors_command(
    picture: Image,
    out: Out,
    scale: Scale = None,
    models: Models = None,
    baselines: Baselines = "bicubic",
    protocol: Protocol = "",
    damage_quality: ProtocolQuality = None,
    engine: Engine = None,
    overwrite: Overwrite = False,
) -> None:
    """Draw error maps: the difference of each method to the HR picture, on one scale."""
    from srcnn.cli.arguments import load_models, open_case, protocol_for
    from srcnn.evaluation import BASELINES
    from srcnn.evaluation.measurement import methods_of
    from srcnn.figures.error_maps import draw_errors, error_maps
    from srcnn.figures.plot import save_figure

    _check_target(out, overwrite)
    chosen = models or ["9-5-5"]
    conventions = protocol_for(chosen, scale, protocol, damage_quality)
    networks = load_models(chosen, scale, conventions, engine=engine)
    case = open_case(picture, conventions, scale)
    maps = error_maps(case, methods_of(conventions, parse_list(baselines, BASELINES), networks))
    title = case.name if case.scale is None else f"{case.name} x{case.scale}"
    save_figure(draw_errors(maps, title, conventions.describe()), out)
    print(out)


def _check_target(out: Path, overwrite: bool) -> None:
    """Refuse, before any work, what cannot be drawn to."""
    from srcnn.figures.plot import check_drawn

    check_drawn(out)
    check_new(out, overwrite)


_EXAMPLES = {
    "filters": ["filters 9-5-5-x3 -o filters.svg", "filters runs/mine/weights.safetensors -o filters.png"],
    "maps": ["maps butterfly.png --scale 3 -o maps.png"],
    "curves": [
        "curves runs/mine -o curves.svg",
        "curves first=runs/a second=runs/b --published Set5 --methods sc,kk,a+ -o curves.png",
    ],
    "tradeoff": [
        "tradeoff records/9-1-5-x3 records/9-5-5-x3 --test-set Set5 -o macs.svg",
        "tradeoff records/benchmarks/running_time.json --against time -o time.svg",
    ],
    "errors": [
        "errors butterfly.png --scale 3 --model 9-1-5 --model 9-5-5 -o errors.png",
        "errors butterfly.png --scale 3 --model 9-1-5 --engine fixed:8 -o hardware.png",
    ],
}

for _name, _command, _in_short in (
    ("filters", filters_command, "Filters of the first layer by variance."),
    ("maps", maps_command, "Feature maps of the hidden layers."),
    ("curves", curves_command, "Training curves of one or several runs."),
    ("tradeoff", tradeoff_command, "PSNR against multiply-accumulates or time."),
    ("errors", errors_command, "Error of each method, pixel by pixel."),
):
    _epilog = "\n\n".join(["\nExamples:", *(f"  srcnn figures {line}" for line in _EXAMPLES[_name])])
    app.command(_name, epilog=_epilog, short_help=_in_short)(_command)
