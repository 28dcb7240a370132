"""``srcnn evaluate``: figures of a model on pictures, under a protocol that is named."""

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from srcnn.evaluation import Protocol

EPILOG = """
Examples:

  srcnn evaluate --data Set5 --scale 3

  srcnn evaluate --data photos/ --scale 2 --model 9-1-5 --baselines all --metrics psnr,ssim,ms_ssim

  srcnn evaluate --data butterfly.png --scale 3 --explain

  srcnn evaluate --data Set5 --scale 4 --passes 2 --ensemble --back-projection 3 --csv set5.csv

  srcnn evaluate --data Classic5 --model 9-5-5-jpeg20 --json

  srcnn evaluate --data Classic5 --protocol jpeg-colour --quality 30 --model 9-5-5-jpeg20

  srcnn evaluate --data Set5 --scale 3 --engines onnxruntime,numpy

  srcnn evaluate --data Set5 --scale 3 --outputs theirs/ --model none
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
    data: Annotated[
        str,
        typer.Option(
            "--data", "-d", help="Folder of pictures, one picture, or a set's name as Set5 (in SRCNN_DATA)."
        ),
    ],
    scale: Annotated[
        float | None,
        typer.Option("--scale", "-s", help="Enlargement to measure: 2, 3, 4 ...; none to restore."),
    ] = None,
    model: Annotated[
        str,
        typer.Option("--model", "-m", help="A name from `srcnn models`, best, a .safetensors file, or none."),
    ] = "9-5-5",
    protocol: Annotated[
        str, typer.Option(metavar="NAME", help="Conventions to measure under; see --protocols.")
    ] = "",
    protocols: Annotated[
        bool, typer.Option("--protocols", is_eager=True, callback=_list_protocols, help="List protocols.")
    ] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Measure under every protocol: what makes a difference.")
    ] = False,
    quality: Annotated[int | None, typer.Option(metavar="Q", help="Of JPEG protocols, 1 to 100.")] = None,
    baselines: Annotated[
        str, typer.Option(metavar="LIST", help="nearest,bilinear,bicubic,lanczos, or all.")
    ] = "bicubic",
    metrics: Annotated[
        str,
        typer.Option(
            metavar="LIST", help="psnr,ssim,mse,ms_ssim,ms_ssim_metrix,ifc,nqm,wpsnr,psnr_b, or all."
        ),
    ] = "",
    as_is: Annotated[
        bool, typer.Option("--as-is", help="Give the network the protocol's luma whatever its card says.")
    ] = False,
    ensemble: Annotated[bool, typer.Option("--ensemble", help="Mean over 8 flips and rotations.")] = False,
    passes: Annotated[int | None, typer.Option(help="Equal steps to the scale; x4 as two of x2: 2.")] = None,
    back_projection: Annotated[
        int, typer.Option("--back-projection", metavar="N", help="Back-projection steps after each pass.")
    ] = 0,
    engine: Annotated[
        str, typer.Option(help="What runs the network: onnxruntime, numpy, or torch.")
    ] = "onnxruntime",
    engines: Annotated[
        str, typer.Option(metavar="LIST", help="Compare engines: figures to six decimals, differences.")
    ] = "",
    outputs: Annotated[
        str,
        typer.Option(metavar="DIR", help="Measure these pictures too, made by whatever program."),
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print the table in Markdown.")] = False,
    csv: Annotated[str, typer.Option(metavar="FILE", help="Write the figures to a CSV file.")] = "",
    save_images: Annotated[
        str, typer.Option("--save-images", metavar="DIR", help="Write every result and the truth as PNG.")
    ] = "",
) -> None:
    """Measure a model beside baselines: figures per image and mean, and the published ones.

    The protocol and how the network is used are printed with the figures; without --protocol it is the
    authors', luma only, and for weights that restore, that of their damage. In JSON the infinite PSNR of
    identical pictures is null.
    """
    from srcnn.cli.common import Bar, listed, print_json
    from srcnn.errors import UsageError
    from srcnn.evaluation import METRICS, NetworkUse

    if as_json and as_markdown:
        raise UsageError("expected one of --json and --markdown, got both")
    use = NetworkUse(
        luma="as-is" if as_is else "card",
        ensemble=ensemble,
        passes=passes,
        back_projection=back_projection,
    )
    options: dict[str, Any] = {
        "protocol": _protocol(protocol, quality, None if model == NO_MODEL else model, scale),
        "use": use,
        "metrics": listed(metrics, tuple(METRICS)) or None,
    }
    _check_targets(csv, save_images, [data, outputs, model])
    with Bar("evaluating") as bar, _pictures(save_images) as keep:
        options["progress"] = bar.update
        network = None if model == NO_MODEL else model
        if explain or engines:
            _check_alone(explain, engines, [baselines != "bicubic", bool(save_images), bool(outputs)])
        if explain:
            from srcnn.evaluation.explanation import explain as measure

            result = measure(network, data, scale, engine=engine, **options)
        elif engines:
            from srcnn.evaluation.engine_comparison import compare_engines

            options["metrics"] = options["metrics"] or ("psnr", "ssim", "mse")
            result = compare_engines(model, data, scale, engines=listed(engines), **options)
        else:
            from srcnn.evaluation import BASELINES, evaluate

            wanted = listed(baselines, BASELINES)
            options |= {"baselines": wanted, "outputs": outputs or None, "keep": keep}
            result = evaluate(network, data, scale, engine=engine, **options)
    if csv:
        _write(result.to_csv(), csv)
    if as_json:
        print_json(result.to_json())
    else:
        print(result.to_markdown() if as_markdown else result)


def _protocol(name: str, quality: int | None, model: str | None, scale: float | None) -> "Protocol":
    from srcnn.errors import UsageError
    from srcnn.evaluation import JPEG, at_quality, find_protocol
    from srcnn.evaluation.measurement import default_protocol

    if not name and quality is None:
        return default_protocol(model, scale)
    protocol = find_protocol(name) if name else JPEG
    if quality is None and protocol.quality is not None:
        # The quality is no convention but the task: none is taken for granted.
        quality = None if model is None else default_protocol(model, scale).quality
        if quality is None:
            raise UsageError(f"expected a --quality beside the protocol {name}, or weights for one")
    return protocol if quality is None else at_quality(protocol, quality)


def _check_alone(explain: bool, engines: str, others: list[bool]) -> None:
    from srcnn.errors import UsageError

    if explain and engines:
        raise UsageError("expected one of --explain and --engines, got both")
    if any(others):
        option = "--explain" if explain else "--engines"
        raise UsageError(f"expected {option} without --baselines, --outputs and --save-images")


def _pictures(folder: str) -> Any:
    if not folder:
        return nullcontext()
    from srcnn.evaluation.save_images import saved_pictures

    return saved_pictures(Path(folder))


def _check_targets(csv: str, pictures: str, sources: list[str]) -> None:
    """Refuse, before any work, what cannot be written and what would change an input."""
    from srcnn.errors import UsageError

    path, folder = Path(csv), Path(pictures)
    if csv and (path.is_dir() or not path.absolute().parent.is_dir()):
        raise UsageError(f"expected a file in an existing folder for --csv, got {csv}")
    if csv and path.suffix.lower() != ".csv":
        raise UsageError(f"expected a name that ends in .csv for --csv, got {csv}")
    if pictures and not folder.absolute().parent.is_dir():
        raise UsageError(f"expected a folder inside an existing one for --save-images, got {pictures}")
    inputs = [Path(source).resolve() for source in sources if source and Path(source).exists()]
    homes = {source if source.is_dir() else source.parent for source in inputs}
    if pictures and folder.resolve() in homes:
        raise UsageError(f"expected a folder without inputs for --save-images, got {pictures}")


def _write(text: str, csv: str) -> None:
    from srcnn.atomic import write_bytes
    from srcnn.errors import DataError

    try:
        write_bytes(text.encode("utf-8"), Path(csv))
    except OSError as error:
        raise DataError(f"cannot write {csv}: {error.strerror or error}") from error
