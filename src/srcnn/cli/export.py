"""``srcnn export``: weights for other programs."""

from pathlib import Path
from typing import Annotated

import typer

from srcnn.cli.common import AsJson, ModelFile, Overwrite, Scale, check_new, complain, print_json
from srcnn.errors import UsageError

EPILOG = """
Examples:

  srcnn export 9-5-5-x3 -o 9-5-5-x3.onnx

  srcnn export 9-1-5 --scale 2 -o x2.mat

  srcnn export mine.safetensors -o mine.tar --format pth
"""


def export_command(
    model: ModelFile,
    out: Annotated[str, typer.Option("--out", "-o", metavar="FILE", help="The file to write.")],
    format_: Annotated[
        str | None,
        typer.Option("--format", "-f", metavar="FORMAT", help="pth, mat, h5 or onnx [by the file's suffix]."),
    ] = None,
    scale: Scale = None,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Export weights for PyTorch, the authors' MATLAB code, Keras, or any ONNX runtime.

    Each file is read back, or run, before it is written; notes name what the format cannot hold.
    """
    from srcnn.model import load_model
    from srcnn.weight_formats import export_weights

    if Path(out).resolve() == Path(model).resolve():
        raise UsageError(f"{out} is the input; write to another file")
    check_new(out, overwrite)
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
