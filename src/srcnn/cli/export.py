"""``srcnn export``: weights for other programs."""

from pathlib import Path
from typing import Annotated

import typer

from srcnn.cli.common import complain, print_json

EPILOG = """
Examples:

  srcnn export 9-5-5-x3 -o 9-5-5-x3.onnx

  srcnn export 9-1-5 --scale 2 -o x2.mat

  srcnn export mine.safetensors -o mine.tar --format pth
"""


def export_command(
    model: Annotated[
        str, typer.Argument(metavar="MODEL", help="A name from `srcnn models`, or a .safetensors file.")
    ],
    out: Annotated[str, typer.Option("--out", "-o", help="The file to write.")],
    format_: Annotated[
        str | None, typer.Option("--format", "-f", help="pth, mat, h5 or onnx [as the file's suffix].")
    ] = None,
    scale: Annotated[float | None, typer.Option("--scale", "-s", help="With a name such as 9-5-5.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was written as JSON.")] = False,
) -> None:
    """Export weights for PyTorch, the authors' MATLAB code, Keras, or any ONNX runtime.

    Each file is read back, or run, before it is written; notes say what it cannot tell its reader.
    """
    from srcnn.errors import UsageError
    from srcnn.model import load_model
    from srcnn.weight_formats import export_weights

    if Path(out).resolve() == Path(model).resolve():
        raise UsageError(f"expected an output beside the weights, got {out} for both")
    done = export_weights(load_model(model, scale, engine="numpy").weights, out, format_)
    if as_json:
        print_json(
            {
                "source": model,
                "target": str(done.path),
                "format": done.format,
                "bytes": done.bytes,
                "checked": done.checked,
                "notes": list(done.notes),
            }
        )
        return
    print(f"{model} -> {done.path}  {done.format}, {done.bytes:,} bytes; {done.checked}")
    for note in done.notes:
        complain("note", note)
