"""``srcnn evaluate``: measure a model on pictures, under a named protocol."""

import glob
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any

import typer

from srcnn.cli.common import (
    AsJson,
    BackProjection,
    Bar,
    Baselines,
    Device,
    Engine,
    Ensemble,
    Half,
    Outputs,
    Overwrite,
    Passes,
    Protocol,
    ProtocolQuality,
    Scale,
    SkipUnreadable,
    check_new,
    engine_on,
    parse_list,
    print_json,
)
from srcnn.errors import DataError, UsageError, os_errors_as

EPILOG = """
Examples:

  srcnn evaluate Set5 --scale 3

  srcnn evaluate photos/ --scale 2 --model 9-1-5 --baselines all --metrics psnr,ssim,ms_ssim

  srcnn evaluate butterfly.png --scale 3 --explain

  srcnn evaluate Set5 --scale 4 --passes 2 --ensemble --back-projection 3 --csv set5.csv

  srcnn evaluate Classic5 --model 9-5-5-jpeg20 --json

  srcnn evaluate Classic5 --protocol jpeg-colour --damage-quality 30 --model 9-5-5-jpeg20

  srcnn evaluate Set5 --scale 3 --engines native,numpy

  srcnn evaluate Set5 --scale 3 --outputs theirs/ --model none
"""
NO_MODEL = "none"


def _list_protocols(wanted: bool) -> None:
    if not wanted:
        return
    from srcnn.evaluation.protocols import PROTOCOLS, WHY

    for name, protocol in PROTOCOLS.items():
        print(f"{name}: {WHY[name]}\n    {protocol.describe().partition(': ')[2]}")
    raise typer.Exit


def evaluate_command(
    pictures: Annotated[
        str,
        typer.Argument(metavar="IMG", help="An HR picture, a folder of them, or the name of an image set."),
    ],
    scale: Scale = None,
    model: Annotated[
        str,
        typer.Option(
            "--model",
            "-m",
            metavar="MODEL",
            help="A name from `srcnn models`, best, a .safetensors file, or none.",
        ),
    ] = "9-5-5",
    protocol: Protocol = "",
    protocols: Annotated[
        bool, typer.Option("--protocols", is_eager=True, callback=_list_protocols, help="List the protocols.")
    ] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Measure under every protocol, to see what makes a difference.")
    ] = False,
    damage_quality: ProtocolQuality = None,
    baselines: Baselines = "bicubic",
    metrics: Annotated[
        str,
        typer.Option(
            metavar="LIST", help="psnr,ssim,mse,ms_ssim,ms_ssim_metrix,ifc,nqm,wpsnr,psnr_b, or all."
        ),
    ] = "",
    as_is: Annotated[
        bool, typer.Option("--as-is", help="Give the network the protocol's luma, whatever its card says.")
    ] = False,
    ensemble: Ensemble = False,
    passes: Passes = None,
    back_projection: BackProjection = 0,
    engine: Engine = None,
    device: Device = None,
    half: Half = False,
    engines: Annotated[
        str, typer.Option(metavar="LIST", help="Compare engines: six decimals, and the largest difference.")
    ] = "",
    outputs: Outputs = None,
    skip_unreadable: SkipUnreadable = False,
    as_json: AsJson = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print the table as Markdown.")] = False,
    csv: Annotated[str, typer.Option(metavar="FILE", help="Write the table to a CSV file.")] = "",
    overwrite: Overwrite = False,
    save_images: Annotated[
        str,
        typer.Option("--save-images", metavar="DIR", help="Write every result and the HR picture as PNG."),
    ] = "",
) -> None:
    """Measure a model beside baselines: each picture, the mean, and the published figures.

    The protocol and how the network is used are printed with the figures. Without --protocol it is the
    authors', luma only; for weights that restore, the one of their damage. In JSON the infinite PSNR of
    identical pictures is null.
    """
    from srcnn.cli.arguments import named_outputs
    from srcnn.evaluation import METRICS, NetworkUse
    from srcnn.evaluation.measurement import choose_protocol

    if as_json and as_markdown:
        raise UsageError("use either --json or --markdown")
    use = NetworkUse(
        luma="as-is" if as_is else "card",
        ensemble=ensemble,
        passes=passes,
        back_projection=back_projection,
    )
    network = None if model == NO_MODEL else model
    engine = engine_on(engine, device, half)
    options: dict[str, Any] = {
        "protocol": choose_protocol(protocol, damage_quality, network, scale),
        "use": use,
        "metrics": parse_list(metrics, tuple(METRICS)) or None,
        "skip_unreadable": skip_unreadable,
    }
    others = named_outputs(outputs or ())
    _check_targets(csv, save_images, pictures, [model, *others.values()], overwrite)
    if csv:
        check_new(csv, overwrite)
    with Bar("evaluating") as bar, _pictures(save_images) as keep:
        options["progress"] = bar.update
        if explain or engines:
            _check_alone(explain, engines, [baselines != "bicubic", bool(save_images), bool(outputs)])
        if explain:
            from srcnn.evaluation.explanation import explain as measure

            result = measure(network, pictures, scale, engine=engine, **options)
        elif engines:
            from srcnn.evaluation.engine_comparison import compare_engines

            options["metrics"] = options["metrics"] or ("psnr", "ssim", "mse")
            result = compare_engines(model, pictures, scale, engines=parse_list(engines), **options)
        else:
            from srcnn.evaluation import BASELINES, evaluate

            wanted = parse_list(baselines, BASELINES)
            options |= {"baselines": wanted, "outputs": others, "keep": keep}
            result = evaluate(network, pictures, scale, engine=engine, **options)
    if csv:
        _write(result.to_csv(), csv)
    if as_json:
        print_json(result.to_json())
    else:
        print(result.to_markdown() if as_markdown else result)


