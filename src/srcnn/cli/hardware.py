"""``srcnn hardware``: weights to C, HLS, Verilog and ONNX, proved equal."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from srcnn.cli.common import AsJson, Bar, Overwrite, check_new, complain, parse_list, print_json, show_help
from srcnn.errors import UsageError, one_of
from srcnn.text_table import printable

if TYPE_CHECKING:
    from srcnn.hardware.check_result import CheckResult
    from srcnn.weights import Weights

app = typer.Typer(
    name="hardware",
    help="Take weights to hardware: fixed point, C, HLS, a Verilog core, vectors, proofs and a report.",
    rich_markup_mode=None,
    invoke_without_command=True,
    callback=show_help,
)

DesignPath = Annotated[Path, typer.Argument(metavar="DIR", help="What `srcnn hardware export` has written.")]


def export_command(
    model: Annotated[
        str, typer.Argument(metavar="MODEL", help="A name from `srcnn models`, or a .safetensors file.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="The directory to write.")],
    scale: Annotated[
        float | None, typer.Option("--scale", "-s", metavar="S", help="With a name such as 9-5-5.")
    ] = None,
    bits: Annotated[
        str, typer.Option(metavar="BITS", help="8, 10, 12 or 16; weights and activations apart: w8a12.")
    ] = "12",
    acc_bits: Annotated[int, typer.Option(metavar="32|48", help="Bits that no accumulator may exceed.")] = 48,
    rounding: Annotated[
        str, typer.Option(metavar="MODE", help="half-even, half-up or truncate.")
    ] = "half-even",
    clocks: Annotated[
        int | None,
        typer.Option(
            "--clocks-per-pixel", metavar="N", help="Pace of the core; fewer need more multipliers [64]."
        ),
    ] = None,
    multipliers: Annotated[
        int | None, typer.Option(metavar="N", help="The fastest core of at most so many multipliers.")
    ] = None,
    max_width: Annotated[int, typer.Option(metavar="N", help="Widest picture of the core.")] = 1920,
    max_height: Annotated[int, typer.Option(metavar="N", help="Highest picture of the core.")] = 1080,
    calibration: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="HR pictures to find the ranges on [drawn pictures]."),
    ] = None,
    picture: Annotated[
        Path | None,
        typer.Option(metavar="IMG", help="HR picture, degraded first: the whole picture of the vectors."),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a design.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write a design: integers, C, HLS C++, Verilog core, memories, ONNX, vectors of every layer.

    The directory is written whole or not at all. `srcnn hardware check` proves that all of it agrees.
    """
    from dataclasses import replace

    from srcnn.evaluation.images import read_eight_bit
    from srcnn.fixed_point import parse_widths
    from srcnn.hardware.calibration_set import calibration_set, network_pair
    from srcnn.hardware.export_design import check_target, export_design, make_design
    from srcnn.hardware.folding import plan_multipliers

    if clocks is not None and multipliers is not None:
        raise UsageError("use either --clocks-per-pixel or --multipliers")
    widths = replace(parse_widths(bits), accumulator=acc_bits, rounding=rounding)
    check_target(out, overwrite)
    weights = _load(model, scale)
    design = make_design(
        weights,
        widths,
        folding=clocks if multipliers is None else lambda network: plan_multipliers(network, multipliers),
        max_width=max_width,
        max_height=max_height,
        calibration=calibration_set(weights, calibration),
        picture=None if picture is None else network_pair(weights, read_eight_bit(picture))[0],
    )
    export_design(design, out, overwrite=overwrite)
    for warning in design.warnings:
        complain("warning", warning)
    if as_json:
        facts = {name: value for name, value in design.manifest.items() if name not in ("files", "vectors")}
        print_json({**facts, "directory": str(out), "warnings": list(design.warnings)})
        return
    network, folding = design.quantized.network, design.folding
    print(
        f"{printable(network.name)} -> {out}  {widths}, accumulators of "
        f"{', '.join(str(layer.acc_bits) for layer in network.layers)} bits; core of {folding.multipliers} "
        f"multipliers, {folding.clocks_per_pixel} clocks a pixel"
    )


def check_command(directory: DesignPath, as_json: AsJson = False) -> None:
    """Prove that C, C++, HLS, Verilog and ONNX give the golden integers, every layer of every vector.

    Uses what is installed of gcc, g++, Icarus Verilog and Verilator, and says what is missing. Faults that
    are put in on purpose have to be found. Exit code 1 where anything differs.
    """
    from srcnn.hardware.check_design import check_design

    with Bar("checking") as bar:
        result = check_design(directory, progress=bar.update)
    if as_json:
        print_json(result.as_json())
    else:
        print(result)
        print(_verdict(result))
    raise typer.Exit(0 if result.passed else 1)


