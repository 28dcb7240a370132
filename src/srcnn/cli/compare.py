"""``srcnn compare``: a picture as several methods show it, side by side and behind a slider."""

from pathlib import Path
from typing import Annotated

import typer

from srcnn.cli.common import Bar, listed, number, print_json

EPILOG = """
Examples:

  srcnn compare butterfly.png --scale 3 -o comparison.html

  srcnn compare butterfly.png --scale 3 --model 9-1-5 --model 9-5-5 --crop 120,40,64x64 -o figure.png

  srcnn compare photos/ --scale 2 --model mine=runs/mine/weights.safetensors --model 9-5-5 -o compared/

  srcnn compare small.jpg --scale 3 --plain -o enlarged.html

  srcnn compare lighthouse.png --scale 4 --outputs theirs=theirs/lighthouse.png -o compared/
"""

MODEL = "9-5-5"
METRICS = "psnr,ssim,mse"


def compare_command(
    inputs: Annotated[list[str], typer.Argument(metavar="IMG", help="Good pictures, and folders of them.")],
    out: Annotated[
        Path,
        typer.Option("--out", "-o", help="A .png for one picture, an .html page, or a folder for both."),
    ],
    scale: Annotated[
        float | None,
        typer.Option(
            "--scale", "-s", parser=number, metavar="S", help="Enlargement: 2, 3, 4 ...; none to restore."
        ),
    ] = None,
    models: Annotated[
        list[str] | None,
        typer.Option(
            "--model", "-m", metavar="[LABEL=]MODEL", help="A name or .safetensors file; repeatable [9-5-5]."
        ),
    ] = None,
    baselines: Annotated[
        str, typer.Option(metavar="LIST", help="nearest,bilinear,bicubic,lanczos, or all.")
    ] = "bilinear,bicubic",
    outputs: Annotated[
        list[str] | None,
        typer.Option(
            metavar="LABEL=FILE", help="What another program made, a picture or a folder; repeatable."
        ),
    ] = None,
    plain: Annotated[
        bool, typer.Option("--plain", help="The pictures are no ground truth: enlarge them, measure nothing.")
    ] = False,
    protocol: Annotated[
        str,
        typer.Option(metavar="NAME", help="Conventions to measure under; see srcnn evaluate --protocols."),
    ] = "",
    quality: Annotated[int | None, typer.Option(metavar="Q", help="Of JPEG protocols, 1 to 100.")] = None,
    metrics: Annotated[str, typer.Option(metavar="LIST", help="In captions.")] = METRICS,
    crop: Annotated[
        list[str] | None,
        typer.Option(
            metavar="X,Y,WxH", help="A part to magnify, in pixels of the large picture; repeatable."
        ),
    ] = None,
    crops: Annotated[
        int, typer.Option(min=1, max=12, help="Without --crop: parts found where the methods differ most.")
    ] = 2,
    crop_size: Annotated[
        int | None, typer.Option("--crop-size", metavar="N", help="Side of the parts that are found.")
    ] = None,
    engine: Annotated[
        str, typer.Option(help="What runs the network: onnxruntime, numpy, or torch.")
    ] = "onnxruntime",
    as_json: Annotated[bool, typer.Option("--json", help="Print figures and crops as JSON.")] = False,
) -> None:
    """Compare methods on pictures: whole, and magnified where they differ most.

    A picture is taken for the good one: it is degraded as a named protocol says, what each method makes of it
    is scored, and PSNR, SSIM and MSE stand in the captions. With --plain it is enlarged as it is.
    The page is one file that needs no network.
    """
    from srcnn.cli.arguments import find_all, load_models, named_outputs, protocol_for
    from srcnn.compare.crops import parse_crop
    from srcnn.compare.output import check_target, publish
    from srcnn.compare.panels import compare, compare_plain, magnify
    from srcnn.errors import UsageError
    from srcnn.evaluation import BASELINES
    from srcnn.evaluation import METRICS as KNOWN

    if plain and (protocol or quality is not None or metrics != METRICS):
        raise UsageError(
            "expected ground truth for --protocol, --quality and --metrics, got --plain: nothing is measured"
        )
    by_hand = tuple(map(parse_crop, crop or ()))
    paths = find_all(inputs)
    check_target(out, paths)
    beside = {"baselines": listed(baselines, BASELINES), "outputs": named_outputs(outputs or ())}
    conventions = None if plain else protocol_for(models or [MODEL], scale, protocol, quality)
    networks = load_models(models or [MODEL], scale, conventions, engine=engine)
    made = []
    with Bar("comparing") as bar:
        for before, path in enumerate(paths):

            def progress(done: int, total: int, before: int = before, name: str = path.name) -> None:
                bar.update(before * total + done, len(paths) * total, name)

            if conventions is None:
                one = compare_plain(path, scale, networks, **beside, progress=progress)
            else:
                options = {"protocol": conventions, "metrics": listed(metrics, tuple(KNOWN))}
                one = compare(path, scale, networks, **beside, **options, progress=progress)
            made.append(magnify(one, by_hand, count=crops, side=crop_size))
    written = publish(made, out)
    if as_json:
        print_json({"files": [str(file) for file in written], "pictures": [one.to_json() for one in made]})
    else:
        for file in written:
            print(file)