def _check_alone(explain: bool, engines: str, others: list[bool]) -> None:
    if explain and engines:
        raise UsageError("use either --explain or --engines")
    if any(others):
        option = "--explain" if explain else "--engines"
        raise UsageError(f"use {option} without --baselines, --outputs and --save-images")


def _pictures(folder: str) -> Any:
    if not folder:
        return nullcontext()
    from srcnn.evaluation.save_images import saved_pictures

    return saved_pictures(Path(folder))


def _check_targets(csv: str, pictures: str, data: str, others: list[str], overwrite: bool) -> None:
    """Refuse, before any work, what cannot be written and what would change an input."""
    from srcnn.data.batch import check_none_exists
    from srcnn.evaluation.images import find_pictures

    path, folder = Path(csv), Path(pictures)
    if csv and (path.is_dir() or not path.absolute().parent.is_dir()):
        raise UsageError(f"expected a file in an existing folder for --csv, got {csv}")
    if csv and path.suffix.lower() != ".csv":
        raise UsageError(f"expected a name that ends in .csv for --csv, got {csv}")
    if pictures and not folder.absolute().parent.is_dir():
        raise UsageError(f"expected a folder inside an existing one for --save-images, got {pictures}")
    if not pictures:
        return
    inputs = [Path(source).resolve() for source in others if source and Path(source).exists()]
    homes = {source if source.is_dir() else source.parent for source in inputs}
    named = find_pictures(data)[1]
    homes |= {source.resolve().parent for source in named.values()}
    if folder.resolve() in homes:
        raise UsageError(f"expected a folder without inputs for --save-images, got {pictures}")
    if not overwrite:
        check_none_exists(
            path for name in named for path in sorted(folder.glob(f"{glob.escape(name)}_*.png"))
        )


def _write(text: str, csv: str) -> None:
    from srcnn.atomic import write_bytes

    with os_errors_as(DataError, f"cannot write {csv}"):
        write_bytes(text.encode("utf-8"), Path(csv))