def simulate_command(
    directory: DesignPath,
    picture: Annotated[Path, typer.Argument(metavar="IMG", help="An HR picture; it is degraded first.")],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="The picture to write.")],
    simulator: Annotated[str, typer.Option(metavar="NAME", help="verilator or iverilog.")] = "verilator",
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Send a picture through the Verilog core in a simulator, and write what comes out.

    Every byte is compared with the golden integers. Chroma, where the core works on luma, is bicubic.
    """
    from srcnn.evaluation.images import read_eight_bit
    from srcnn.files import Picture, check_suffix, write_picture
    from srcnn.hardware.simulate import SIMULATORS
    from srcnn.hardware.simulated_pictures import core_picture

    known = one_of(simulator, SIMULATORS, "a simulator")
    check_suffix(out)
    check_new(out, overwrite)
    hr = read_eight_bit(picture)
    complain("note", f"simulating {hr.shape[1]}x{hr.shape[0]} pixels: minutes for each 100,000")
    pixels, clocks = core_picture(directory, hr, known)
    write_picture(Picture(pixels), out)
    height, width = pixels.shape[:2]
    if as_json:
        print_json({"picture": str(out), "width": width, "height": height, "clocks": clocks})
    else:
        print(f"{out}  {width}x{height}, {clocks:,} clocks in {simulator}, equal to the golden integers")


def report_command(
    directory: DesignPath,
    pictures: Annotated[
        str | None,
        typer.Argument(metavar="IMG", help="HR pictures to measure on: folder, picture, or set."),
    ] = None,
    simulated: Annotated[
        bool, typer.Option("--simulate", help="Send them through C and the Verilog core too; minutes.")
    ] = False,
    clock: Annotated[
        float, typer.Option(metavar="MHZ", help="Clock rate that frames a second are for.")
    ] = 100,
    synthesis: Annotated[
        str, typer.Option(metavar="LIST", help="Synthesise with yosys for xc7, ecp5, or all; minutes.")
    ] = "",
    figure: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw multipliers against frames a second.")
    ] = None,
    overwrite: Overwrite = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print the tables as Markdown.")] = False,
    as_json: AsJson = False,
) -> None:
    """Report what a design costs and is worth: dB per picture, formats, resources, frames a second.

    Pictures are degraded as the weights' card says, rounded to 8 bits, and computed in float, in every width,
    and by the design.
    """
    from srcnn.hardware.design_report import design_report, pace_figure
    from srcnn.hardware.manifest import read_manifest, read_network
    from srcnn.hardware.synthesis import FAMILIES, Family

    if as_json and as_markdown:
        raise UsageError("use either --json or --markdown")
    wanted = parse_list(synthesis, FAMILIES)
    families: tuple[Family, ...] = tuple(family for family in FAMILIES if family in wanted)
    if len(families) < len(wanted):
        raise UsageError(f"expected families of {', '.join(FAMILIES)}, got {synthesis}")
    drawn = None
    if figure is not None:
        from srcnn.figures.plot import check_drawn

        check_drawn(figure)
        check_new(figure, overwrite)
        # Drawn now, so that a missing matplotlib is said before minutes of work; written with the report.
        drawn = pace_figure(read_network(directory, read_manifest(directory)), clock)
    with Bar("measuring") as bar:
        report = design_report(
            directory,
            pictures,
            simulated=simulated,
            clock_mhz=clock,
            families=families,
            progress=bar.update,
        )
    if figure is not None and drawn is not None:
        from srcnn.figures.plot import save_figure

        save_figure(drawn, figure)
    if as_json:
        print_json(report.values)
    else:
        print(report.to_markdown() if as_markdown else report)


def _verdict(result: "CheckResult") -> str:
    skipped = [proof.name for proof in result.proofs if proof.status == "skipped"]
    if not result.passed:
        return "FAILED"
    return "equal" + (f"; not tried: {', '.join(skipped)}" if skipped else "")


def _load(model: str, scale: float | None) -> "Weights":
    from srcnn.model import load_model

    return load_model(model, scale, engine="numpy").weights


_EXAMPLES = {
    "export": [
        "export 9-1-5-x3 -o core",
        "export 9-5-5 --scale 2 --bits 8 --multipliers 1000 -o core",
        "export mine.safetensors --bits w8a12 --calibration photos/ --picture butterfly.png -o core",
    ],
    "check": ["check core", "check core --json"],
    "simulate": ["simulate core butterfly.png -o from-verilog.png"],
    "report": [
        "report core",
        "report core butterfly.png --clock 200 --markdown",
        "report core Set5 --figure pace.svg",
    ],
}
for _name, _command, _in_short in (
    ("export", export_command, "Weights to a design."),
    ("check", check_command, "Prove that all parts of a design give the same integers."),
    ("simulate", simulate_command, "Send a picture through the Verilog core."),
    ("report", report_command, "Cost in dB, formats, resources, frames a second."),
):
    _epilog = "\n\n".join(["\nExamples:", *(f"  srcnn hardware {line}" for line in _EXAMPLES[_name])])
    app.command(_name, epilog=_epilog, short_help=_in_short)(_command)
