"""``srcnn figures``: pictures about networks, runs and figures."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from srcnn.cli.common import listed, number

app = typer.Typer(
    name="figures",
    help="Draw filters, feature maps, training curves, PSNR against cost, and error maps.",
    rich_markup_mode=None,
)

Out = Annotated[Path, typer.Option("--out", "-o", help="The figure: .png, .svg or .pdf.")]
Scale = Annotated[
    float | None,
    typer.Option(
        "--scale", "-s", parser=number, metavar="S", help="Enlargement: 2, 3, 4 ...; none to restore."
    ),
]
ModelName = Annotated[
    str, typer.Option("--model", "-m", help="A name from `srcnn models`, or a .safetensors file.")
]
ProtocolName = Annotated[
    str, typer.Option(metavar="NAME", help="Conventions to degrade under; see srcnn evaluate --protocols.")
]


class Against(StrEnum):
    """What PSNR is drawn against."""

    MACS = "macs"
    TIME = "time"


@app.callback(invoke_without_command=True)
def _root(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        print(context.get_help())


def filters_command(
    model: Annotated[str, typer.Argument(help="A name from `srcnn models`, or a .safetensors file.")],
    out: Out,
    scale: Scale = None,
) -> None:
    """Filters of the first layer, the largest variance first; each on its own scale, 0 being grey."""
    from srcnn.figures.filters_and_maps import draw_filters
    from srcnn.figures.plot import check_drawn, save_figure
    from srcnn.model import load_model

    check_drawn(out)
    save_figure(draw_filters(load_model(model, scale).weights), out)
    print(out)


def maps_command(
    image: Annotated[str, typer.Argument(metavar="IMG", help="A good picture; it is degraded first.")],
    out: Out,
    scale: Scale = None,
    model: ModelName = "9-5-5",
    protocol: ProtocolName = "",
) -> None:
    """Feature maps: what the hidden layers make of a picture.

    Maps of the first layer are in the order of its filters, as `srcnn figures filters` shows them.
    """
    from srcnn.cli.arguments import load_models, open_case, protocol_for
    from srcnn.figures.filters_and_maps import draw_maps, feature_maps
    from srcnn.figures.plot import check_drawn, save_figure

    check_drawn(out)
    conventions = protocol_for([model], scale, protocol)
    ((name, net),) = load_models([model], scale, conventions, engine="numpy").items()
    case = open_case(image, conventions, scale)
    save_figure(draw_maps(feature_maps(case, net), f"{name} on {case.name}"), out)
    print(out)


def curves_command(
    runs: Annotated[
        list[str],
        typer.Argument(metavar="[LABEL=]RUN", help="Folders of runs; one that holds runs stands for them."),
    ],
    out: Out,
    published: Annotated[
        str,
        typer.Option(
            metavar="SET",
            help="Draw gains over bicubic, and those published on a set, such as Set5, as lines.",
        ),
    ] = "",
    methods: Annotated[
        str, typer.Option(metavar="LIST", help="Which published methods; such as a+,kk.")
    ] = "all",
) -> None:
    """Training curves of one or several runs.

    A run is measured on the pictures it watches, not on a test set: with --published curves and lines are
    gains over bicubic, each on its own pictures.
    """
    from srcnn.cli.arguments import find_logs
    from srcnn.figures.curves import choose_levels, curves_figure, gains_figure
    from srcnn.figures.plot import check_drawn, save_figure
    from srcnn.training.run_log import common_scale

    check_drawn(out)
    logs = find_logs(runs)
    rows = {log.name: log.rows for log in logs}
    if published:
        scale = common_scale(logs)
        levels = choose_levels(published, scale, None if methods == "all" else listed(methods))
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
    set_: Annotated[str, typer.Option("--set", metavar="SET", help="Whose figures are read.")] = "Set5",
) -> None:
    """PSNR against multiply-accumulates or time, from records; with the paper's networks where known."""
    from srcnn.figures.plot import check_drawn, save_figure
    from srcnn.figures.tradeoff import published_points, read_tradeoff, tradeoff_figure

    check_drawn(out)
    tradeoff = read_tradeoff(records, set_)
    save_figure(tradeoff_figure(tradeoff, against.value, published_points(tradeoff)), out)
    print(out)


def errors_command(
    image: Annotated[str, typer.Argument(metavar="IMG", help="A good picture; it is degraded first.")],
    out: Out,
    scale: Scale = None,
    models: Annotated[
        list[str] | None,
        typer.Option(
            "--model", "-m", metavar="[LABEL=]MODEL", help="A name or .safetensors file; repeatable [9-5-5]."
        ),
    ] = None,
    baselines: Annotated[
        str, typer.Option(metavar="LIST", help="nearest,bilinear,bicubic,lanczos, or all.")
    ] = "bicubic",
    protocol: ProtocolName = "",
) -> None:
    """Error maps: where each method is how far from the truth, on one scale."""
    from srcnn.cli.arguments import load_models, open_case, protocol_for
    from srcnn.evaluation import BASELINES
    from srcnn.evaluation.measurement import methods_of
    from srcnn.figures.error_maps import draw_errors, error_maps
    from srcnn.figures.plot import check_drawn, save_figure

    check_drawn(out)
    chosen = models or ["9-5-5"]
    conventions = protocol_for(chosen, scale, protocol)
    networks = load_models(chosen, scale, conventions)
    case = open_case(image, conventions, scale)
    maps = error_maps(case, methods_of(conventions, listed(baselines, BASELINES), networks))
    title = case.name if case.scale is None else f"{case.name} x{case.scale}"
    save_figure(draw_errors(maps, title, conventions.describe()), out)
    print(out)


_EXAMPLES = {
    "filters": ["filters 9-5-5-x3 -o filters.svg", "filters runs/mine/weights.safetensors -o filters.png"],
    "maps": ["maps butterfly.png --scale 3 -o maps.png"],
    "curves": [
        "curves runs/mine -o curves.svg",
        "curves first=runs/a second=runs/b --published Set5 --methods sc,kk,a+ -o curves.png",
    ],
    "tradeoff": [
        "tradeoff records/9-1-5-x3 records/9-5-5-x3 --set Set5 -o macs.svg",
        "tradeoff records/benchmarks/running_time.json --against time -o time.svg",
    ],
    "errors": ["errors butterfly.png --scale 3 --model 9-1-5 --model 9-5-5 -o errors.png"],
}

for _name, _command, _in_short in (
    ("filters", filters_command, "Filters of the first layer by variance."),
    ("maps", maps_command, "Feature maps of the hidden layers."),
    ("curves", curves_command, "Training curves of one or several runs."),
    ("tradeoff", tradeoff_command, "PSNR against multiply-accumulates or time."),
    ("errors", errors_command, "Where methods are how far from the truth."),
):
    _epilog = "\n\n".join(["Examples:", *(f"  srcnn figures {line}" for line in _EXAMPLES[_name])])
    app.command(_name, epilog=_epilog, short_help=_in_short)(_command)
