"""``srcnn import``: weights of other programs."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from srcnn.cli.common import AsJson, Overwrite, check_new, complain, print_json
from srcnn.errors import UsageError

if TYPE_CHECKING:
    from srcnn.weights import Weights

EPILOG = """
Examples:

  srcnn import x3.mat -o theirs.safetensors

  srcnn import best.pth -o best.safetensors --scale 3

  srcnn import last.ckpt -o last.safetensors --scale 3 --luma-range full

  srcnn import color.onnx -o color.safetensors --color bgr

  srcnn import model.h5 -o model.safetensors --border valid,zero,valid --input-range 255 --scale 3
"""


def import_command(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help=".mat, .pth, .pt, .pth.tar, .ckpt, .h5, .hdf5, .keras, .caffemodel, .onnx, .npz, "
            ".safetensors.",
        ),
    ],
    out: Annotated[str, typer.Option("--out", "-o", metavar="FILE", help="The .safetensors file to write.")],
    name: Annotated[str | None, typer.Option(metavar="NAME", help="Name for the card [the file's].")] = None,
    scale: Annotated[
        int | None,
        typer.Option(
            "--scale",
            "-s",
            min=1,
            metavar="S",
            help="Scale they were trained for [from the file's name: x3.mat].",
        ),
    ] = None,
    border: Annotated[
        str | None,
        typer.Option(metavar="BORDER", help="valid, zero or replicate; or one per layer: valid,zero,valid."),
    ] = None,
    luma_range: Annotated[
        str | None, typer.Option(metavar="RANGE", help="studio (Y of 16-235) or full (0-255).")
    ] = None,
    input_range: Annotated[
        float | None, typer.Option(metavar="WHITE", help="Value of white at the input: 1 or 255.")
    ] = None,
    color: Annotated[
        str | None, typer.Option(metavar="COLOR", help="Colour of three planes: rgb, bgr or ycbcr [rgb].")
    ] = None,
    transpose: Annotated[
        bool | None,
        typer.Option("--transpose/--no-transpose", help="Kernels have rows and columns swapped."),
    ] = None,
    origin: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Conventions to assume where no option is given: matlab, caffe, pytorch, keras, onnx, npz, "
            "safetensors, fuyongXu, kymikim0401, Ling1304, nikitaoltyan, jartap99 or yukia18 [the format's].",
        ),
    ] = None,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Import SRCNN weights of MATLAB, PyTorch, Keras, Caffe, ONNX or NumPy into a .safetensors file.

    The architecture follows from the shapes. What a file does not hold (borders, luma range, input range) is
    assumed as usual for its format; options override it. What is no layer is left out with a note. No pickle
    is executed.
    """
    from srcnn.weight_formats import import_weights
    from srcnn.weights import save_weights
    from srcnn.zoo import SUFFIX

    if not out.endswith(SUFFIX):
        raise UsageError(f"expected an output that ends in {SUFFIX}, got {out!r}")
    check_new(out, overwrite)
    notes: list[str] = []
    weights = import_weights(
        file,
        origin=origin,
        name=name,
        scale=scale,
        border=border,
        luma_range=luma_range,  # type: ignore[arg-type]  # checked there
        input_range=input_range,
        color=color,  # type: ignore[arg-type]
        transpose=transpose,
        note=notes.append,
    )
    save_weights(weights, out)
    if as_json:
        print_json({"source": file, "target": out, **_fields(weights), "notes": notes})
        return
    print(f"{file} -> {out}")
    print(_line(weights))
    for note in notes:
        complain("note", note)


def _fields(weights: "Weights") -> dict[str, Any]:
    card, architecture = weights.card, weights.architecture
    return {
        "name": card.name,
        "scale": card.scale,
        "architecture": architecture.name,
        "widths": list(architecture.widths),
        "channels": architecture.channels,
        "parameters": architecture.parameters,
        "borders": [layer.border for layer in architecture.layers],
        "color": card.color,
        "luma_range": card.luma_range,
        "input_range": card.input_range,
        "digest": weights.digest,
    }


def _line(weights: "Weights") -> str:
    """Everything that was assumed, so that a wrong assumption is noticed."""
    card, architecture = weights.card, weights.architecture
    borders = [layer.border for layer in architecture.layers]
    facts = [
        f"{architecture.name} ({'-'.join(map(str, architecture.widths))})",
        f"{architecture.parameters:,} parameters",
        "scale unknown" if card.scale is None else f"x{card.scale}",
        f"border {','.join(borders if len(set(borders)) > 1 else borders[:1])}",
        f"{card.luma_range}-range luma" if card.color == "y" else card.color,
        f"input 0 to {card.input_range:g}",
    ]
    return f"{card.name}: {', '.join(facts)}"
