"""``srcnn compare``: the results of several methods on a picture, side by side and behind a slider."""

from pathlib import Path
from typing import Annotated, Any

import typer

from srcnn.cli.common import (
    AsJson,
    Bar,
    Baselines,
    Engine,
    Models,
    Outputs,
    Overwrite,
    Protocol,
    ProtocolQuality,
    Scale,
    SkipUnreadable,
    parse_list,
    print_json,
)
from srcnn.errors import UsageError

EPILOG = """
Examples:

  srcnn compare butterfly.png --scale 3 -o comparison.html

  srcnn compare butterfly.png --scale 3 --model 9-1-5 --model 9-5-5 --crop 120,40,64x64 -o figure.png

  srcnn compare photos/ --scale 2 --model mine=runs/mine/weights.safetensors --model 9-5-5 -o compared/

  srcnn compare small.jpg --scale 3 --plain -o enlarged.html

  srcnn compare lighthouse.png --scale 4 --outputs theirs=theirs/lighthouse.png -o compared/
"""

MODEL = "9-5-5"
CAPTIONS = "psnr,ssim,mse"


def compare_command(
    pictures: Annotated[
        list[str], typer.Argument(metavar="IMG", help="HR pictures, folders of them, or names of image sets.")
    ],
    out: Annotated[
        Path,
        typer.Option(
            "--out", "-o", metavar="PATH", help="A .png for one picture, an .html page, or a folder for both."
        ),
    ],
    scale: Scale = None,
    models: Models = None,
    baselines: Baselines = "bilinear,bicubic",
    outputs: Outputs = None,
    plain: Annotated[
        bool, typer.Option("--plain", help="The pictures are no ground truth: upscale them, measure nothing.")
    ] = False,
    protocol: Protocol = "",
    damage_quality: ProtocolQuality = None,
    metrics: Annotated[str, typer.Option(metavar="LIST", help="Metrics in the captions.")] = CAPTIONS,
    crop: Annotated[
        list[str] | None,
        typer.Option(metavar="X,Y,WxH", help="A part to magnify, in pixels of the HR picture; repeatable."),
    ] = None,
    crops: Annotated[
        int,
        typer.Option(
            min=1, max=12, metavar="N", help="Without --crop: parts to magnify, where methods differ most."
        ),
    ] = 2,
    crop_size: Annotated[
        int | None, typer.Option("--crop-size", metavar="N", help="Side of these parts.")
    ] = None,
    engine: Engine = None,
    skip_unreadable: SkipUnreadable = False,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Compare methods on pictures: whole, and magnified where they differ most.

    HR pictures are degraded as the protocol says, each method's result is measured, and PSNR, SSIM and MSE
    are in the captions. With --plain the pictures themselves are upscaled. The page is one file that works
    offline.
    """
    from srcnn.cli.arguments import find_all, load_models, named_outputs, protocol_for
    from srcnn.compare.crops import parse_crop
    from srcnn.compare.output import check_target, publish
    from srcnn.compare.panels import check_pictures, compare, compare_plain, magnify
    from srcnn.evaluation import BASELINES, METRICS
    from srcnn.evaluation.unmeasurable import without_unmeasurable

    if plain and (protocol or damage_quality is not None or metrics != CAPTIONS):
        raise UsageError(
            "use either --plain, which measures nothing, or --protocol, --damage-quality and --metrics"
        )
    parts = tuple(map(parse_crop, crop or ()))
    paths = find_all(pictures)
    check_target(out, paths, scale, overwrite=overwrite)
    others = {"baselines": parse_list(baselines, BASELINES), "outputs": named_outputs(outputs or ())}
    conventions = None if plain else protocol_for(models or [MODEL], scale, protocol, damage_quality)
    networks = load_models(models or [MODEL], scale, conventions, engine=engine)
    options: dict[str, Any] = {}
    if conventions is not None:
        options["metrics"] = parse_list(metrics, tuple(METRICS))
    found = check_pictures(paths, scale, conventions, outputs=others["outputs"], **options)
    named = dict(zip(map(str, paths), paths, strict=True))
    paths = list(without_unmeasurable(named, found, skip=skip_unreadable).values())
    comparisons = []
    with Bar("comparing") as bar:
        for before, path in enumerate(paths):

            def progress(done: int, total: int, before: int = before, name: str = path.name) -> None:
                bar.update(before * total + done, len(paths) * total, name)

            if conventions is None:
                comparison = compare_plain(path, scale, networks, **others, progress=progress)
            else:
                comparison = compare(
                    path, scale, networks, protocol=conventions, **others, **options, progress=progress
                )
            comparisons.append(magnify(comparison, parts, count=crops, side=crop_size))
    written = publish(comparisons, out)
    if as_json:
        left_out = {name: str(error) for name, error in found.items()}
        pictures_shown = [comparison.to_json() for comparison in comparisons]
        print_json({"files": list(map(str, written)), "pictures": pictures_shown, "left_out": left_out})
    else:
        for error in found.values():
            print(f"left out: {error}")
        for file in written:
            print(file)
