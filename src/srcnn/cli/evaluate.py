"""``srcnn evaluate``: PSNR and SSIM of a model on a set of pictures."""

from typing import Annotated

import typer

EPILOG = """
Examples:

  srcnn evaluate --data Set5 --scale 3

  srcnn evaluate --data photos/ --scale 2 --model 9-1-5

  srcnn evaluate --data Set14 --scale 4 --model mine.safetensors --json
"""


def evaluate_command(
    data: Annotated[
        str,
        typer.Option(
            "--data", "-d", help="Folder of pictures, or a set's name such as Set5 (in SRCNN_DATA)."
        ),
    ],
    scale: Annotated[float, typer.Option("--scale", "-s", help="Enlargement to measure: 2, 3, 4 ...")],
    model: Annotated[
        str, typer.Option("--model", "-m", help="A name from `srcnn models`, or a .safetensors file.")
    ] = "9-5-5",
    engine: Annotated[
        str, typer.Option(help="What runs the network: onnxruntime, numpy, or torch.")
    ] = "onnxruntime",
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Measure a model beside bicubic: PSNR and SSIM per image and mean, and the published figures.

    The protocol is the authors': luma only, printed above the figures. In JSON the infinite PSNR of
    identical pictures is null.
    """
    from srcnn.cli.output import Bar, print_json
    from srcnn.evaluation import evaluate

    with Bar("evaluating") as bar:
        result = evaluate(model, data, scale, engine=engine, progress=bar.update)
    if as_json:
        print_json(result.to_json())
    else:
        print(result)
